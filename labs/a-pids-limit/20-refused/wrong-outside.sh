# expect: No fork was refused
for ((i = 0; i < 40; i++)); do sleep infinity > /dev/null 2>&1 < /dev/null & done
