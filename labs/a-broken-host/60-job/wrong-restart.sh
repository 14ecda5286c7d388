# expect: for want of memory
docker restart -t 0 job
