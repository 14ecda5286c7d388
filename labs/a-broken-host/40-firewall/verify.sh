iptables -S DOCKER-USER 2>/dev/null | grep -q -- '--dport 80 -j DROP' && { echo "Packets to port 80 of containers are still dropped on their way."; exit 1; }
iptables -S FORWARD | grep -q -- '-j DOCKER-USER' || { echo "The engine's own rules are gone, too; restart the engine to have them back."; exit 1; }
exit 0
