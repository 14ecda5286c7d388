"""What users of docker-py call, each with what they rely on. DOCKER_HOST says where the engine is; "ok" and "not ok" lines come out."""
import io
import sys
import tarfile
import threading
import time
import traceback

import docker
from docker.errors import APIError, ContainerError, ImageNotFound, NotFound

client = docker.from_env(timeout=30)
CHECKS = []


def check(function):
    CHECKS.append(function)
    return function


def sleeper(name, **options):
    return client.containers.run("busybox", "sleep 1000", name=name, detach=True, **options)


def archive(**files):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


@check
def ping_version_and_info():
    assert client.ping()
    assert client.version()["ApiVersion"] == "1.43" and client.version()["Os"] == "linux"
    assert client.info()["Driver"] == "overlay2"
    assert docker.from_env(version="auto").api._version == "1.43"


@check
def run_gives_the_output():
    assert client.containers.run("busybox", ["echo", "hello world"], remove=True) == b"hello world\n"
    both = client.containers.run("busybox", "sh -c 'echo out; echo err >&2'", remove=True, stderr=True)
    assert sorted(both.split()) == [b"err", b"out"]


@check
def run_raises_what_failed():
    try:
        client.containers.run("busybox", "sh -c 'echo why >&2; exit 3'", remove=True)
        raise AssertionError("no error")
    except ContainerError as error:
        assert error.exit_status == 3 and b"why" in error.stderr


@check
def images_that_are_not_there():
    try:
        client.images.get("nosuch:1")
        raise AssertionError("no error")
    except ImageNotFound as error:
        assert "No such image: nosuch:1" in str(error)


@check
def containers_that_are_not_there():
    try:
        client.containers.get("nosuch")
        raise AssertionError("no error")
    except NotFound as error:
        assert error.status_code == 404 and "No such container: nosuch" in error.explanation


@check
def life_of_a_container():
    container = client.containers.create("busybox", "sleep 1000", name="life", labels={"course": "docker"}, stop_signal="SIGKILL",
                                         environment={"A": "1"}, hostname="life", mem_limit="64m", nano_cpus=500000000)
    assert container.status == "created" and container.name == "life" and container.labels == {"course": "docker"}
    container.start()
    container.reload()
    assert container.status == "running" and container.attrs["HostConfig"]["Memory"] == 64 << 20
    container.pause()
    container.reload()
    assert container.status == "paused"
    container.unpause()
    container.rename("life2")
    container.restart(timeout=0)
    container.stop(timeout=0)
    assert container.wait(timeout=10)["StatusCode"] == 137
    container.remove()
    assert not client.containers.list(all=True, filters={"name": "life"})


@check
def lists_and_filters():
    container = sleeper("listed", labels={"tier": "web"})
    assert [c.name for c in client.containers.list(filters={"label": "tier=web"})] == ["listed"]
    assert [c.name for c in client.containers.list(filters={"status": ["running"], "name": "list"})] == ["listed"]
    assert client.containers.list(filters={"label": ["tier=db"]}) == []
    assert client.containers.get(container.short_id).id == container.id
    assert "busybox:latest" in container.image.tags
    try:
        client.containers.list(filters={"nosuch": "1"})
        raise AssertionError("no error")
    except APIError as error:
        assert error.status_code == 400


@check
def logs_whole_tailed_and_followed():
    container = client.containers.run("busybox", "sh -c 'for i in 1 2 3; do echo $i; done; sleep 0.3; echo 4'", detach=True)
    assert list(container.logs(stream=True, follow=True)) and container.wait()["StatusCode"] == 0
    assert container.logs() == b"1\n2\n3\n4\n" and container.logs(tail=1) == b"4\n"
    assert container.logs(timestamps=True, tail=1).endswith(b"Z 4\n")
    container.remove()


@check
def exec_in_all_forms():
    container = sleeper("exec")
    assert container.exec_run("echo hi") == (0, b"hi\n")
    assert container.exec_run("sh -c 'exit 7'").exit_code == 7
    both = container.exec_run("sh -c 'echo o; echo e >&2'", demux=True).output
    assert both == (b"o\n", b"e\n"), both
    assert b"".join(container.exec_run("sh -c 'echo 1; echo 2'", stream=True).output) == b"1\n2\n"
    assert container.exec_run("sh -c 'echo $V; pwd; id -u'", environment={"V": "x"}, workdir="/tmp", user="1000").output == b"x\n/tmp\n1000\n"
    assert container.exec_run("tty", tty=True).output == b"/dev/pts/0\r\n"


@check
def exec_says_all_each_time():
    container = sleeper("often")  # the library loses what comes in one packet with the head of the answer
    assert [container.exec_run("echo hi").output for _ in range(60)] == [b"hi\n"] * 60


@check
def exec_over_a_socket():
    container = sleeper("sock")
    api = client.api
    made = api.exec_create(container.id, "cat", stdin=True)
    socket = api.exec_start(made["Id"], socket=True)
    raw = getattr(socket, "_sock", socket)
    raw.sendall(b"through\n")
    time.sleep(0.1)
    raw.shutdown(1)
    said = b""
    while data := raw.recv(4096):
        said += data
    assert said[8:] == b"through\n" and said[0] == 1, said
    assert api.exec_inspect(made["Id"])["ExitCode"] == 0


@check
def attach_a_socket():
    container = client.containers.create("busybox", "cat", stdin_open=True)
    socket = container.attach_socket(params={"stdin": 1, "stdout": 1, "stream": 1})
    container.start()
    raw = getattr(socket, "_sock", socket)
    raw.sendall(b"typed\n")
    assert raw.recv(4096).endswith(b"typed\n")
    socket.close()
    container.remove(force=True)


@check
def stats_once_and_as_a_stream():
    container = sleeper("stats")
    once = container.stats(stream=False)
    assert once["memory_stats"]["usage"] > 0 and once["pids_stats"]["current"] == 1 and once["name"] == "/stats"
    stream = container.stats(decode=True)
    first, second = next(stream), next(stream)
    assert second["cpu_stats"]["system_cpu_usage"] > first["cpu_stats"]["system_cpu_usage"]


@check
def top_and_ports():
    container = sleeper("ports", ports={"80/tcp": ("127.0.0.1", 18923), "53/udp": None})
    container.reload()
    assert container.ports["80/tcp"] == [{"HostIp": "127.0.0.1", "HostPort": "18923"}]
    assert int(container.ports["53/udp"][0]["HostPort"]) > 1024
    top = container.top()
    assert top["Processes"][0][top["Titles"].index("CMD")] == "sleep 1000"


@check
def events_as_they_happen():
    seen = []
    stream = client.events(decode=True, filters={"container": "seen", "type": "container"})
    reader = threading.Thread(target=lambda: seen.extend(event["Action"] for event in stream), daemon=True)
    reader.start()
    time.sleep(0.2)
    client.containers.run("busybox", "true", name="seen", remove=True)
    end = time.time() + 10
    while "destroy" not in seen and time.time() < end:
        time.sleep(0.05)
    stream.close()
    for action in ("create", "start", "die", "destroy"):
        assert action in seen, seen
    past = client.events(since=1, until=int(time.time()) + 1, decode=True, filters={"container": "seen", "event": "die"})
    assert [event["Actor"]["Attributes"]["exitCode"] for event in past] == ["0"]


@check
def archives_in_and_out():
    container = sleeper("tar")
    assert container.put_archive("/tmp", archive(**{"a.txt": b"put here"}))
    assert container.exec_run("cat /tmp/a.txt").output == b"put here"
    chunks, stat = container.get_archive("/tmp/a.txt")
    assert stat["name"] == "a.txt" and stat["size"] == 8
    with tarfile.open(fileobj=io.BytesIO(b"".join(chunks))) as tar:
        assert tar.extractfile("a.txt").read() == b"put here"
    try:
        container.get_archive("/nosuch")
        raise AssertionError("no error")
    except NotFound:
        pass


@check
def changes_and_commit():
    container = client.containers.run("busybox", "touch /new", detach=True)
    container.wait()
    assert {"Path": "/new", "Kind": 1} in container.diff()
    image = container.commit(repository="made", tag="1", message="by a test", author="me", conf={"Cmd": ["ls", "/new"]})
    assert image.tags == ["made:1"] and image.attrs["Comment"] == "by a test"
    assert client.containers.run("made:1", remove=True) == b"/new\n"
    with tarfile.open(fileobj=io.BytesIO(b"".join(container.export()))) as tar:
        assert "new" in tar.getnames()
    container.remove()
    client.images.remove("made:1")


@check
def images_listed_tagged_removed():
    image = client.images.get("busybox")
    assert image.id.startswith("sha256:") and "busybox:latest" in image.tags
    assert image.tag("other", "2")
    assert "other:2" in [tag for i in client.images.list() for tag in i.tags]
    client.images.remove("other:2")
    assert client.images.list(name="other") == []
    assert image.history()[0]["Id"]


@check
def volumes_and_mounts():
    volume = client.volumes.create("data", labels={"a": "b"})
    assert volume.name == "data" and volume.attrs["Labels"] == {"a": "b"}
    client.containers.run("busybox", "sh -c 'echo kept > /d/f'", volumes={"data": {"bind": "/d", "mode": "rw"}}, remove=True)
    assert client.containers.run("busybox", "cat /d/f", volumes={"data": {"bind": "/d", "mode": "ro"}}, remove=True) == b"kept\n"
    mount = docker.types.Mount("/m", "data", read_only=True)
    try:
        client.containers.run("busybox", "touch /m/x", mounts=[mount], remove=True)
        raise AssertionError("no error")
    except ContainerError as error:
        assert b"Read-only" in error.stderr
    assert [v.name for v in client.volumes.list(filters={"name": "data"})] == ["data"]
    volume.remove()


@check
def networks_to_look_at():
    bridge = client.networks.list(names=["bridge"])[0]
    assert bridge.attrs["Driver"] == "bridge" and client.networks.get(bridge.id).name == "bridge"


@check
def networks_of_ones_own():
    pool = docker.types.IPAMPool(subnet="10.61.0.0/24", gateway="10.61.0.254", iprange="10.61.0.128/25", aux_addresses={"x": "10.61.0.128"})
    one = client.networks.create("one", driver="bridge", ipam=docker.types.IPAMConfig(pool_configs=[pool]), labels={"tier": "front"},
                                 options={"com.docker.network.bridge.enable_icc": "true"})
    two = client.networks.create("two", internal=True, check_duplicate=True)
    assert [n.name for n in client.networks.list(filters={"label": "tier=front"})] == ["one"]
    assert client.networks.list(ids=[two.id])[0].attrs["Internal"] is True
    web = sleeper("web", network="one")
    two.connect(web, aliases=["www"])
    two.reload()
    assert two.containers == [web]
    web.reload()
    ends = web.attrs["NetworkSettings"]["Networks"]
    assert ends["one"]["IPAddress"] == "10.61.0.129" and ends["one"]["Gateway"] == "10.61.0.254"
    assert ends["one"]["NetworkID"] == one.id and set(ends["two"]["Aliases"]) == {"www", web.id[:12]}
    other = sleeper("other", network="two")
    assert other.exec_run("ping -c1 -W1 www").exit_code == 0
    two.disconnect(web)
    assert other.exec_run("timeout 2 ping -c1 -W1 " + ends["two"]["IPAddress"]).exit_code != 0
    for wrong, status in ((lambda: one.remove(), 403), (lambda: client.networks.create("one"), 409),
                          (lambda: client.networks.get("nosuch"), 404), (lambda: two.disconnect(web), 403)):
        try:
            wrong()
            raise AssertionError("no error")
        except APIError as error:
            assert error.status_code == status, error
    web.remove(force=True)
    other.remove(force=True)
    assert set(client.networks.prune()["NetworksDeleted"]) == {"one", "two"}


@check
def update_and_restart_policy():
    container = sleeper("upd", restart_policy={"Name": "on-failure", "MaximumRetryCount": 2})
    assert container.attrs["HostConfig"]["RestartPolicy"] == {"Name": "on-failure", "MaximumRetryCount": 2}
    container.update(mem_limit="32m", memswap_limit="64m", restart_policy={"Name": "no"})
    container.reload()
    assert container.attrs["HostConfig"]["Memory"] == 32 << 20 and container.attrs["HostConfig"]["RestartPolicy"]["Name"] == "no"


@check
def disk_usage_and_prune():
    client.containers.run("busybox", "true", name="old")
    assert any(c["Names"] == ["/old"] for c in client.df()["Containers"])
    assert client.containers.prune()["ContainersDeleted"]
    assert client.networks.prune() is not None and client.volumes.prune()["SpaceReclaimed"] == 0


@check
def a_clash_of_names():
    sleeper("twice")
    try:
        sleeper("twice")
        raise AssertionError("no error")
    except APIError as error:
        assert error.status_code == 409 and "is already in use by container" in error.explanation


def main():
    failed = 0
    for function in CHECKS:
        name = "docker-py: " + function.__name__.replace("_", " ")
        try:
            function()
            print("ok - " + name, flush=True)
        except Exception:  # whatever it is, the next check is to run
            failed = 1
            print("not ok - " + name)
            print("".join("#   " + line + "\n" for line in traceback.format_exc().splitlines()[-6:]), end="", flush=True)
        for container in client.containers.list(all=True):
            container.remove(force=True, v=True)
    return failed


if __name__ == "__main__":
    sys.exit(main())
