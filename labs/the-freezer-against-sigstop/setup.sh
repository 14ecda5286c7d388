mkdir -p /run/lab /opt
cat > "/opt/$task" << 'END'
#!/bin/bash
# Counts; on TERM it puts its work down and ends.
trap 'echo saved > /run/lab/work; exit 0' TERM
while :; do n=$((n + 1)); echo $n > /run/lab/count; sleep 0.1; done
END
cat > /opt/guardian << 'END'
#!/bin/bash
# Continues its friend whenever somebody has stopped it.
while sleep 0.1; do
    state=$(ps -o stat= -p "$1")
    case $state in T*) kill -CONT "$1" ;; esac
done
END
chmod +x /opt/*
begin() { "$@" > /dev/null 2>&1 < /dev/null & }
begin "/opt/$task"
begin /opt/guardian $!
for _ in $(seq 40); do [ -s /run/lab/count ] && break; sleep 0.05; done
