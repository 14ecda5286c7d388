[ -s /root/token ] || say "The file /root/token is missing or empty."
case $(answer token) in
"$token") ;;
TOKEN=*) say "/root/token holds the whole variable; only its value was asked for." ;;
*) say "/root/token holds '$(head -c 40 /root/token | tr '\n' ' ')', which is not what /opt/mystery was given as TOKEN." ;;
esac
