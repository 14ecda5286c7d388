# expect: counts another number
echo 4711 > /root/oom_kills
