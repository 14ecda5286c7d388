make_cert server-cert.pem server-key.pem server subjectAltName=IP:127.0.0.1
make_cert cert.pem key.pem client extendedKeyUsage=clientAuth
