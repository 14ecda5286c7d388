# expect: is still in the kept namespace
touch /run/lab/uts
begin unshare --uts=/run/lab/uts sh -c "hostname $host-kept; exec sleep infinity"
sleep 0.4
