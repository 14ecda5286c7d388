/* Containers, and the pictures of their inside as text. */
#include "tui/plain.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "client/client.h"

#include <stdio.h>

static const struct {
    char *title;
    const char *section; /* of xray; NULL: another command */
    const char *command;
} rows[] = {{"Layers of its files", "layers", NULL},
            {"Namespaces", "namespaces", NULL},
            {"Control group", "cgroup", NULL},
            {"Network", "network", NULL},
            {"Chains of rules", "chains", NULL},
            {"Signals", "signals", NULL},
            {"Privileges", "privileges", NULL},
            {"Steps of its start", "steps", NULL},
            {"Processes", NULL, "top"},
            {"What it wrote", NULL, "logs"},
            {"What it changed", NULL, "diff"}};

static const char *name_of(const json_t *container)
{
    const char *name = json_string_value(json_array_get(json_object_get(container, "Names"), 0));
    return name && *name == '/' ? name + 1 : str_or(name, json_str(container, "Id", ""));
}

/* Signs that only draw are ASCII here: readers spell out the others one by one. */
static void look_at(struct plain *plain, const char *name)
{
    char *titles[ARRAY_LEN(rows) + 1] = {NULL};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        titles[i] = rows[i].title;
    for (int choice; !plain->ended && (choice = plain_choose(plain, name, titles, "Back to the containers")) >= 0;) {
        int code = rows[choice].section ? plain_run(plain, false, WORDS("xray", "--ascii", name, rows[choice].section))
                                        : plain_run(plain, false, WORDS(rows[choice].command, name));
        if (code)
            printf("It ended with code %d.\n", code);
    }
}

static json_t *load(struct plain *plain, char ***titles)
{
    struct error err = ERROR_INIT;
    struct client *client = client_new(plain->context->host);
    json_t *list = NULL, *one;
    size_t i;
    int r = client_call(client, "GET", "/containers/json?all=1", NULL, &list, &err);
    client_free(client);
    if (r < 0) {
        printf("%s\n", err.message);
        return NULL;
    }
    json_array_foreach(list, i, one)
    {
        strv_take(titles, str_format("%s, of %s, %s", name_of(one), json_str(one, "Image", ""), json_str(one, "Status", "")));
    }
    return list;
}

void plain_containers(struct plain *plain)
{
    while (!plain->ended) {
        cleanup_strv char **titles = NULL;
        cleanup_json json_t *list = load(plain, &titles);
        if (!list)
            return;
        if (!titles)
            printf("There are no containers.\n");
        int choice = titles ? plain_choose(plain, "Containers", titles, "Back") : -1;
        if (choice < 0)
            return;
        look_at(plain, name_of(json_array_get(list, (size_t)choice)));
    }
}
