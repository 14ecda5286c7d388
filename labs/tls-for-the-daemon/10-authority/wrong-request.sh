# expect: There is no /root/tls/ca.pem
openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout ca-key.pem -out ca.csr -subj "/CN=$org" 2>/dev/null
