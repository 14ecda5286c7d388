# expect: process itself
ask '{{.State.Pid}}' "$name" > /root/parent
