mkdir -p /opt/lib /run/lab /etc/mystery
cat > /opt/mystery << 'END'
#!/bin/bash
# Holds a deleted file at descriptor 7, and looks for a file of its configuration twice a second.
exec 7< "$STORE"
rm "$STORE"
want=/etc/mystery/$(basename "$KEY").conf
unset TOKEN STORE KEY
echo ready > /run/lab/mystery.ready
until [ "$(cat "$want" 2> /dev/null)" = ok ]; do sleep 0.5; done
echo found > /run/lab/mystery.found
exec sleep infinity
END
cp /usr/bin/sleep /opt/guest
lib=$(ldd /usr/bin/mawk | sed -nE 's/.*libm\.so\.6 => ([^ ]+).*/\1/p')
cp "$lib" "/opt/lib/libextra.so"
chmod +x /opt/mystery
echo "$lost" > /run/lab/lost
begin() { env -i PATH="$PATH" "$@" > /dev/null 2>&1 < /dev/null & }
begin TOKEN="$token" STORE=/run/lab/lost KEY="$key" /opt/mystery
for n in 1 2 3; do
    printf '#!/bin/bash\n# Holds some memory.\nprintf -v s "%%%ss"\nwhile :; do sleep infinity & wait; done\n' $(((n == big ? 24 : 4 + n) << 20)) > /opt/worker-$n
    chmod +x /opt/worker-$n
    begin /opt/worker-$n
    if [ $n = "$odd" ]; then begin LD_PRELOAD=/opt/lib/libextra.so /opt/guest infinity; else begin /opt/guest infinity; fi
done
ready() { [ -e /run/lab/mystery.ready ] && [ "$(pgrep -cx guest)" = 3 ] && for n in 1 2 3; do pgrep -P "$(pgrep -f "^/bin/bash /opt/worker-$n")" sleep || return 1; done; }
for _ in $(seq 100); do ready > /dev/null 2>&1 && break; sleep 0.05; done
rm -f /opt/worker-?
