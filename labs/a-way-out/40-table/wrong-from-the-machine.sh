# expect: no TCP connection from
curl -s -m 3 "http://$server/"
