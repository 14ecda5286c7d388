#!/bin/bash
# Requests that make no sense are answered with Docker's sentences and statuses, before anything is made.
. "$(dirname "$0")/../lib.sh"
engine_start

ask() { api "$1" "$2" -w ' %{http_code}' "${@:3}" | tr -d '\n'; }
create() { ask POST "/containers/create$1" -H 'Content-Type: application/json' -d "$2"; }
bad() { check_match "$1" "$2" "$3"; } # NAME PATTERN ANSWER
host() { create '' "{\"Image\":\"busybox\",\"Cmd\":[\"true\"],\"HostConfig\":$1}"; }

bad "an unknown path" '"page not found".*404' "$(ask GET /v1.41/nosuchpath)"
bad "an unknown method" '"page not found".*404' "$(ask PATCH /v1.41/info)"
bad "a client from the future" 'client version 1.99 is too new. Maximum supported API version is 1.43.*400' "$(ask GET /v1.99/info)"
bad "a client from the past" 'client version 1.1 is too old.*400' "$(ask GET /v1.1/info)"
bad "broken JSON" "invalid character 'b' looking for beginning of object key string.*500" "$(create '' '{bad')"
bad "a body of another kind" "must be 'application/json'.*400" "$(ask POST /containers/create -H 'Content-Type: text/plain' -d '{}')"
bad "a list instead of an object" 'must be a JSON object.*400' "$(create '' '[]')"
bad "a number where text belongs" 'cannot unmarshal number.*Hostname.*400' "$(create '' '{"Image":"busybox","Hostname":5}')"
bad "no image" 'no image.*400' "$(create '' '{"Cmd":["true"]}')"
bad "an unknown image" 'No such image: nosuch:1.*404' "$(create '' '{"Image":"nosuch:1"}')"
bad "a name with a space" 'Invalid container name \(bad name\).*400' "$(create '?name=bad%20name' '{"Image":"busybox"}')"
bad "a name of one letter" 'Invalid container name.*400' "$(create '?name=x' '{"Image":"busybox"}')"
bad "a relative working directory" 'needs to be an absolute path.*400' "$(create '' '{"Image":"busybox","WorkingDir":"rel"}')"
bad "an unknown stop signal" 'Invalid signal: NOSUCH.*400' "$(create '' '{"Image":"busybox","StopSignal":"NOSUCH"}')"
while IFS='|' read -r name pattern json; do
    bad "$name" "$pattern" "$(host "$json")"
done <<'TABLE'
too little memory|Minimum memory limit allowed is 6MB.*400|{"Memory":512}
less swap than memory|Minimum memoryswap limit should be larger than memory limit.*400|{"Memory":314572800,"MemorySwap":104857600}
swap without memory|You should always set the Memory limit.*400|{"MemorySwap":104857600}
a reservation above the limit|can not be less than memory reservation limit.*400|{"Memory":104857600,"MemoryReservation":209715200}
too many CPUs|Range of CPUs is from 0.01 to.*400|{"NanoCpus":2500000000000}
CPUs twice|Nano CPUs and CPU Quota cannot both be set.*400|{"NanoCpus":1000000000,"CpuQuota":25000}
a CPU that is not there|Requested CPUs are not available - requested 7777.*400|{"CpusetCpus":"7777"}
a CPU that is a letter|Invalid value a for cpuset cpus: invalid format: a.*400|{"CpusetCpus":"a"}
an unknown capability|invalid CapAdd: unknown capability: ."CAP_NOSUCH.".*400|{"CapAdd":["NOSUCH"]}
an unknown policy|invalid restart policy 'sometimes'.*400|{"RestartPolicy":{"Name":"sometimes"}}
a policy with --rm|can't create 'AutoRemove' container with restart policy.*400|{"AutoRemove":true,"RestartPolicy":{"Name":"always"}}
negative retries|maximum retry count cannot be negative.*400|{"RestartPolicy":{"Name":"on-failure","MaximumRetryCount":-1}}
a bind mode|invalid mode: zz.*500|{"Binds":["/a:/b:zz"]}
a bind on a relative path|mount path must be absolute.*500|{"Binds":["/a:b"]}
a bind onto the root|destination can't be '/'.*500|{"Binds":["/a:/"]}
a mount whose source is missing|bind source path does not exist: /no/such.*400|{"Mounts":[{"Type":"bind","Source":"/no/such","Target":"/x"}]}
two mounts in one place|Duplicate mount point: /x.*400|{"Binds":["/tmp:/x","/var:/x"]}
a relative tmpfs|mount path must be absolute.*400|{"Tmpfs":{"rel":""}}
an unknown log driver|error looking up logging plugin nosuch.*400|{"LogConfig":{"Type":"nosuch"}}
an unknown log option|unknown log opt 'nosuch'.*400|{"LogConfig":{"Type":"json-file","Config":{"nosuch":"1"}}}
an unknown runtime|Unknown runtime specified nosuch.*400|{"Runtime":"nosuch"}
a container that is not there|No such container: nobody.*400|{"NetworkMode":"container:nobody"}
out of memory order|range for oom score adj.*400|{"OomScoreAdj":2000}
volumes of nobody|No such container: x.*400|{"VolumesFrom":["x"]}
TABLE
check_eq "nothing of all this was made" 0 "$(api GET '/containers/json?all=1' | jq length)"
check_eq "not even a directory" 0 "$(ls "$DATA/containers" | wc -l)"

C=$(api POST '/containers/create?name=one' -H 'Content-Type: application/json' -d '{"Image":"busybox","Cmd":["true"]}' | jq -r .Id)
bad "a name in use" "The container name .+/one.+ is already in use by container .*$C.*409" "$(create '?name=one' '{"Image":"busybox"}')"
bad "kill of what does not run" "Cannot kill container: one: Container $C is not running.*409" "$(ask POST /containers/one/kill)"
bad "an unknown signal" 'Invalid signal: X.*400' "$(ask POST '/containers/one/kill?signal=X')"
bad "stop of what does not run" '^ 304$' "$(ask POST /containers/one/stop)"
bad "pause of what does not run" 'is not running.*409' "$(ask POST /containers/one/pause)"
bad "rename to nothing" 'Neither old nor new names may be empty.*400' "$(ask POST /containers/one/rename)"
bad "rename to itself" 'same name as its current name.*400' "$(ask POST '/containers/one/rename?name=one')"
bad "resize to letters" 'strconv.Atoi: parsing ..x..: invalid syntax.*400' "$(ask POST '/containers/one/resize?h=x&w=1')"
bad "top of what does not run" 'is not running.*409' "$(ask GET /containers/one/top)"
bad "wait for something else" 'invalid condition.*400' "$(ask POST '/containers/one/wait?condition=x')"
bad "exec in what does not run" 'is not running.*409' "$(ask POST /containers/one/exec -H 'Content-Type: application/json' -d '{"Cmd":["true"]}')"
bad "exec of nothing" 'No exec command specified.*400' "$(ask POST /containers/one/exec -H 'Content-Type: application/json' -d '{"Cmd":[]}')"
bad "an exec that is not there" 'No such exec instance: feed.*404' "$(ask GET /exec/feed/json)"
bad "detach keys" 'Invalid detach keys.*400' "$(ask POST '/containers/one/attach?detachKeys=ctrl-long')"
bad "an unknown filter" "Invalid filter 'nosuch'.*400" "$(ask GET '/containers/json?filters=%7B%22nosuch%22%3A%5B%221%22%5D%7D')"
bad "an unknown state" "Invalid filter 'status=asleep'.*400" "$(ask GET '/containers/json?filters=%7B%22status%22%3A%5B%22asleep%22%5D%7D')"
bad "a limit of letters" 'strconv.Atoi.*500' "$(ask GET '/containers/json?limit=abc')"
bad "a volume that is not there" 'get nosuch: no such volume.*404' "$(ask GET /volumes/nosuch)"
bad "a network that is not there" 'network nosuch not found.*404' "$(ask GET /networks/nosuch)"
bad "a pull without a network" 'Get .*https://registry-1.docker.io/v2/.*: dial tcp.*500' "$(ask POST '/images/create?fromImage=debian')"
bad "a corrupt tar" '[4-5]00$' "$(head -c 5000 /dev/urandom | ask POST '/images/create?fromSrc=-&repo=broken' --data-binary @-)"
bad "and no image of it" 'No such image.*404' "$(ask GET /images/broken/json)"
api DELETE /containers/one

# What fails half-way is undone.
wait_for 5 eval '[ "$(ls "$DATA/containers" | wc -l)" = 0 ] && ! ls "$DATA/overlay2" | grep -q -e tmp- -e init' # what was removed above is cleared away later
before=$(ls "$DATA/containers" "$EXEC/containers" "$DATA/overlay2" | sort)
C=$(api POST /containers/create -H 'Content-Type: application/json' -d '{"Image":"busybox","Cmd":["true"],"HostConfig":{"AutoRemove":true,"NetworkMode":"nosuch"}}' | jq -r .Id)
bad "a network that is not there is told at the start" 'network nosuch not found.*404' "$(ask POST "/containers/$C/start")"
C=$(api POST /containers/create -H 'Content-Type: application/json' -d '{"Image":"busybox","User":"nobodyhere","Cmd":["true"],"HostConfig":{"AutoRemove":true}}' | jq -r .Id)
bad "so is a user that is not there" 'unable to find user nobodyhere: no matching entries in passwd file.*500' "$(ask POST "/containers/$C/start")"
for i in 1 2 3 4 5; do
    C=$(api POST /containers/create -H 'Content-Type: application/json' -d '{"Image":"busybox","Cmd":["/nosuch"],"HostConfig":{"AutoRemove":true,"PortBindings":{"80/tcp":[{"HostPort":"18099"}]}}}' | jq -r .Id)
    api POST "/containers/$C/start" >/dev/null
done
bad "a failed start gives its port back" 'no such file or directory' "$(C=$(api POST /containers/create -H 'Content-Type: application/json' -d '{"Image":"busybox","Cmd":["/nosuch"],"HostConfig":{"AutoRemove":true,"PortBindings":{"80/tcp":[{"HostPort":"18099"}]}}}' | jq -r .Id); ask POST "/containers/$C/start")"
check "failed starts leave nothing" wait_for 5 eval '[ -z "$(comm -13 <(printf "%s\n" "$before") <(ls "$DATA/containers" "$EXEC/containers" "$DATA/overlay2" | sort))" ]'
check "no veth either" wait_for 5 eval '[ "$(ip -o link show type veth | wc -l)" = 0 ]'
check "and no shim" wait_for 5 eval '! pgrep -f "slipway-shim.*$TMP/" >/dev/null'

# The HTTP layer itself.
raw() { timeout 10 curl -s --max-time 8 --unix-socket "$SOCK" -w ' %{http_code}' "$@" | tr -d '\r\n'; }
say() { printf "$1" | timeout 8 python3 -c '
import socket, sys
s = socket.socket(socket.AF_UNIX); s.settimeout(6); s.connect(sys.argv[1]); s.sendall(sys.stdin.buffer.read())
if sys.argv[2] == "close": s.close(); sys.exit()
if sys.argv[2] == "half": s.shutdown(socket.SHUT_WR)
answer = b""
while b"\r\n\r\n" not in answer:
    more = s.recv(65536)
    if not more: break
    answer += more
print(answer.split(b"\r\n")[0].decode())' "$SOCK" "${2:-open}"; }
json='-H Content-Type:application/json'
head -c 5000000 /dev/zero | tr '\0' ' ' >"$TMP/huge"
bad "a huge body" 'request body too large.* 413$' "$(raw $json --data-binary @"$TMP/huge" http://d/containers/create)"
bad "a huge body in chunks" 'request body too large.* 413$' "$(raw $json -H 'Transfer-Encoding: chunked' --data-binary @"$TMP/huge" http://d/containers/create)"
bad "a small body in chunks" 'No such image: nosuch:1.* 404$' "$(raw $json -H 'Transfer-Encoding: chunked' -d '{"Image":"nosuch:1"}' http://d/containers/create)"
bad "a head that is too large" ' 431$' "$(raw -H "X: $(head -c 100000 /dev/zero | tr '\0' x)" http://d/info)"
bad "a body that ends early" 'unexpected EOF.* 500$' "$(raw $json -d '{"Image":' http://d/containers/create)"
bad "two bodies" 'unexpected content after JSON.* 400$' "$(raw $json -d '{}{}' http://d/containers/create)"
nested() { python3 -c "print('{\"Image\":\"busybox\",\"HostConfig\":{\"Mounts\":[{\"Type\":\"tmpfs\",\"Target\":\"/x\",\"X\":' + '{\"a\":' * $1 + '1' + '}' * $1 + '}]}}')"; }
bad "objects in objects, deeper than a thread's stack" 'exceeded max depth.* [45]00$' "$(nested 1000 | raw $json --data-binary @- http://d/containers/create)"
bad "as deep as anybody needs" ' 201$' "$(nested 100 | raw $json --data-binary @- 'http://d/containers/create?name=nested')"
bad "it can be inspected" ' 200$' "$(raw http://d/containers/nested/json | tail -c 20)"
for pattern in "$(printf '%%28%.0s' $(seq 5000))" '((((a%7B1,255%7D)%7B1,255%7D)%7B1,255%7D)%7B1,255%7D)'; do
    bad "a filter that would take all memory or stack matches nothing" '^\[\] 200$' "$(raw "http://d/containers/json?all=1&filters=%7B%22name%22:%5B%22$pattern%22%5D%7D")"
done
bad "deep brackets" ' [45]00$' "$(head -c 200000 /dev/zero | tr '\0' '[' | raw $json --data-binary @- http://d/containers/create)"
bad "a NUL in a text" '[Nn]ot allowed.* 400$' "$(raw $json -d '{"Image":"a\u0000b"}' http://d/containers/create)"
bad "text that is no UTF-8" ' 400$' "$(printf '{"Image":"\xff\xfe"}' | raw $json --data-binary @- http://d/containers/create)"
bad "broken JSON elsewhere" "invalid JSON: invalid character 'x' after object key:value pair.* 400$" "$(raw $json -d '{"Name":"v"x}' http://d/volumes/create)"
bad "a body without a type" 'must be .application/json.* 400$' "$(raw -H Content-Type: -d '{}' http://d/volumes/create)"
bad "filters that are no JSON" "invalid character 'o' in literal null \(expecting 'u'\).* 500$" "$(raw 'http://d/containers/json?filters=notjson')"
for path in /v1.x/info /v2.0/info /v1.43 /v1.43/ // /info/ /containers/../info /containers/%2e%2e/info /v1.43/v1.43/info /containers/a%2fb/json /%00 /slipway /images//json; do
    bad "the path $path" ' (400|404)$' "$(raw --path-as-is "http://d$path")"
done
bad "the oldest version is served" ' 200$' "$(raw http://d/v1.24/_ping)"
bad "one below is not" 'client version 1.23 is too old. Minimum supported API version is 1.24, please upgrade your client to a newer version.* 400$' "$(raw http://d/v1.23/_ping)"
bad "one above neither" 'client version 1.44 is too new. Maximum supported API version is 1.43.* 400$' "$(raw http://d/v1.44/_ping)"
bad "what is no HTTP" '^(HTTP/1.1 400.*)?$' "$(say 'hello\r\n\r\n')"
bad "a negative length" '400' "$(say 'POST /containers/create HTTP/1.1\r\nHost: d\r\nContent-Length: -5\r\n\r\n')"
bad "a client that has said all and listens" '200' "$(say 'GET /_ping HTTP/1.1\r\nHost: d\r\n\r\n' half)"
threads() { ls "/proc/$ENGINE_PID/task" | wc -l; }
files() { ls "/proc/$ENGINE_PID/fd" | wc -l; }
before="$(threads) $(files)"
for _ in $(seq 20); do
    say 'GET /events HTTP/1.1\r\nHost: d\r\n\r\n' close
    say 'POST /containers/create HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{"Ima' close
    say 'POST /images/create?fromSrc=-&repo=half HTTP/1.1\r\nHost: d\r\nTransfer-Encoding: chunked\r\n\r\n400\r\nabc' close
    say 'GET /inf' close
done
check "vanished clients leave no thread and no descriptor" wait_for 10 eval '[ "$(threads)" -le "${before% *}" ] && [ "$(files)" -le "${before#* }" ]'
bad "credentials for a registry that is not there" 'Get ."http://127.0.0.1:5999/v2/.": dial tcp 127.0.0.1:5999: connect: connection refused.* 500$' "$(raw $json -d '{"username":"a","password":"b","serveraddress":"127.0.0.1:5999"}' http://d/auth)"

# A registry that knows one password.
python3 - <<'PY' &
import http.server, base64
class H(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        good = self.headers.get("Authorization") == "Basic " + base64.b64encode(b"student:s3cret").decode()
        self.send_response(200 if good else 401)
        if not good: self.send_header("WWW-Authenticate", 'Basic realm="r"')
        self.send_header("Content-Length", "0"); self.end_headers()
    def log_message(self, *a): pass
http.server.HTTPServer(("127.0.0.1", 5056), H).serve_forever()
PY
REGISTRY=$!
wait_for 10 curl -s -o /dev/null http://127.0.0.1:5056/v2/
login() { raw $json -d "{\"username\":\"student\",\"password\":\"$1\",\"serveraddress\":\"$2\"}" http://d/auth; }
bad "the right password" '^\{"IdentityToken":"","Status":"Login Succeeded"\} 200$' "$(login s3cret 127.0.0.1:5056)"
bad "also with a scheme" 'Login Succeeded.* 200$' "$(login s3cret http://127.0.0.1:5056)"
bad "the wrong one" 'login attempt to http://127.0.0.1:5056/v2/ failed with status: 401 Unauthorized.* 500$' "$(login no 127.0.0.1:5056)"
kill "$REGISTRY"; wait "$REGISTRY" 2>/dev/null

# The program's own flags.
check_rc "an unknown flag" 125 "$B/slipwayd" --nosuch
check_rc "help" 0 "$B/slipwayd" --help
check_rc "an address of another kind" 125 "$B/slipwayd" -H npipe://x
check_rc "a socket that is in use" 1 "$B/slipwayd" --data-root "$TMP/d2" --exec-root "$TMP/e2" -H "unix://$SOCK"
finish
