/* The list of a Docker engine in the shape of our overview. */
#include "tui/model.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"

#include <time.h>

/* As `docker ps` has them: "0.0.0.0:8080->80/tcp, ..." */
static char *ports_of_docker(const json_t *container)
{
    struct buf text = BUF_INIT;
    size_t index;
    json_t *port;
    json_array_foreach(json_object_get(container, "Ports"), index, port)
    {
        long long outside = json_num(port, "PublicPort", 0);
        buf_puts(&text, text.len ? ", " : "");
        if (outside)
            buf_printf(&text, "%s:%lld->", json_str(port, "IP", ""), outside);
        buf_printf(&text, "%lld/%s", json_num(port, "PrivatePort", 0), json_str(port, "Type", "tcp"));
    }
    return text.data ? text.data : xstrdup("");
}

static const char *address_of_docker(const json_t *container)
{
    json_t *network;
    const char *name;
    json_object_foreach(json_at(container, "NetworkSettings.Networks"), name, network)
    {
        const char *address = json_str(network, "IPAddress", "");
        if (*address)
            return address;
    }
    return "";
}

static void date_of_docker(const json_t *container, char out[32])
{
    struct tm date;
    time_t created = (time_t)json_num(container, "Created", 0);
    strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&created, &date));
}

/* A Docker engine has no overview: what its own list tells is put into the same shape, with less in it. */
json_t *model_of_docker(json_t *list)
{
    json_t *containers = json_array(), *container;
    size_t index, running = 0;
    json_array_foreach(list, index, container)
    {
        const char *name = json_string_value(json_array_get(json_object_get(container, "Names"), 0));
        const char *state = json_str(container, "State", "");
        running += str_equal(state, "running");
        char created[32];
        date_of_docker(container, created);
        cleanup_free char *ports = ports_of_docker(container);
        json_array_append_new(containers, json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s}", "created", created, "ports", ports,
                                                    "address", address_of_docker(container), "id", json_str(container, "Id", ""),
                                                    "name", name && *name == '/' ? name + 1 : str_or(name, ""), "image",
                                                    json_str(container, "Image", ""), "state", state, "status",
                                                    json_str(container, "Status", "")));
    }
    return json_pack("{s:{s:I,s:I},s:o}", "engine", "containers", (json_int_t)json_array_size(list), "running", (json_int_t)running,
                     "containers", containers);
}
