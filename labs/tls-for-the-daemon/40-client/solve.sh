mkdir -p ~/.docker && cp ca.pem cert.pem key.pem ~/.docker/
docker -H "tcp://127.0.0.1:$port" --tlsverify network create "$org"
