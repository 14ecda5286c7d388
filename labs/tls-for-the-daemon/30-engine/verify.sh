curl -sk -m 2 "https://127.0.0.1:$port/_ping" >/dev/null 2>&1
case $? in
7) echo "Nobody listens on port $port of 127.0.0.1."; exit 1 ;;
0) echo "The engine answers a client that has no certificate: it encrypts, and verifies nobody."; exit 1 ;;
35) curl -s -m 2 "http://127.0.0.1:$port/_ping" 2>/dev/null | grep -q OK && { echo "The engine speaks plain HTTP on port $port: whoever reaches it is root."; exit 1; } ;;
esac
answer=$(curl -s -m 2 --cacert ca.pem --cert cert.pem --key key.pem "https://127.0.0.1:$port/_ping" 2>&1) || { echo "With cert.pem the engine does not answer: ${answer:-the connection is refused}."; exit 1; }
