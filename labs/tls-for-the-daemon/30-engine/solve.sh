start_engine --tlsverify --tlscacert ca.pem --tlscert server-cert.pem --tlskey server-key.pem
