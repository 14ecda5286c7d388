# expect: lacks: cap_chown
begin setpriv --bounding-set=-all,+dac_override,+fowner,+fsetid,+kill,+setgid,+setuid,+setpcap,+net_bind_service,+net_raw,+sys_chroot,+mknod,+audit_write,+setfcap sleep "$bound"
await "$bound"
