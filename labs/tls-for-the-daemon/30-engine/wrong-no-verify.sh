# expect: verifies nobody
start_engine --tlsverify=false --tls --tlscert server-cert.pem --tlskey server-key.pem
