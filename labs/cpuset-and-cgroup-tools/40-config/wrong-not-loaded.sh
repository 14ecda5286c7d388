# expect: load it
printf 'group %s {\n    pids {\n        pids.max = %s;\n    }\n}\n' "$lasting" "$limit" > /etc/cgconfig.conf
