#!/usr/bin/env bash
# Eight clients at once that make, connect, disconnect and remove the same networks, start, stop, rename and remove the same
# containers, on an engine that is killed in the middle of it. Afterwards nothing is left: no link, rule, address or lease.
. "$(dirname "$0")/../lib.sh"

engine_start
S run -d --name calm --network none busybox sleep 600 >/dev/null
S create --name tiny busybox >/dev/null # the image is there

cat >"$TMP/storm.py" <<'END'
"""storm.py SOCKET SECONDS SEED: eight clients, each doing what comes next at random, with names that all of them share. Prints every
answer that is none of the clear refusals which such a mess deserves."""
import http.client, json, random, socket, sys, threading, time

path, seconds, seed = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])
end = time.monotonic() + seconds
done, odd = [], []
NETS, BOXES = [f"st{i}" for i in range(4)], [f"box{i}" for i in range(4)]


def call(method, target, body=None):
    connection = http.client.HTTPConnection("d", timeout=40)
    connection.sock = socket.socket(socket.AF_UNIX)
    connection.sock.settimeout(40)
    connection.sock.connect(path)
    connection.request(method, target, json.dumps(body) if body is not None else None, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    done.append(answer.status)
    allowed = (200, 201, 204, 304, 400, 403, 404, 409)
    clear = ("Pool overlaps", "endpoint with name", "marked for removal", "is not running", "No such process", "not found",
             "Address already in use", "has active endpoints", "port is already allocated", "non running container")
    if answer.status not in allowed and not any(words in text for words in clear):
        odd.append(f"{method} {target} {body}: {answer.status} {text.strip()}")
    return answer.status


def client(number):
    dice = random.Random(seed * 100 + number)
    while time.monotonic() < end:
        net, box, k = dice.choice(NETS), dice.choice(BOXES), dice.randrange(13)
        try:
            if k < 2:
                body = {"Name": net, "CheckDuplicate": True, "Internal": dice.random() < 0.2}
                if dice.random() < 0.5:
                    body["IPAM"] = {"Config": [{"Subnet": f"10.32.{NETS.index(net)}.0/24"}]}
                call("POST", "/networks/create", body)
            elif k < 3:
                call("DELETE", f"/networks/{net}")
            elif k < 6:
                call("POST", f"/networks/{net}/connect", {"Container": box, "EndpointConfig": {"Aliases": ["x"]}})
            elif k < 8:
                call("POST", f"/networks/{net}/disconnect", {"Container": box, "Force": dice.random() < 0.3})
            elif k < 10:
                ports = {"80/tcp": [{"HostPort": str(18500 + BOXES.index(box))}]}
                mode = dice.choice(["bridge", "bridge", net])
                call("POST", f"/containers/create?name={box}",
                     {"Image": "busybox", "Cmd": ["sleep", "600"], "HostConfig": {"NetworkMode": mode, "PortBindings": ports}})
                call("POST", f"/containers/{box}/start")
            elif k < 11:
                call("POST", f"/containers/{box}/{dice.choice(['stop', 'restart'])}?t=0")
            elif k < 12:
                call("DELETE", f"/containers/{box}?force=1")
            else:
                call("GET", f"/networks/{net}"), call("GET", f"/containers/{box}/json"), call("GET", "/containers/json?all=1")
                call("GET", "/networks")
        except (ConnectionError, FileNotFoundError, http.client.HTTPException):
            if len(sys.argv) <= 4:
                raise
            return  # the engine was killed, as it is meant to be
        except TimeoutError:
            odd.append(f"no answer within 40 s (turn {k}, {net}, {box})")
            return


threads = [threading.Thread(target=client, args=(number,)) for number in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print("\n".join(sorted(set(odd))) or "fine")
print(len(done), "answers", file=sys.stderr)
END
storm() { timeout 100 python3 "$TMP/storm.py" "$SOCK" "$@" 2>"$TMP/said"; }
empty() {
    S ps -aq --filter name=box | xargs -r "$B/slipway" rm -f >/dev/null 2>&1
    S network ls -q --filter type=custom | xargs -r "$B/slipway" network rm >/dev/null 2>&1
}
no_veths() { ! ip -o link show type veth | grep -q .; }
left() { # what is there when nothing is
    local before=$1
    check "$before: no wire is left" wait_for 10 no_veths
    check_eq "$before: no bridge" slt0 "$(ip -o link show type bridge | sed 's/^[0-9]*: \([^:]*\):.*/\1/' | xargs)"
    check_eq "$before: no rule" "$clean" "$(iptables-save | grep -v '^[#:]')"
    check_eq "$before: no address" "$(ip -4 -o addr show slt0 | awk '{print $4}')" "$(ip -4 -o addr | awk '$2 != "lo" {print $4}')"
    check_eq "$before: no network's document" "" "$(ls "$DATA/network")"
    check_eq "$before: the first address is free again" 10.213.0.2 "$(S run --rm busybox hostname -i)"
    check_eq "$before: the first port is" 0 "$(S run --rm -p 18500:80 busybox true >/dev/null 2>&1; echo $?)"
}
clean=$(iptables-save | grep -v '^[#:]')

check_eq "eight clients at once get clear answers only" fine "$(storm 8 1)"
check_match "many of them" "^[0-9]{3,} answers" "$(cat "$TMP/said")"
check "the engine is there" kill -0 "$ENGINE_PID"
empty
left "after the storm"

for round in 1 2 3; do
    storm 30 "1$round" may-die >"$TMP/storm-out" &
    storming=$!
    sleep "1.$round"
    engine_kill9
    wait "$storming"
    engine_start
    check_eq "killed in the middle of it ($round): answers were clear" fine "$(cat "$TMP/storm-out")"
done
check_eq "and each new engine can go on" fine "$(storm 3 2)"
empty
left "after three kills"

# A connection of a container that ends at this very moment.
S network create --subnet 10.32.9.0/24 late >/dev/null
for _ in $(seq 12); do
    S run -d --name brief busybox sleep 600 >/dev/null
    S kill brief >/dev/null & one=$!
    S network connect late brief >/dev/null 2>&1 & two=$!
    S network disconnect bridge brief >/dev/null 2>&1 & three=$!
    wait $one $two $three
    S rm -f brief >/dev/null
done
check_eq "connecting what is ending leaves no endpoint" "{}" "$(S network inspect -f '{{json .Containers}}' late)"
check_rc "nor a network that cannot go" 0 S network rm late
check_eq "a bystander has seen nothing of all that" true "$(S inspect -f '{{.State.Running}}' calm)"
left "at last"
check_no_match "the log has no surprise" "(assert|corrupt|deadlock|Segmentation)" "$(cat "$TMP/engine.log")"
finish
