# expect: There is no ca.pem
mkdir -p ~/.docker && cp cert.pem key.pem ~/.docker/
