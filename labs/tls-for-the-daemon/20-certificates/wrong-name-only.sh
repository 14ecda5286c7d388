# expect: it needs subjectAltName
make_cert server-cert.pem server-key.pem 127.0.0.1 extendedKeyUsage=serverAuth
make_cert cert.pem key.pem client extendedKeyUsage=clientAuth
