/* What can stand for a name or for the value of a flag: asked of the engine, found in the content, or a known set of words. */
#include "cli/cli.h"
#include "cli/complete.h"

#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

/* Documents of the engine; NULL when it cannot be asked. */
static json_t *ask(const struct complete *complete, const char *path)
{
    struct error err = ERROR_INIT;
    cleanup_client struct client *client = client_new(complete->context->host);
    return cli_get(client, path, &err);
}

static void offer_containers(const struct complete *complete, const char *query, const char *ending)
{
    cleanup_free char *path = str_format("/containers/json%s", query);
    cleanup_json json_t *list = ask(complete, path);
    size_t i;
    json_t *container;
    json_array_foreach(list, i, container)
    {
        const char *name = json_string_value(json_array_get(json_object_get(container, "Names"), 0));
        cleanup_free char *whole = str_format("%s%s", name ? name + (*name == '/') : "", ending);
        complete_offer(complete, whole, json_str(container, "Image", ""));
    }
}

static void offer_images(const struct complete *complete)
{
    cleanup_json json_t *list = ask(complete, "/images/json");
    size_t i, k;
    json_t *image, *tag;
    json_array_foreach(list, i, image)
    {
        json_array_foreach(json_object_get(image, "RepoTags"), k, tag)
        {
            const char *name = json_string_value(tag);
            if (!name || str_equal(name, "<none>:<none>"))
                continue;
            cleanup_free char *bare = str_ends(name, ":latest") ? xstrndup(name, strlen(name) - strlen(":latest")) : NULL;
            if (bare)
                complete_offer(complete, bare, "image");
            if (!bare || strchr(complete->prefix, ':'))
                complete_offer(complete, name, "image");
        }
    }
}

static void offer_named(const struct complete *complete, const char *path, const char *member, const char *about)
{
    cleanup_json json_t *answer = ask(complete, path);
    size_t i;
    json_t *one;
    json_array_foreach(member ? json_object_get(answer, member) : answer, i, one)
    {
        complete_offer(complete, json_str(one, "Name", ""), about);
    }
}

/* A lab is a folder with lab.md, a lesson a file. */
static void offer_content(const struct complete *complete, const char *kind)
{
    cleanup_free char *folder = content_dir(kind);
    cleanup_dir DIR *dir = opendir(folder);
    for (struct dirent *entry; dir && (entry = readdir(dir));) {
        cleanup_free char *lab = str_format("%s/%s/lab.md", folder, entry->d_name), *name = xstrdup(entry->d_name);
        bool lesson = str_ends(name, ".md");
        if (lesson)
            name[strlen(name) - strlen(".md")] = '\0';
        if (lesson || path_exists(lab)) /* "01-what-it-is" is called "what-it-is" */
            complete_offer(complete, name + (lesson ? strspn(name, "0123456789-") : 0), NULL);
    }
}

void complete_names(struct complete *complete, enum command_operand what)
{
    switch (what) {
    case OPERAND_NOTHING:
    case OPERAND_COMMAND:
        break;
    case OPERAND_CONTAINER:
        offer_containers(complete, "?all=1", "");
        break;
    case OPERAND_RUNNING:
        offer_containers(complete, "?filters=%7B%22status%22%3A%5B%22running%22%2C%22paused%22%5D%7D", "");
        break;
    case OPERAND_STOPPED:
        offer_containers(complete, "?filters=%7B%22status%22%3A%5B%22created%22%2C%22exited%22%5D%7D", "");
        break;
    case OPERAND_PAUSED:
        offer_containers(complete, "?filters=%7B%22status%22%3A%5B%22paused%22%5D%7D", "");
        break;
    case OPERAND_IMAGE:
        offer_images(complete);
        break;
    case OPERAND_NETWORK:
        offer_named(complete, "/networks", NULL, "network");
        break;
    case OPERAND_VOLUME:
        offer_named(complete, "/volumes", "Volumes", "volume");
        break;
    case OPERAND_OBJECT:
        offer_containers(complete, "?all=1", "");
        offer_images(complete);
        offer_named(complete, "/networks", NULL, "network");
        offer_named(complete, "/volumes", "Volumes", "volume");
        break;
    case OPERAND_FILE:
        complete->files = true;
        break;
    case OPERAND_COPY:
        complete->files = true;
        if (!strchr(complete->prefix, '/'))
            offer_containers(complete, "?all=1", ":");
        break;
    case OPERAND_LESSON:
        offer_content(complete, "lessons");
        break;
    case OPERAND_LAB:
        offer_content(complete, "labs");
        break;
    case OPERAND_SHELL:
        complete_offer(complete, "bash", NULL);
        complete_offer(complete, "fish", NULL);
        complete_offer(complete, "zsh", NULL);
        break;
    }
}

static const char SIGNALS[] = "SIGTERM SIGKILL SIGINT SIGHUP SIGQUIT SIGUSR1 SIGUSR2 SIGSTOP SIGCONT SIGWINCH SIGALRM SIGPIPE";
static const char CAPABILITIES[] =
    "ALL AUDIT_CONTROL AUDIT_READ AUDIT_WRITE BLOCK_SUSPEND BPF CHECKPOINT_RESTORE CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER "
    "FSETID "
    "IPC_LOCK IPC_OWNER KILL LEASE LINUX_IMMUTABLE MAC_ADMIN MAC_OVERRIDE MKNOD NET_ADMIN NET_BIND_SERVICE NET_BROADCAST NET_RAW "
    "PERFMON SETFCAP SETGID SETPCAP SETUID SYSLOG SYS_ADMIN SYS_BOOT SYS_CHROOT SYS_MODULE SYS_NICE SYS_PACCT SYS_PTRACE SYS_RAWIO "
    "SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG WAKE_ALARM";

/* Values of flags. `words`: a set; else names of a kind. Words that end in = or : have more to come. */
static const struct value {
    const char *command; /* NULL: of any command */
    const char *flag;
    const char *words;
    enum command_operand names;
} VALUES[] = {
    {"image build", "output", "type=local,dest= type=tar,dest=", OPERAND_NOTHING},
    {"image build", "progress", "auto plain tty", OPERAND_NOTHING},
    {"image build", "secret", "id=", OPERAND_NOTHING},
    {"search", "filter", "is-official= stars=", OPERAND_NOTHING},
    {NULL, "attach", "STDIN STDOUT STDERR", OPERAND_NOTHING},
    {NULL, "cache-from", NULL, OPERAND_IMAGE},
    {NULL, "cap-add", CAPABILITIES, OPERAND_NOTHING},
    {NULL, "cap-drop", CAPABILITIES, OPERAND_NOTHING},
    {NULL, "cgroupns", "host private", OPERAND_NOTHING},
    {NULL, "context", "default", OPERAND_NOTHING},
    {NULL, "log-level", "debug info warn error fatal", OPERAND_NOTHING},
    {"container ls", "filter",
     "ancestor= before= exited= expose= health= id= is-task= label= name= network= publish= since= status= volume=",
     OPERAND_NOTHING},
    {"image ls", "filter", "before= dangling= label= reference= since= until=", OPERAND_NOTHING},
    {"network ls", "filter", "dangling= driver= id= label= name= scope= type=", OPERAND_NOTHING},
    {"volume ls", "filter", "dangling= driver= label= name=", OPERAND_NOTHING},
    {"system events", "filter", "container= daemon= event= image= label= network= scope= type= volume=", OPERAND_NOTHING},
    {"network create", "driver", "bridge macvlan ipvlan", OPERAND_NOTHING},
    {"network create", "opt",
     "com.docker.network.bridge.name= com.docker.network.bridge.enable_icc= com.docker.network.bridge.enable_ip_masquerade= "
     "com.docker.network.bridge.host_binding_ipv4= com.docker.network.driver.mtu= parent= macvlan_mode= ipvlan_mode=",
     OPERAND_NOTHING},
    {"network create", "scope", "local", OPERAND_NOTHING},
    {NULL, "filter", "label= label!= until=", OPERAND_NOTHING},
    {NULL, "format", "json table", OPERAND_NOTHING},
    {NULL, "ipc", "host none private shareable container:", OPERAND_NOTHING},
    {NULL, "link", NULL, OPERAND_CONTAINER},
    {NULL, "log-driver", "json-file local none journald syslog", OPERAND_NOTHING},
    {NULL, "net", "host none container:", OPERAND_NETWORK},
    {NULL, "network", "host none container:", OPERAND_NETWORK},
    {NULL, "pid", "host container:", OPERAND_NOTHING},
    {NULL, "pull", "always missing never", OPERAND_NOTHING},
    {NULL, "restart", "no always on-failure unless-stopped", OPERAND_NOTHING},
    {NULL, "runtime", "slipway-oci", OPERAND_NOTHING},
    {NULL, "security-opt", "no-new-privileges seccomp=unconfined apparmor=unconfined", OPERAND_NOTHING},
    {NULL, "signal", SIGNALS, OPERAND_NOTHING},
    {NULL, "stop-signal", SIGNALS, OPERAND_NOTHING},
    {NULL, "type", "container image network volume", OPERAND_NOTHING},
    {NULL, "userns", "host", OPERAND_NOTHING},
    {NULL, "uts", "host", OPERAND_NOTHING},
    {NULL, "volume", NULL, OPERAND_VOLUME},
    {NULL, "volume-driver", "local", OPERAND_NOTHING},
    {NULL, "volumes-from", NULL, OPERAND_CONTAINER},
};

static const char *const FILES[] = {"config", "cidfile",    "device", "env-file",  "file",    "iidfile", "input",  "record",
                                    "script", "label-file", "output", "tlscacert", "tlscert", "tlskey",  "volume", "tmpfs"};

static void offer_words(const struct complete *complete, const char *words)
{
    for (const char *p = words; p && *p;) {
        size_t len = strcspn(p, " ");
        cleanup_free char *word = xstrndup(p, len);
        complete_offer(complete, word, NULL);
        p += len + strspn(p + len, " ");
    }
}

void complete_value(struct complete *complete, const struct command *command, const struct flag *flag)
{
    for (size_t i = 0; i < ARRAY_LEN(FILES); i++)
        complete->files |= str_equal(FILES[i], flag->name);
    for (size_t i = 0; i < ARRAY_LEN(VALUES); i++) {
        const struct value *value = &VALUES[i];
        if (!str_equal(value->flag, flag->name) || (value->command && (!command || !str_equal(value->command, command->name))))
            continue;
        offer_words(complete, value->words);
        complete_names(complete, value->names);
        return;
    }
}
