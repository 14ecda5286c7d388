/* Counters of the interfaces that a process sees, loopback left out: /proc/<pid>/net/dev (proc_pid_net(5)). */
#include "observe/observe.h"

#include "base/files.h"
#include "base/memory.h"
#include "base/strings.h"

#include <stdio.h>

json_t *observe_interfaces(pid_t pid)
{
    cleanup_free char *path = str_format("/proc/%d/net/dev", (int)pid), *text = file_read(path, NULL, NULL);
    cleanup_strv char **lines = str_split(text ? text : "", '\n');
    json_t *doc = json_object();
    for (size_t i = 0; lines[i]; i++) {
        char name[32];
        unsigned long long rx[4], tx[4];
        if (sscanf(lines[i], " %31[^:]: %llu %llu %llu %llu %*u %*u %*u %*u %llu %llu %llu %llu", name, &rx[0], &rx[1], &rx[2],
                   &rx[3], &tx[0], &tx[1], &tx[2], &tx[3]) != 9 ||
            str_equal(name, "lo"))
            continue;
        json_object_set_new(doc, name,
                            json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "rx_bytes", (json_int_t)rx[0], "rx_packets",
                                      (json_int_t)rx[1], "rx_errors", (json_int_t)rx[2], "rx_dropped", (json_int_t)rx[3],
                                      "tx_bytes", (json_int_t)tx[0], "tx_packets", (json_int_t)tx[1], "tx_errors",
                                      (json_int_t)tx[2], "tx_dropped", (json_int_t)tx[3]));
    }
    return doc;
}
