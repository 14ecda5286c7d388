inside red curl -s -m 3 "http://$server/"
