/* `slipway class peek`: a student's lab terminal as text, once or again and again. Their screen says who looks, and nothing reaches
 * it. */
#include "quizzes/class_work.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

enum { EVERY_US = 500000, TRIES = 20 };

static const struct flag peek_flags[] = {
    {'f', "follow", FLAG_BOOL, offsetof(struct class_options, follow), NULL,
     "Print it again whenever it has changed, until Ctrl-C"},
    {0},
};

/* Runs of a line one after the other; how they look is left to screens. */
static void print_line(const json_t *line)
{
    size_t i;
    const json_t *run;
    json_array_foreach(line, i, run)
    {
        cleanup_free char *text = text_shown(str_or(json_string_value(json_array_get(run, 0)), ""));
        fputs(text, stdout);
    }
    putchar('\n');
}

static void print_screen(const json_t *screen)
{
    const json_t *lines = json_object_get(screen, "lines");
    size_t count = json_array_size(lines);
    while (count && json_array_size(json_array_get(lines, count - 1)) == 0)
        count--;
    for (size_t i = 0; i < count; i++)
        print_line(json_array_get(lines, i));
    fflush(stdout);
}

static int explain(const char *user, const char *state, struct error *err)
{
    if (str_equal(state, "elsewhere"))
        return error_set(err, EAGAIN, "no lab's terminal is on the screen of %s now", user);
    if (str_equal(state, "waits"))
        return error_set(err, EAGAIN, "the screen of %s has not said yet who looks; try again", user);
    return error_set(err, EAGAIN, "Slipway's terminal UI of %s does not answer; it has to run, with a lab open", user);
}

static int look(const struct class_options *options, const char *user, uint32_t uid, struct error *err)
{
    cleanup_json json_t *last = NULL, *reply = NULL;
    int r = 0;
    bool waits = true; /* for their screen to say who looks: that is soon */
    for (int i = 0; r == 0 && (options->follow || (i < TRIES && !last && waits)); i++) {
        if (i)
            usleep(EVERY_US);
        json_decref(reply);
        reply = NULL;
        r = class_ask(json_pack("{s:s,s:I}", "op", "class.peek", "uid", (json_int_t)uid), &reply, err);
        json_t *screen = json_object_get(reply, "screen");
        waits = str_equal(json_str(reply, "state", ""), "waits");
        if (r < 0 || !json_is_object(screen) || json_equal(screen, last))
            continue;
        if (last)
            printf("--\n");
        json_decref(last);
        last = json_incref(screen);
        print_screen(screen);
    }
    return r == 0 && !last ? explain(user, json_str(reply, "state", ""), err) : r;
}

static int peek(const struct class_options *options, char **operands, struct error *err)
{
    uint32_t uid;
    int r = class_user(operands[0], &uid, err);
    if (r < 0)
        return r;
    r = look(options, operands[0], uid, err);
    struct error ignored = ERROR_INIT;
    class_ask(json_pack("{s:s,s:I,s:b}", "op", "class.peek", "uid", (json_int_t)uid, "end", 1), NULL, &ignored);
    return r;
}

int class_peek_command(const struct command_context *context, int argc, char **argv)
{
    return class_command(context, argc, argv, peek_flags, "class peek [OPTIONS] USER", 1, 1, peek);
}
