/* Finds out what is being typed: a global flag, a command, a flag of a command, its value, or an operand. */
#include "cli/complete.h"
#include "cli/catalog.h"
#include "cli/cli.h"
#include "cli/commands.h"

#include "base/memory.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

enum { PATIENCE_MS = 900 };

/* How far the words before the last one lead. */
struct walk {
    const struct flag *wanted; /* the last word is the value of this flag */
    int operands;              /* how many stood before it */
    int first;                 /* where the first of them stands */
    bool ended;                /* "--", or operands that end the flags */
};

static const struct flag *flag_named(const struct flag *flags, const char *name, size_t len)
{
    for (const struct flag *flag = flags; flag->name; flag++)
        if (strlen(flag->name) == len && strncmp(flag->name, name, len) == 0)
            return flag;
    return NULL;
}

/* The flag whose value is the next word: "--name", or the last letter of "-itm". */
static const struct flag *flag_open(const struct flag *flags, const char *word)
{
    if (word[1] == '-') {
        const struct flag *flag = strchr(word, '=') ? NULL : flag_named(flags, word + 2, strlen(word + 2));
        return flag && flag->kind != FLAG_BOOL ? flag : NULL;
    }
    for (const char *p = word + 1; *p; p++)
        for (const struct flag *flag = flags; flag->name; flag++)
            if (flag->letter == *p && flag->kind != FLAG_BOOL)
                return p[1] ? NULL : flag;
    return NULL;
}

static struct walk walk(const struct flag *flags, bool stop, int from, int last, char **words)
{
    struct walk found = {.first = last};
    for (int i = from; i < last; i++) {
        const char *word = words[i];
        if (found.wanted) {
            found.wanted = NULL;
        } else if (!found.ended && str_equal(word, "--")) {
            found.ended = true;
        } else if (!found.ended && word[0] == '-' && word[1]) {
            found.wanted = flag_open(flags, word);
        } else {
            if (!found.operands++)
                found.first = i;
            found.ended |= stop;
        }
    }
    return found;
}

void complete_offer(const struct complete *complete, const char *candidate, const char *about)
{
    if (!str_starts(candidate, complete->prefix))
        return;
    printf("%s%s", complete->leading, candidate);
    if (!str_empty(about))
        printf("\t%s", about);
    putchar('\n');
}

static void offer_flags(const struct complete *complete, const struct flag *flags)
{
    for (const struct flag *flag = flags; flag->name; flag++) {
        if (!flag->help || str_starts(flag->help, "deprecated: "))
            continue;
        cleanup_free char *name = str_format("--%s", flag->name);
        char letter[3] = {'-', flag->letter, '\0'};
        complete_offer(complete, name, flag->help);
        if (flag->letter && !complete->prefix[1])
            complete_offer(complete, letter, flag->help);
    }
    complete_offer(complete, "--help", "Print usage");
}

/* "--network=br", or NULL. */
static const struct flag *flag_assigned(const struct flag *flags, const char *word)
{
    const char *equals = str_starts(word, "--") ? strchr(word, '=') : NULL;
    return equals ? flag_named(flags, word + 2, (size_t)(equals - word - 2)) : NULL;
}

/* A flag or the value of one; false when the word is an operand. */
static bool offer_flag(struct complete *complete, const struct command *command, const struct flag *flags, struct walk at)
{
    const struct flag *assigned = at.ended ? NULL : flag_assigned(flags, complete->prefix);
    if (at.wanted) {
        complete_value(complete, command, at.wanted);
    } else if (assigned) {
        const char *word = complete->prefix, *value = strchr(word, '=') + 1;
        cleanup_free char *leading = xstrndup(word, (size_t)(value - word));
        struct complete inner = {.context = complete->context, .prefix = value, .leading = leading};
        complete_value(&inner, command, assigned);
        complete->files = inner.files;
    } else if (complete->prefix[0] == '-' && !at.ended) {
        offer_flags(complete, flags);
    } else {
        return false;
    }
    return true;
}

/* Whether an operand at this place is of the kind that the row of the command tells. */
static bool takes(const struct command *command, int operand)
{
    const char *more = strstr(command->operands, "...");
    bool repeats = more && strstr(command->operands, "ARG...") == NULL && strstr(command->operands, "KEY=") == NULL;
    return operand == 0 || repeats || command->completes == OPERAND_COPY || str_equal(command->name, "image tag");
}

static void offer_operands(struct complete *complete, const struct command *command, int before)
{
    if (takes(command, before))
        complete_names(complete, command->completes);
    else if (before == 1 && str_ends(command->operands, "NETWORK CONTAINER"))
        complete_names(complete, OPERAND_CONTAINER);
    else if (strstr(command->operands, "ARG..."))
        complete->files = true; /* the container's command may name files of any kind */
}

struct offer {
    struct complete *complete;
    const char *group;
};

/* Commands of one word, or those of a group. */
static bool offer_command(void *data, const struct command *command, bool school)
{
    const struct offer *offer = data;
    (void)school;
    if (offer->group) {
        cleanup_free char *within = catalog_within(command, offer->group);
        if (within)
            complete_offer(offer->complete, within, command->summary);
        return true;
    }
    cleanup_strv char **spellings = catalog_spellings(command);
    for (char **spelling = spellings; *spelling; spelling++)
        if (!strchr(*spelling, ' '))
            complete_offer(offer->complete, *spelling, command->summary);
    return true;
}

static void offer_commands(struct complete *complete, const char *group)
{
    struct offer offer = {complete, group};
    catalog_each(offer_command, &offer);
    for (const struct catalog_group *other = catalog_groups; !group && other->name; other++)
        if (catalog_group(other->name))
            complete_offer(complete, other->name, other->summary);
    if (!group)
        complete_offer(complete, "help", "Help about a command");
}

/* The engine that the words name with -H, so that its names are offered and not those of another. */
static const char *host_of(const struct command_context *context, int last, char **words)
{
    for (int i = 0; i + 1 < last; i++)
        if (str_equal(words[i], "-H") || str_equal(words[i], "--host"))
            return words[i + 1];
    return context->host;
}

static void offer_all(struct complete *complete, const struct flag *globals, int last, char **words)
{
    struct walk at = walk(globals, true, 0, last, words);
    if (!at.operands) {
        if (!offer_flag(complete, NULL, globals, at))
            offer_commands(complete, NULL);
        return;
    }
    const char *word = words[at.first];
    if (str_equal(word, "help") && at.first + 1 < last) /* what follows it is a command, too */
        word = words[++at.first];
    int next = at.first + 1;
    cleanup_free char *both = next < last ? str_format("%s %s", word, words[next]) : xstrdup(word);
    bool group = catalog_group(word) != NULL;
    const struct command *command = catalog_find(group ? both : word);
    if (str_equal(word, "help") || (group && next == last)) {
        offer_commands(complete, group ? word : NULL);
        return;
    }
    if (!command)
        return;
    struct catalog_flags flags = catalog_flags(command);
    at = walk(flags.flags, flags.stop, group ? next + 1 : next, last, words);
    if (!offer_flag(complete, command, flags.flags, at))
        offer_operands(complete, command, at.operands);
}

static void give_up(int signal)
{
    (void)signal;
    _exit(0);
}

int complete_words(const struct command_context *context, const struct flag *globals, int argc, char **argv)
{
    const struct itimerval patience = {.it_value = {.tv_usec = PATIENCE_MS * 1000}};
    if (argc < 2)
        return 1;
    signal(SIGALRM, give_up);
    setitimer(ITIMER_REAL, &patience, NULL);
    char **words = argv + 1;
    int last = argc - 2;
    const struct command_context here = {.program = context->program, .host = host_of(context, last, words)};
    struct complete complete = {.context = &here, .prefix = words[last], .leading = ""};
    offer_all(&complete, globals, last, words);
    puts(complete.files ? ":files" : ":");
    return 0;
}
