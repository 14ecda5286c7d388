# expect: DNS server 192.0.2.53
docker run -d --name office --network "$net" --add-host "printer:$printer" busybox sleep 10000
