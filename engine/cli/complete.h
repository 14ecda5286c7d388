/* Completion on the command line: the scripts for the shells, and what they ask. */
#ifndef SLIPWAY_CLI_COMPLETE_H
#define SLIPWAY_CLI_COMPLETE_H

#include "base/command.h"
#include "base/flags.h"
#include "base/strings.h"

/* The hidden `__complete WORD...`: the words behind the program's name, the last one being typed. Prints candidates, a tab and
 * what each is, and as last line ":files" when files may stand there, ":" when not. Ends within a second, whatever the engine does.
 */
int complete_words(const struct command_context *context, const struct flag *globals, int argc, char **argv);

/* Candidates under way. */
struct complete {
    const struct command_context *context;
    const char *prefix;  /* what has been typed of the word */
    const char *leading; /* goes before each candidate: "--network=" */
    bool files;
};

/* Prints the candidate when it begins as typed. `about` may be NULL. */
void complete_offer(const struct complete *complete, const char *candidate, const char *about);

/* Names that the engine or the school knows. */
void complete_names(struct complete *complete, enum command_operand what);

/* Values of a flag of a command: names, words of a known set, or files. */
void complete_value(struct complete *complete, const struct command *command, const struct flag *flag);

#endif
