have ca.pem
have ca-key.pem
openssl x509 -in ca.pem -noout -subject 2>/dev/null | grep -qE "CN ?= ?$org\$" || { echo "ca.pem does not have the common name $org."; exit 1; }
openssl x509 -in ca.pem -noout -ext basicConstraints 2>/dev/null | grep -q CA:TRUE || { echo "ca.pem is no authority: it may not sign others."; exit 1; }
pair ca.pem ca-key.pem
