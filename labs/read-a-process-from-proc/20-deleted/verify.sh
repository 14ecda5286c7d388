[ -e /root/recovered ] || say "There is no file /root/recovered yet."
[ -s /root/recovered ] || say "/root/recovered is empty."
[ "$(answer recovered)" = "$lost" ] || say "/root/recovered holds something else than the deleted file of /opt/mystery (descriptor 7)."
