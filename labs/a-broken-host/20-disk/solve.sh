rm -f /var/log/old/trace.log
