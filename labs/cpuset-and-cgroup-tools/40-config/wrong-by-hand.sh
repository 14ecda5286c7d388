# expect: no /etc/cgconfig.conf
cgcreate -g "pids:/$lasting"
cgset -r pids.max="$limit" "$lasting"
