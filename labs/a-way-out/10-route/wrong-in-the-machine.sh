# expect: no route
ip route replace 203.0.113.0/24 via 198.51.100.1
