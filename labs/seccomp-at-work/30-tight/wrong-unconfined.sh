# expect: without any filter
sed 's,seccomp=/root/tight.json,seccomp=unconfined,' /root/start-app | sh
