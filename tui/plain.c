/* Reading lines, menus with numbers, our own commands as processes, and the first menu. */
#include "tui/plain.h"

#include "base/files.h"
#include "base/memory.h"
#include "base/spawn.h"
#include "base/strings.h"
#include "tui/tui.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

char *plain_ask(struct plain *plain, const char *question)
{
    static char line[512];
    size_t len = 0;
    char byte = 0;
    printf("%s ", question);
    fflush(stdout);
    ssize_t got;
    while ((got = read(STDIN_FILENO, &byte, 1)) == 1 && byte != '\n')
        if (len < sizeof line - 1)
            line[len++] = byte;
    line[len] = 0;
    if (got <= 0 && len == 0) {
        plain->ended = true;
        putchar('\n');
        return NULL;
    }
    char *text = str_trim(line);
    if (str_equal(text, "q") || str_equal(text, "quit")) {
        putchar('\n');
        plain->ended = true;
        return NULL;
    }
    return text;
}

static void list(const char *title, char *const *items, const char *way)
{
    printf("\n%s\n", title);
    for (size_t i = 0; items && items[i]; i++)
        printf("%zu. %s\n", i + 1, items[i]);
    printf("0. %s\n", way);
}

int plain_choose(struct plain *plain, const char *title, char *const *items, const char *way)
{
    long long number, count = (long long)strv_len(items);
    list(title, items, way);
    for (char *line; (line = plain_ask(plain, "Number:"));) {
        if (str_equal(line, "?")) {
            list(title, items, way);
        } else if (str_to_int(line, &number) && number >= 0 && number <= count) {
            putchar('\n');
            return (int)number - 1;
        } else {
            printf("Type a number from 0 to %lld, ? for the menu again, or q to leave Slipway.\n", count);
        }
    }
    return -1;
}

int plain_run(struct plain *plain, bool reads, const char *const *arguments)
{
    cleanup_free char *program = exe_sibling("slipway");
    cleanup_strv char **words = NULL;
    strv_add(&words, "slipway");
    strv_add(&words, "-H");
    strv_add(&words, plain->context->host);
    for (; *arguments; arguments++)
        strv_add(&words, *arguments);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    if (!reads)
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    fflush(stdout);
    pid_t pid;
    int status, r = spawn_program(&pid, program, &actions, 0, words, environ);
    if (r < 0) {
        printf("%s cannot be started: %s\n", program, strerror(-r));
        return 127;
    }
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int tui_plain(const struct command_context *context)
{
    static const struct {
        char *title;
        void (*open)(struct plain *plain);
    } rooms[] = {{"Lessons", plain_lessons}, {"Labs", plain_labs}, {"Containers", plain_containers}, {"Exams", plain_exams}};
    char *titles[ARRAY_LEN(rooms) + 1] = {NULL};
    struct plain plain = {.context = context};
    for (size_t i = 0; i < ARRAY_LEN(rooms); i++)
        titles[i] = rooms[i].title;
    setenv("NO_COLOR", "1", 1);
    signal(SIGINT, SIG_IGN); /* ends the command that is running, not the menus */
    printf("Slipway, plain. Type the number of what you want and press Enter; ? says a menu again, q leaves.\n");
    for (int room; !plain.ended && (room = plain_choose(&plain, "Slipway", titles, "Leave")) >= 0;)
        rooms[room].open(&plain);
    printf("Goodbye.\n");
    return 0;
}
