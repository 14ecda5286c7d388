# expect: is on the first engine
mkdir -p ~/.docker && cp ca.pem cert.pem key.pem ~/.docker/
docker network create "$org"
