# expect: wanted is exited with 137
service docker restart
