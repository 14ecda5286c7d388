for file in server-cert.pem server-key.pem cert.pem key.pem; do have $file; done
signed server-cert.pem
signed cert.pem
pair server-cert.pem server-key.pem
pair cert.pem key.pem
openssl x509 -in server-cert.pem -noout -ext subjectAltName 2>/dev/null | grep -q 'IP Address:127.0.0.1' || { echo "server-cert.pem is not valid for the address 127.0.0.1: it needs subjectAltName=IP:127.0.0.1."; exit 1; }
openssl x509 -in cert.pem -noout -ext extendedKeyUsage 2>/dev/null | grep -q 'Client Auth' || { echo "cert.pem does not say that it is for a client: it needs extendedKeyUsage=clientAuth."; exit 1; }
