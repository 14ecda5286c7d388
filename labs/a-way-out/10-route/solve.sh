ip -n red route replace default via "$subnet.254"
