/* login and logout: the engine asks the registry whether a name and a password are good, and they are kept for later (see
 * credentials.h). A password is never echoed, and never an argument of another program. */
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/credentials.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "cli/config_file.h"
#include "cli/tty.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PASSWORD_MOST = 1 << 20 };

struct options {
    const char *username, *password;
    bool from_stdin;
};

#define AT(member) offsetof(struct options, member)

static int plain(const char *message) { return fprintf(stderr, "%s\n", message), 1; }

/* One line from the terminal; NULL at its end. */
static char *ask(const char *prompt, bool hidden)
{
    char *line = NULL;
    size_t room = 0;
    bool silent = hidden && tty_silent(STDIN_FILENO);
    printf("%s", prompt);
    fflush(stdout);
    ssize_t len = getline(&line, &room, stdin);
    if (silent) {
        tty_restore();
        putchar('\n');
    }
    if (len < 0) {
        free(line);
        return NULL;
    }
    line[strcspn(line, "\r\n")] = '\0';
    return line;
}

/* All of standard input, without the end of its line. */
static char *read_password(void)
{
    struct buf text = BUF_INIT;
    char bytes[4096];
    size_t n;
    while (text.len < PASSWORD_MOST && (n = fread(bytes, 1, sizeof bytes, stdin)) > 0)
        buf_add(&text, bytes, n);
    if (text.len && text.data[text.len - 1] == '\n')
        text.data[--text.len] = '\0';
    if (text.len && text.data[text.len - 1] == '\r')
        text.data[--text.len] = '\0';
    return buf_take(&text);
}

/* What is missing is asked for. 0, or the exit code. */
static int complete(struct credentials *who, const char *known_user)
{
    if ((!who->username || !who->password) && !isatty(STDIN_FILENO))
        return plain("Error: Cannot perform an interactive login from a non TTY device");
    if (!who->username) {
        cleanup_free char *prompt = known_user ? str_format("Username (%s): ", known_user) : xstrdup("Username: ");
        who->username = ask(prompt, false);
        if (who->username && !*who->username && known_user) {
            free(who->username);
            who->username = xstrdup(known_user);
        }
        if (str_empty(who->username))
            return plain("Error: Non-null Username Required");
    }
    if (!who->password && !(who->password = ask("Password: ", true)))
        who->password = xstrdup("");
    return *who->password ? 0 : plain("Error: Password Required");
}

/* The registry's word on them, through the engine; a token that it gives takes the password's place. */
static int verify(struct client *client, struct credentials *who, char **status, struct error *err)
{
    cleanup_json json_t *body = credentials_document(who), *answer = NULL;
    int r = client_call(client, "POST", "/auth", body, &answer, err);
    if (r < 0)
        return r;
    const char *token = json_str(answer, "IdentityToken", "");
    if (*token) {
        free(who->token);
        who->token = xstrdup(token);
        free(move_ptr(who->password));
    }
    *status = xstrdup(json_str(answer, "Status", ""));
    return 0;
}

static int keep(const struct credentials *who)
{
    struct error err = ERROR_INIT;
    bool open = false;
    if (credentials_store(who, &open, &err) < 0)
        return fprintf(stderr, "Error saving credentials: %s\n", err.message), 1;
    if (open && who->password) {
        cleanup_free char *path = config_file_path();
        fflush(stdout);
        fprintf(
            stderr,
            "\nWARNING! Your credentials are stored unencrypted in '%s'.\nConfigure a credential helper to remove this warning. "
            "See\nhttps://docs.docker.com/go/credential-store/\n\n",
            path);
    }
    return 0;
}

/* With what is kept from an earlier login. True: that was all; *rc is the exit code. */
static bool with_stored(const struct command_context *context, struct client *client, struct credentials *stored, int *rc)
{
    struct error err = ERROR_INIT;
    cleanup_free char *status = NULL;
    if (!stored->username || !(stored->password || stored->token))
        return false;
    fprintf(
        stderr,
        "Authenticating with existing credentials... [Username: %s]\n\n Info -> To login with a different account, run '%s logout' "
        "followed by '%s login'\n\n\n",
        stored->username, context->program, context->program);
    if (verify(client, stored, &status, &err) == 0) {
        *rc = stored->token && !stored->password ? keep(stored) : 0; /* a token may have been renewed */
        if (*rc == 0)
            puts(status);
        return true;
    }
    if (client_status(client) == 401) {
        fprintf(stderr, "Stored credentials invalid or expired\n");
    } else {
        cleanup_free char *why = cli_error_text(&err);
        fprintf(stderr, "Login did not succeed, error: %s\n", why);
    }
    return false;
}

static int log_in(const struct command_context *context, const struct options *options, const char *server)
{
    struct error err = ERROR_INIT;
    int rc = 0;
    cleanup_client struct client *client = client_new(context->host);
    cleanup_credentials struct credentials stored = {0}, who = {.server = xstrdup(server)};
    cleanup_free char *status = NULL;
    if (!options->username && !options->password) {
        if (credentials_find(server, &stored, &err) < 0)
            fprintf(stderr, "WARNING: %s\n", err.message);
        else if (with_stored(context, client, &stored, &rc))
            return rc;
    }
    who.username = options->username ? xstrdup(options->username) : NULL;
    who.password = !str_empty(options->password) ? xstrdup(options->password) : NULL;
    if ((rc = complete(&who, stored.username)) != 0)
        return rc;
    if (verify(client, &who, &status, &err) < 0)
        return cli_failed(&err);
    if ((rc = keep(&who)) == 0 && *status)
        puts(status);
    return rc;
}

int cmd_login(const struct command_context *context, int argc, char **argv)
{
    static const struct flag flags[] = {
        {'p', "password", FLAG_STRING, AT(password), NULL, "Password or Personal Access Token (PAT)"},
        {0, "password-stdin", FLAG_BOOL, AT(from_stdin), NULL, "Take the password from standard input"},
        {'u', "username", FLAG_STRING, AT(username), NULL, "Username"},
        {0}};
    struct options options = {0};
    int rc = cli_parse(context, flags, &options, NULL, (struct cli_operands){0, 1, false}, &argc, &argv);
    if (rc != CLI_GO)
        return rc;
    const char *given = argc ? argv[0] : "";
    bool hub = !*given || str_equal(given, "docker.io");
    cleanup_free char *server = hub || str_equal(given, CREDENTIALS_HUB) ? xstrdup(CREDENTIALS_HUB) : credentials_host(given);
    cleanup_free char *password = NULL;
    if (options.from_stdin && options.password)
        return plain("conflicting options: cannot specify both --password and --password-stdin");
    if (options.password)
        fprintf(stderr, "WARNING! Using --password via the CLI is insecure. Use --password-stdin.\n");
    if (options.from_stdin && str_empty(options.username))
        return plain("the --password-stdin option requires --username to be set");
    if (options.username && !*options.username)
        return plain("username is empty");
    if (options.from_stdin)
        options.password = password = read_password();
    return log_in(context, &options, server);
}

int cmd_logout(const struct command_context *context, int argc, char **argv)
{
    static const struct flag flags[] = {{0}};
    int unused;
    int rc = cli_parse(context, flags, &unused, NULL, (struct cli_operands){0, 1, false}, &argc, &argv);
    if (rc != CLI_GO)
        return rc;
    bool hub = !argc || str_equal(argv[0], CREDENTIALS_HUB);
    cleanup_free char *host = hub ? xstrdup(CREDENTIALS_HUB) : credentials_host(argv[0]);
    /* A registry may have been kept under any of these. */
    cleanup_free char *plain_http = str_format("http://%s", host), *https = str_format("https://%s", host);
    const char *const names[] = {host, plain_http, https, argc ? argv[0] : host};
    size_t count = hub ? 1 : ARRAY_LEN(names), failed = 0;
    cleanup_buf struct buf problems = BUF_INIT;
    printf("Removing login credentials for %s\n", host);
    for (size_t i = 0; i < count; i++) {
        struct error err = ERROR_INIT;
        if (credentials_erase(names[i], &err) < 0) {
            failed++;
            buf_printf(&problems, "%s: %s\n", names[i], err.message);
        }
    }
    fflush(stdout);
    if (failed == count)
        fprintf(stderr, "WARNING: could not erase credentials:\n%s", problems.data);
    return 0;
}
