/* Tables say which flag is which part of the query; values are judged by Docker's rules and words before anything is sent. */
#include "cli/build_options.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/units.h"
#include "cli/cli.h"
#include "cli/image_name.h"
#include "cli/run_options.h"

#include <ctype.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define AT(member) offsetof(struct build_flags, member)

const struct flag build_flag_table[] = {
    {0, "add-host", FLAG_LIST, AT(add_host), NULL, "Give the containers of RUN one more line in /etc/hosts (host:ip)"},
    {0, "build-arg", FLAG_LIST, AT(build_arg), NULL, "Value of an ARG (name=value; a name alone: from the environment)"},
    {0, "cache-from", FLAG_LIST, AT(cache_from), "strings", "Images whose steps may be taken as cached"},
    {0, "cgroup-parent", FLAG_STRING, AT(cgroup_parent), NULL, "Parent cgroup of the containers of RUN"},
    {0, "compress", FLAG_BOOL, AT(compress), NULL, "Compress the build context with gzip"},
    {0, "cpu-period", FLAG_INT, AT(cpu_period), NULL, "Period of the CPU quota, in microseconds"},
    {0, "cpu-quota", FLAG_INT, AT(cpu_quota), NULL, "CPU time in a period, in microseconds"},
    {'c', "cpu-shares", FLAG_INT, AT(cpu_shares), NULL, "CPU shares (relative weight)"},
    {0, "cpuset-cpus", FLAG_STRING, AT(cpuset_cpus), NULL, "CPUs to run on (0-3, 0,1)"},
    {0, "cpuset-mems", FLAG_STRING, AT(cpuset_mems), NULL, "Memory nodes to use (0-3, 0,1)"},
    {0, "disable-content-trust", FLAG_BOOL, AT(trust), NULL, "Do not check signatures; there are none here (default true)"},
    {0, "explain", FLAG_BOOL, AT(explain), NULL, "Say for each step why the cache had it or not"},
    {'f', "file", FLAG_STRING, AT(file), NULL, "The Dockerfile (default \"PATH/Dockerfile\"; \"-\": standard input)"},
    {0, "force-rm", FLAG_BOOL, AT(force_rm), NULL, "Remove the containers of RUN also when the build fails"},
    {0, "iidfile", FLAG_STRING, AT(iidfile), NULL, "Write the image's ID to a file"},
    {0, "isolation", FLAG_STRING, AT(isolation), NULL, "Container isolation technology"},
    {0, "label", FLAG_LIST, AT(label), NULL, "Give the image a label"},
    {0, "load", FLAG_BOOL, AT(load), NULL, "Keep the image in the engine, which is what happens in any case"},
    {'m', "memory", FLAG_STRING, AT(memory), "bytes", "Memory limit of the containers of RUN"},
    {0, "memory-swap", FLAG_STRING, AT(memory_swap), "bytes", "Limit of memory and swap together; -1: no limit of swap"},
    {0, "network", FLAG_STRING, AT(network), NULL, "Network of the containers of RUN (default \"default\")"},
    {0, "no-cache", FLAG_BOOL, AT(no_cache), NULL, "Do every step anew"},
    {'o', "output", FLAG_LIST, AT(output), NULL, "Write the files of the image to a directory, or a tar (type=tar,dest=FILE)"},
    {0, "platform", FLAG_STRING, AT(platform), NULL, "Build for this platform instead of the engine's"},
    {0, "progress", FLAG_STRING, AT(progress), NULL, "How to show progress: \"auto\", \"plain\" or \"tty\" (default \"auto\")"},
    {0, "pull", FLAG_BOOL, AT(pull), NULL, "Look for newer versions of the images built on"},
    {0, "push", FLAG_BOOL, AT(push), NULL, NULL},
    {'q', "quiet", FLAG_BOOL, AT(quiet), NULL, "Print nothing but the image's ID"},
    {0, "rm", FLAG_BOOL, AT(rm), NULL, "Remove the containers of RUN after a build that went well (default true)"},
    {0, "secret", FLAG_LIST, AT(secret), NULL, "A secret for RUN --mount=type=secret (id=NAME,src=FILE or id=NAME,env=VARIABLE)"},
    {0, "security-opt", FLAG_LIST, AT(security_opt), "strings", "Security options of the containers of RUN"},
    {0, "shm-size", FLAG_STRING, AT(shm_size), "bytes", "Size of /dev/shm"},
    {0, "squash", FLAG_BOOL, AT(squash), NULL, "Make one layer of all that the build adds"},
    {'t', "tag", FLAG_LIST, AT(tag), NULL, "Name of the image, with a tag if you like (name:tag)"},
    {0, "target", FLAG_STRING, AT(target), NULL, "Stop after this stage"},
    {0, "ulimit", FLAG_LIST, AT(ulimit), "ulimit", "Resource limits of the processes (name=soft:hard)"},
    {0}};

void build_flags_clear(struct build_flags *flags)
{
    for (const struct flag *flag = build_flag_table; flag->name; flag++)
        if (flag->kind == FLAG_LIST)
            strv_free(*(char ***)((char *)flags + flag->offset));
}

/* For `return bad(...)`: how pflag says it. */
static int bad(const struct command_context *context, const char *command, const char *name, const char *value, const char *why)
{
    const struct flag *flag = build_flag_table;
    while (flag->name && !str_equal(flag->name, name))
        flag++;
    const char letter[] = {'-', flag->letter, ',', ' ', '\0'};
    return cli_bad_flag(context, command, "invalid argument \"%s\" for \"%s--%s\" flag: %s", value, flag->letter ? letter : "",
                        name, why);
}

/* Flags that take several values with commas between. */
static void split_commas(char ***list)
{
    char **all = NULL;
    for (char **text = *list; text && *text; text++) {
        cleanup_strv char **parts = str_split(*text, ',');
        for (size_t i = 0; parts[i]; i++)
            strv_add(&all, parts[i]);
    }
    strv_free(*list);
    *list = all;
}

/* What is wrong with one value of a list; NULL: nothing. Allocated. */
static char *bad_host(const char *text)
{
    struct error err = ERROR_INIT;
    cleanup_free char *entry = run_parse_extra_host(text, &err);
    return entry ? NULL : xstrdup(err.message);
}

static char *bad_argument(const char *text)
{
    return !*text || *text == '=' ? str_format("invalid environment variable: %s", text) : NULL;
}

static char *bad_label(const char *text)
{
    text += strspn(text, " \t\r\n");
    return !*text || *text == '=' ? str_format("invalid label '%s': empty name", text) : NULL;
}

static char *bad_tag(const char *text)
{
    struct error err = ERROR_INIT;
    cleanup_image_name struct image_name reference = {0};
    return name_parse(text, &reference, &err) < 0 ? xstrdup(err.message) : NULL;
}

static char *bad_ulimit(const char *text)
{
    struct error err = ERROR_INIT;
    cleanup_json json_t *limit = run_parse_ulimit(text, &err);
    return limit ? NULL : xstrdup(err.message);
}

static int check_lists(const struct command_context *context, const char *command, const struct build_flags *flags)
{
    static const struct {
        const char *name;
        size_t offset;
        char *(*problem)(const char *text);
    } lists[] = {{"add-host", AT(add_host), bad_host},
                 {"build-arg", AT(build_arg), bad_argument},
                 {"label", AT(label), bad_label},
                 {"tag", AT(tag), bad_tag},
                 {"ulimit", AT(ulimit), bad_ulimit}};
    for (size_t i = 0; i < ARRAY_LEN(lists); i++)
        for (char *const *text = *(char *const *const *)((const char *)flags + lists[i].offset); text && *text; text++) {
            cleanup_free char *why = lists[i].problem(*text);
            if (why)
                return bad(context, command, lists[i].name, *text, why);
        }
    return CLI_GO;
}

static const struct {
    const char *flag, *key;
    size_t offset;
} SIZES[] = {{"memory", "memory", AT(memory)}, {"memory-swap", "memswap", AT(memory_swap)}, {"shm-size", "shmsize", AT(shm_size)}};

static bool size_of(const char *flag, const char *text, int64_t *bytes)
{
    *bytes = -1;
    return (str_equal(flag, "memory-swap") && str_equal(text, "-1")) || units_parse_bytes(text, bytes);
}

int build_flags_check(const struct command_context *context, const char *command, struct build_flags *flags)
{
    static const char *const modes[] = {"auto", "plain", "tty"};
    const char *progress = str_or(flags->progress, "auto");
    bool known = false;
    int64_t bytes;
    split_commas(&flags->cache_from);
    split_commas(&flags->security_opt);
    int rc = check_lists(context, command, flags);
    for (size_t i = 0; rc == CLI_GO && i < ARRAY_LEN(SIZES); i++) {
        const char *text = *(const char *const *)((const char *)flags + SIZES[i].offset);
        cleanup_free char *why = text && !size_of(SIZES[i].flag, text, &bytes) ? run_size_problem(text) : NULL;
        if (why)
            rc = bad(context, command, SIZES[i].flag, text, why);
    }
    for (size_t i = 0; i < ARRAY_LEN(modes); i++)
        known |= str_equal(modes[i], progress);
    if (rc == CLI_GO && !known)
        rc = fprintf(stderr, "ERROR: invalid progress mode %s: it is one of auto, plain and tty\n", progress) > 0;
    if (rc == CLI_GO && !flags->trust)
        rc = fprintf(stderr, "--disable-content-trust=false: signatures of images are not checked here; leave it out to build\n") >
             0;
    if (rc == CLI_GO && flags->push)
        rc = fprintf(stderr, "--push: this builder keeps its images in the engine; push them with '%s push'\n", context->program) >
             0;
    return rc;
}

/* A query whose keys are put in order at the end, as Go's encoder has them. */
struct query {
    char **pairs;
};

static void add(struct query *query, const char *key, const char *value)
{
    cleanup_free char *escaped = client_escape(value);
    strv_take(&query->pairs, str_format("%s=%s", key, escaped));
}

static void add_json(struct query *query, const char *key, json_t *value)
{
    cleanup_free char *text = json_text(value);
    add(query, key, text);
    json_decref(value);
}

static int by_key(const void *a, const void *b)
{
    const char *x = *(const char *const *)a, *y = *(const char *const *)b;
    size_t i = strcspn(x, "="), k = strcspn(y, "=");
    int order = strncmp(x, y, i < k ? i : k);
    return order ? order : (i > k) - (i < k);
}

/* The values of arguments that have none come from the environment; one that is not there either is null. */
static json_t *arguments(char *const *list)
{
    json_t *object = json_object();
    for (; *list; list++) {
        const char *equals = strchr(*list, '=');
        cleanup_free char *name = xstrndup(*list, equals ? (size_t)(equals - *list) : strlen(*list));
        const char *value = equals ? equals + 1 : getenv(name);
        json_object_set_new(object, name, value ? json_text_value(value, strlen(value)) : json_null());
    }
    return run_sorted(object);
}

static json_t *ulimits(char *const *list)
{
    json_t *array = json_array();
    for (; *list; list++)
        json_array_append_new(array, run_parse_ulimit(*list, NULL));
    return array;
}

static void add_lists(struct query *query, const struct build_flags *flags)
{
    if (flags->build_arg)
        add_json(query, "buildargs", arguments(flags->build_arg));
    if (flags->cache_from)
        add_json(query, "cachefrom", json_from_strv(flags->cache_from));
    if (flags->label)
        add_json(query, "labels", run_sorted(cli_pairs(flags->label)));
    if (flags->ulimit)
        add_json(query, "ulimits", ulimits(flags->ulimit));
    for (char **text = flags->add_host; text && *text; text++) {
        cleanup_free char *entry = run_parse_extra_host(*text, NULL);
        add(query, "extrahosts", entry);
    }
    for (char **text = flags->security_opt; text && *text; text++)
        add(query, "securityopt", *text);
    for (char **text = flags->tag; text && *text; text++)
        add(query, "t", *text);
}

static void add_numbers(struct query *query, const struct build_flags *flags)
{
    const struct {
        const char *key;
        long long value;
    } numbers[] = {{"cpuperiod", flags->cpu_period}, {"cpuquota", flags->cpu_quota}, {"cpushares", flags->cpu_shares}};
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
        if (numbers[i].value) {
            cleanup_free char *text = str_format("%lld", numbers[i].value);
            add(query, numbers[i].key, text);
        }
    for (size_t i = 0; i < ARRAY_LEN(SIZES); i++) {
        const char *given = *(const char *const *)((const char *)flags + SIZES[i].offset);
        int64_t bytes;
        if (given && size_of(SIZES[i].flag, given, &bytes) && bytes) {
            cleanup_free char *text = str_format("%lld", (long long)bytes);
            add(query, SIZES[i].key, text);
        }
    }
}

static void add_texts(struct query *query, const struct build_flags *flags, const char *dockerfile, const char *remote)
{
    const bool usual = str_equal(flags->isolation, "default"), net = str_equal(flags->network, "default");
    cleanup_free char *platform = str_lower(str_or(flags->platform, ""));
    const struct {
        const char *key, *value;
    } texts[] = {{"cgroupparent", flags->cgroup_parent},
                 {"cpusetcpus", flags->cpuset_cpus},
                 {"cpusetmems", flags->cpuset_mems},
                 {"dockerfile", dockerfile},
                 {"forcerm", flags->force_rm ? "1" : NULL},
                 {"isolation", usual ? NULL : flags->isolation},
                 {"networkmode", net ? NULL : flags->network},
                 {"nocache", flags->no_cache ? "1" : NULL},
                 {"platform", platform},
                 {"pull", flags->pull ? "1" : NULL},
                 {"q", flags->quiet ? "1" : NULL},
                 {"remote", remote},
                 {"rm", flags->rm ? NULL : "0"},
                 {"slipway-explain", flags->explain ? "1" : NULL},
                 {"squash", flags->squash ? "1" : NULL},
                 {"target", flags->target},
                 {"version", "1"}};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        if (!str_empty(texts[i].value))
            add(query, texts[i].key, texts[i].value);
}

char *build_query(const struct build_flags *flags, const char *dockerfile, const char *remote)
{
    struct query query = {0};
    add_lists(&query, flags);
    add_numbers(&query, flags);
    add_texts(&query, flags, dockerfile, remote);
    qsort(query.pairs, strv_len(query.pairs), sizeof *query.pairs, by_key);
    cleanup_free char *text = strv_join(query.pairs, "&");
    strv_free(query.pairs);
    return str_format("/build?%s", text);
}
