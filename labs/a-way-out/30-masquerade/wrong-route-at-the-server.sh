# expect: nobody out there
ip -n internet route add "$subnet.0/24" via "$wan"
