docker run -d --name office --network "$net" --add-host "printer:$printer" --dns 192.0.2.53 busybox sleep 10000
