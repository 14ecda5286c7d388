# expect: is not signed by ca.pem
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout server-key.pem -out server-cert.pem -subj /CN=server -addext subjectAltName=IP:127.0.0.1 2>/dev/null
make_cert cert.pem key.pem client extendedKeyUsage=clientAuth
