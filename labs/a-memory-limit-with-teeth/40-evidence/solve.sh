oom_kills > /root/oom_kills
