mkdir -p /root/tls && cd /root/tls || exit 1
have() { [ -s "$1" ] || { echo "There is no /root/tls/$1."; exit 1; }; }
signed() { openssl verify -CAfile ca.pem "$1" >/dev/null 2>&1 || { echo "$1 is not signed by ca.pem."; exit 1; }; }
pair() { [ "$(openssl x509 -in "$1" -noout -pubkey 2>/dev/null)" = "$(openssl pkey -in "$2" -pubout 2>/dev/null)" ] || { echo "$2 is not the key of $1."; exit 1; }; }
make_ca() { openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout ca-key.pem -out ca.pem -days 30 -subj "/CN=$1" 2>/dev/null; }
make_cert() { # name of the certificate, of its key, subject, extension
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout "$2" -out /tmp/request -subj "/CN=$3" 2>/dev/null
    echo "$4" > /tmp/extension
    openssl x509 -req -in /tmp/request -CA ca.pem -CAkey ca-key.pem -CAcreateserial -days 30 -extfile /tmp/extension -out "$1" 2>/dev/null
}
start_engine() { # options
    local i
    setsid slipwayd --data-root /root/engine --exec-root /run/engine2 --bridge tls0 --bip 172.30.0.1/24 \
        -H "tcp://127.0.0.1:$port" "$@" >/root/engine.log 2>&1 </dev/null &
    for i in $(seq 100); do curl -sk -m 1 "https://127.0.0.1:$port/" >/dev/null 2>&1; [ $? != 7 ] && return; sleep 0.03; done
}
