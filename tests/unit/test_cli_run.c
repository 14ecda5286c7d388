/* Flags of `run` to the body of a create request: ports, mounts, limits, environment, and Docker's words for bad values. */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "cli/run_options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* Parses "flags... image" and gives the body as compact JSON, or the message. */
/* What every request holds, as Docker's does, whatever was asked for: taken out of the way of the tests. Empty lists, and these. */
static void take_constants(json_t *host)
{
    static const char *const values[][2] = {
        {"MemorySwappiness", "-1"}, {"NetworkMode", "\"default\""}, {"RestartPolicy", "{\"MaximumRetryCount\":0,\"Name\":\"no\"}"}};
    const char *key;
    void *next;
    json_t *value;
    for (size_t i = 0; host && i < ARRAY_LEN(values); i++) {
        cleanup_json json_t *usual = json_loads(values[i][1], JSON_DECODE_ANY, NULL);
        assert_true(json_object_get(host, values[i][0]) != NULL);
        if (json_equal(usual, json_object_get(host, values[i][0])))
            json_object_del(host, values[i][0]);
    }
    json_object_foreach_safe(host, next, key, value)
    {
        if (json_is_array(value) && json_array_size(value) == 0)
            json_object_del(host, key);
    }
}

static char *body_of(const char *line)
{
    cleanup_strv char **argv = str_split(line, ' ');
    size_t argc = strv_len(argv);
    char **operands;
    bool seen[RUN_FLAG_MOST] = {0};
    struct run_options options = {.trust = true, .sig_proxy = true};
    struct error err = ERROR_INIT;
    /* flags_parse moves the pointers about; the list keeps what must be freed */
    char *moved[argc + 1];
    memcpy(moved, argv, sizeof moved);
    assert_int_equal(flags_parse(run_flags, &options, seen, (int)argc, moved, true, &operands, &err), 0);
    struct run_request request = {.options = &options, .seen = seen, .table = run_flags};
    cleanup_json json_t *body = run_body(&request, operands);
    if (body)
        take_constants(json_object_get(body, "HostConfig"));
    char *text = body ? json_dumps(body, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    char *out = text ? xstrdup(text) : str_format("%s%s", request.usage ? "usage: " : "", request.err.message);
    free(text);
    run_options_clear(&options);
    return out;
}

static void has(const char *line, const char *piece)
{
    cleanup_free char *got = body_of(line);
    if (!strstr(got, piece))
        fail_msg("%s: wanted %s in %s", line, piece, got);
}

static void says(const char *line, const char *message)
{
    cleanup_free char *got = body_of(line);
    assert_string_equal(got, message);
}

static void plain_run_sends_only_what_was_given(void **state)
{
    (void)state;
    says("run busybox true",
         "{\"AttachStderr\":true,\"AttachStdin\":false,\"AttachStdout\":true,\"Cmd\":[\"true\"],\"HostConfig\":{},"
         "\"Image\":\"busybox\",\"OpenStdin\":false,\"StdinOnce\":false,\"Tty\":false}");
    has("run -d busybox", "\"AttachStdout\":false");
    has("run -i busybox", "\"AttachStdin\":true");
    has("run -i busybox", "\"StdinOnce\":true");
    has("run -id busybox", "\"StdinOnce\":false");
    has("run -a stdout busybox", "\"AttachStderr\":false");
}

static void ports_are_read_as_docker_reads_them(void **state)
{
    (void)state;
    has("run -p 8080:80 x", "\"PortBindings\":{\"80/tcp\":[{\"HostIp\":\"\",\"HostPort\":\"8080\"}]}");
    has("run -p 80 x", "\"PortBindings\":{\"80/tcp\":[{\"HostIp\":\"\",\"HostPort\":\"\"}]}");
    has("run -p 127.0.0.1:8080:80/udp x", "\"PortBindings\":{\"80/udp\":[{\"HostIp\":\"127.0.0.1\",\"HostPort\":\"8080\"}]}");
    has("run -p [::1]:8080:80 x", "\"HostIp\":\"::1\"");
    has("run -p 127.0.0.1::80 x", "{\"HostIp\":\"127.0.0.1\",\"HostPort\":\"\"}");
    has("run -p 90-91:80-81 x",
        "\"80/tcp\":[{\"HostIp\":\"\",\"HostPort\":\"90\"}],\"81/tcp\":[{\"HostIp\":\"\",\"HostPort\":\"91\"}]");
    has("run -p 8000-8010:80 x", "\"HostPort\":\"8000-8010\"");
    has("run -p 80:80 -p 81:80 x", "\"80/tcp\":[{\"HostIp\":\"\",\"HostPort\":\"80\"},{\"HostIp\":\"\",\"HostPort\":\"81\"}]");
    has("run -p 8080:80 x", "\"ExposedPorts\":{\"80/tcp\":{}}");
    has("run --expose 3000-3001/udp x", "\"ExposedPorts\":{\"3000/udp\":{},\"3001/udp\":{}}");
    says("run -p 99999:80 x", "invalid hostPort: 99999");
    says("run -p abc x", "invalid containerPort: abc");
    says("run -p 1:2:3:4 x", "invalid IP address: 1:2");
    says("run -p 80:80/abc x", "invalid proto: abc");
    says("run -p 80:80-90 x", "invalid ranges specified for container and host Ports: 80-90 and 80");
    says("run --expose a x", "invalid range format for --expose: a, error: strconv.ParseUint: parsing \"a\": invalid syntax");
}

static void volumes_and_mounts(void **state)
{
    (void)state;
    has("run -v /data x", "\"Volumes\":{\"/data\":{}}");
    has("run -v keep:/data:ro x", "\"Binds\":[\"keep:/data:ro\"]");
    cleanup_free char *here = getcwd(NULL, 0);
    cleanup_free char *expected = str_format("\"Binds\":[\"%s:/data\"]", here);
    has("run -v .:/data x", expected);
    has("run --tmpfs /run:rw,size=1m x", "\"Tmpfs\":{\"/run\":\"rw,size=1m\"}");
    has("run --mount type=bind,src=/a,dst=/b,ro x",
        "\"Mounts\":[{\"ReadOnly\":true,\"Source\":\"/a\",\"Target\":\"/b\",\"Type\":\"bind\"}]");
    has("run --mount type=tmpfs,target=/t,tmpfs-size=1m,tmpfs-mode=700 x", "\"TmpfsOptions\":{\"Mode\":448,\"SizeBytes\":1048576}");
    says("run --mount a x", "usage: invalid argument \"a\" for \"--mount\" flag: invalid field 'a' must be a key=value pair");
    says("run --mount type=bind,src=/x x", "usage: invalid argument \"type=bind,src=/x\" for \"--mount\" flag: target is required");
    has("run --mount type=volume,dst=/x,volume-opt=a=b x", "\"DriverConfig\":{\"Options\":{\"a\":\"b\"}}");
}

static void limits(void **state)
{
    (void)state;
    has("run -m 100m --memory-reservation 50m --cpus=.5 --cpuset-cpus=0 -c 512 x",
        "{\"CpuShares\":512,\"CpusetCpus\":\"0\",\"Memory\":104857600,\"MemoryReservation\":52428800,\"NanoCpus\":500000000}");
    has("run --memory-swap -1 -m 1g x", "\"MemorySwap\":-1");
    has("run --pids-limit 64 --oom-score-adj -5 --shm-size 32m x", "\"OomScoreAdj\":-5,\"PidsLimit\":64,\"ShmSize\":33554432");
    has("run --cpus 1.25 x", "\"NanoCpus\":1250000000");
    has("run --ulimit nofile=100:200 x", "\"Ulimits\":[{\"Hard\":200,\"Name\":\"nofile\",\"Soft\":100}]");
    has("run --ulimit core=-1 x", "{\"Hard\":-1,\"Name\":\"core\",\"Soft\":-1}");
    has("run --device-read-bps /dev/vda:1mb x", "\"BlkioDeviceReadBps\":[{\"Path\":\"/dev/vda\",\"Rate\":1048576}]");
    says("run -m abc x", "usage: invalid argument \"abc\" for \"-m, --memory\" flag: invalid size: 'abc'");
    says("run --shm-size -1 x", "usage: invalid argument \"-1\" for \"--shm-size\" flag: invalid size: '-1'");
    says("run --cpus abc x", "usage: invalid argument \"abc\" for \"--cpus\" flag: failed to parse abc as a rational number");
    says("run --ulimit nofile=200:100 x", "usage: invalid argument \"nofile=200:100\" for \"--ulimit\" flag: ulimit soft limit "
                                          "must be less than or equal to hard limit: 200 > 100");
    says("run --ulimit nosuch=1 x", "usage: invalid argument \"nosuch=1\" for \"--ulimit\" flag: invalid ulimit type: nosuch");
    says("run --sysctl kernel.foo=1 x",
         "usage: invalid argument \"kernel.foo=1\" for \"--sysctl\" flag: sysctl 'kernel.foo=1' is not allowed");
}

static void environment_comes_from_files_flags_and_ours(void **state)
{
    (void)state;
    char path[] = "/tmp/slipway-test-env-XXXXXX";
    int fd = mkstemp(path);
    assert_int_equal(write(fd, "# comment\n\nX=1\nY=two words\nFROM_US\nNOT_SET\n", 42), 42);
    close(fd);
    setenv("FROM_US", "here", 1);
    unsetenv("NOT_SET");
    cleanup_free char *line = str_format("run --env-file %s -e A=1 -e FROM_US -e NOT_SET -e C= x", path);
    has(line, "\"Env\":[\"X=1\",\"Y=two words\",\"FROM_US=here\",\"A=1\",\"FROM_US=here\",\"NOT_SET\",\"C=\"]");
    FILE *file = fopen(path, "w");
    fputs("A B=1\n", file);
    fclose(file);
    cleanup_free char *bad = str_format("run --env-file %s x", path);
    cleanup_free char *message = str_format("invalid env file (%s): variable 'A B' contains whitespaces", path);
    says(bad, message);
    unlink(path);
    says("run --env-file nofile x", "open nofile: no such file or directory");
    says("run -e =x x", "usage: invalid argument \"=x\" for \"-e, --env\" flag: invalid environment variable: =x");
}

static void security_network_and_policies(void **state)
{
    (void)state;
    has("run --cap-add NET_ADMIN --cap-drop ALL --privileged --read-only --init --rm x",
        "{\"AutoRemove\":true,\"CapAdd\":[\"CAP_NET_ADMIN\"],\"CapDrop\":[\"ALL\"],\"Init\":true,\"Privileged\":true,"
        "\"ReadonlyRootfs\":true}");
    has("run --restart on-failure:3 x", "\"RestartPolicy\":{\"MaximumRetryCount\":3,\"Name\":\"on-failure\"}");
    has("run --network none x", "\"NetworkMode\":\"none\"");
    has("run --net=host x", "\"NetworkMode\":\"host\"");
    has("run --add-host db:10.9.8.7 --dns 192.0.2.53 x", "\"Dns\":[\"192.0.2.53\"],\"ExtraHosts\":[\"db:10.9.8.7\"]");
    has("run --security-opt no-new-privileges x", "\"SecurityOpt\":[\"no-new-privileges\"]");
    has("run --entrypoint sh -w /tmp -u 1:2 --hostname h --stop-timeout 3 --stop-signal USR1 x",
        "\"Entrypoint\":[\"sh\"],\"HostConfig\":{},\"Hostname\":\"h\"");
    has("run --entrypoint= x", "\"Entrypoint\":[\"\"]");
    has("run --label a=1 -l b x", "\"Labels\":{\"a\":\"1\",\"b\":\"\"}");
    has("run --health-cmd true --health-interval 1m30s x",
        "\"Healthcheck\":{\"Interval\":90000000000,\"Test\":[\"CMD-SHELL\",\"true\"]}");
    has("run --no-healthcheck x", "\"Healthcheck\":{\"Test\":[\"NONE\"]}");
    says("run --rm --restart always x", "conflicting options: cannot specify both --restart and --rm");
    says("run --restart a:b x", "invalid restart policy format: maximum retry count must be an integer");
    says("run --security-opt nonsense x", "Invalid --security-opt: \"nonsense\"");
    says("run --security-opt seccomp=/no/file x",
         "opening seccomp profile (/no/file) failed: open /no/file: no such file or directory");
    says("run --dns notanip x",
         "usage: invalid argument \"notanip\" for \"--dns\" flag: IP address is not correctly formatted: notanip");
    says("run --add-host a x", "usage: invalid argument \"a\" for \"--add-host\" flag: bad format for add-host: \"a\"");
    says("run --pid nosuch x", "--pid: invalid PID mode");
    says("run --uts nosuch x", "--uts: invalid UTS mode");
    says("run --health-cmd true --health-interval -1s x", "--health-interval cannot be negative");
    says("run --no-healthcheck --health-cmd true x", "--no-healthcheck conflicts with --health-* options");
    says("run --health-interval x x", "usage: invalid argument \"x\" for \"--health-interval\" flag: time: invalid duration \"x\"");
    says("run -a foo x", "usage: invalid argument \"foo\" for \"-a, --attach\" flag: valid streams are STDIN, STDOUT and STDERR");
    says("run -l =a x", "usage: invalid argument \"=a\" for \"-l, --label\" flag: invalid label '=a': empty name");
}

static void networks_in_both_forms(void **state)
{
    (void)state;
    has("run --network name=n,alias=a,ip=1.2.3.4,driver-opt=k=v x",
        "\"NetworkingConfig\":{\"EndpointsConfig\":{\"n\":{\"Aliases\":[\"a\"],\"DriverOpts\":{\"k\":\"v\"},"
        "\"IPAMConfig\":{\"IPv4Address\":\"1.2.3.4\"}}}}");
    has("run --network n --network-alias a --net-alias b x", "{\"n\":{\"Aliases\":[\"a\",\"b\"]}}");
    has("run --mac-address 92:d0:c6:0a:29:33 x", "\"MacAddress\":\"92:d0:c6:0a:29:33\"");
    has("run --ip 1.2.3.4 x", "{\"default\":{\"IPAMConfig\":{\"IPv4Address\":\"1.2.3.4\"}}}");
    says("run --mac-address zz x", "zz is not a valid mac address");
    says("run --network host --network-alias a x", "network-scoped aliases are only supported for user-defined networks");
    says("run --network n --network n x", "network \"n\" is specified multiple times");
    says("run --network n --network host x",
         "conflicting options: cannot attach both user-defined and non-user-defined network-modes");
    says("run --network name=n,alias=a --network-alias b x",
         "conflicting options: cannot specify both --network-alias and per-network alias");
    says("run --network alias=b x", "usage: invalid argument \"alias=b\" for \"--network\" flag: network name/id is not specified");
    says("run --network name=n,x=b x", "usage: invalid argument \"name=n,x=b\" for \"--network\" flag: invalid field key x");
}

static void devices_and_rates(void **state)
{
    (void)state;
    has("run --cpus 1/2 x", "\"NanoCpus\":500000000");
    has("run --cpus 5e-1 x", "\"NanoCpus\":500000000");
    has("run --gpus all x", "\"DeviceRequests\":[{\"Capabilities\":[[\"gpu\"]],\"Count\":-1,");
    has("run --gpus device=0,driver=d x", "\"DeviceIDs\":[\"0\"],\"Driver\":\"d\"");
    has("run --blkio-weight-device /dev/a:200 x", "\"BlkioWeightDevice\":[{\"Path\":\"/dev/a\",\"Weight\":200}]");
    has("run --ulimit nofile=1 --ulimit core=0 --ulimit nofile=5 x",
        "[{\"Hard\":0,\"Name\":\"core\",\"Soft\":0},{\"Hard\":5,\"Name\":\"nofile\",\"Soft\":5}]");
    has("run -p published=80,target=81 x", "\"81/tcp\":[{\"HostIp\":\"\",\"HostPort\":\"80\"}]");
    says("run --cpus 0.0000000001 x", "usage: invalid argument \"0.0000000001\" for \"--cpus\" flag: value is too precise");
    says("run --cpus 1/0 x", "usage: invalid argument \"1/0\" for \"--cpus\" flag: failed to parse 1/0 as a rational number");
    says("run -m 10zb x", "usage: invalid argument \"10zb\" for \"-m, --memory\" flag: invalid suffix: 'zb'");
    says("run --gpus x=y x", "usage: invalid argument \"x=y\" for \"--gpus\" flag: unexpected key 'x' in 'x=y'");
    says("run --blkio-weight-device /dev/a:5 x",
         "usage: invalid argument \"/dev/a:5\" for \"--blkio-weight-device\" flag: invalid weight for device: /dev/a:5");
    says("run --device null x", "null is not an absolute path");
    says("run --security-opt seccomp= x", "Invalid --security-opt: \"seccomp=\"");
    says("run --storage-opt size x", "invalid storage option");
    says("run --expose 90-80 x", "invalid range format for --expose: 90-80, error: invalid range specified for port: 90-80");
}

static void what_cannot_be_honoured_is_refused_by_name(void **state)
{
    (void)state;
    says("run --use-api-socket x", "--use-api-socket is not supported by this engine yet");
    says("run --cpu-count 1 x", "\"--cpu-count\" is only supported on a Docker daemon running on windows, but the Docker daemon is "
                                "running on linux");
    says("run --disable-content-trust=false x", "--disable-content-trust=false is not supported by this engine yet");
}

static void create_lacks_what_only_run_has(void **state)
{
    (void)state;
    size_t all = 0, fewer = 0;
    for (const struct flag *flag = run_flags; flag->name; flag++)
        all++;
    for (const struct flag *flag = run_create_flags(); flag->name; flag++, fewer++)
        assert_string_not_equal(flag->name, "detach");
    assert_int_equal(fewer, all - 4);
    assert_true(all < RUN_FLAG_MOST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_run_sends_only_what_was_given),
        cmocka_unit_test(ports_are_read_as_docker_reads_them),
        cmocka_unit_test(volumes_and_mounts),
        cmocka_unit_test(limits),
        cmocka_unit_test(environment_comes_from_files_flags_and_ours),
        cmocka_unit_test(security_network_and_policies),
        cmocka_unit_test(networks_in_both_forms),
        cmocka_unit_test(devices_and_rates),
        cmocka_unit_test(what_cannot_be_honoured_is_refused_by_name),
        cmocka_unit_test(create_lacks_what_only_run_has),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
