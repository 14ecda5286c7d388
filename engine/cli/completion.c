/* `completion bash|zsh|fish`: the scripts. Each is only the way from its shell to the hidden command `__complete`, which knows all;
 * so a new command or flag needs no new script. PROGRAM stands for the program's name. */
#include "cli/cli.h"
#include "cli/commands.h"

#include "base/memory.h"
#include "base/strings.h"

#include <string.h>

static const char BASH[] = "# Completion of PROGRAM in bash.\n"
                           "_PROGRAM_complete()\n"
                           "{\n"
                           "    local rest=${COMP_LINE:0:COMP_POINT} words=() piece i line prefix files= spaceless=\n"
                           "    # bash splits words at = and :, which stand in flags and in names of images\n"
                           "    for ((i = 0; i <= COMP_CWORD; i++)); do\n"
                           "        piece=${COMP_WORDS[i]}\n"
                           "        if [[ $i -eq 0 || $rest == [[:space:]]* ]]; then\n"
                           "            rest=${rest#\"${rest%%[![:space:]]*}\"}\n"
                           "            words+=(\"\")\n"
                           "        fi\n"
                           "        [[ $i -eq $COMP_CWORD ]] && piece=$rest\n"
                           "        words[${#words[@]}-1]+=$piece\n"
                           "        rest=${rest#\"$piece\"}\n"
                           "    done\n"
                           "    local current=${words[${#words[@]}-1]}\n"
                           "    prefix=${current%\"${current##*[=:]}\"}\n"
                           "    COMPREPLY=()\n"
                           "    while IFS= read -r line; do\n"
                           "        case $line in\n"
                           "        :files) files=1 ;;\n"
                           "        :) ;;\n"
                           "        *)\n"
                           "            line=${line%%$'\\t'*}\n"
                           "            [[ $line == *[=:] ]] && spaceless=1\n"
                           "            COMPREPLY+=(\"${line#\"$prefix\"}\")\n"
                           "            ;;\n"
                           "        esac\n"
                           "    done < <(\"${words[0]}\" __complete \"${words[@]:1}\" 2>/dev/null)\n"
                           "    [[ -n $spaceless ]] && compopt -o nospace 2>/dev/null\n"
                           "    if [[ -n $files ]]; then\n"
                           "        compopt -o filenames 2>/dev/null\n"
                           "        while IFS= read -r line; do\n"
                           "            COMPREPLY+=(\"$line\")\n"
                           "        done < <(compgen -f -- \"${current##*[=:]}\")\n"
                           "    fi\n"
                           "}\n"
                           "complete -F _PROGRAM_complete PROGRAM\n";

static const char ZSH[] = "#compdef PROGRAM\n"
                          "# Completion of PROGRAM in zsh.\n"
                          "_PROGRAM() {\n"
                          "    local line files\n"
                          "    local -a found spaceless\n"
                          "    for line in \"${(@f)$(\"${words[1]}\" __complete \"${(@)words[2,CURRENT]}\" 2>/dev/null)}\"; do\n"
                          "        case $line in\n"
                          "        :files) files=1 ;;\n"
                          "        :|'') ;;\n"
                          "        *[=:]$'\\t'*|*[=:]) spaceless+=(\"${line%%$'\\t'*}\") ;;\n"
                          "        *$'\\t'*) found+=(\"${${line%%$'\\t'*}//:/\\\\:}:${line#*$'\\t'}\") ;;\n"
                          "        *) found+=(\"${line//:/\\\\:}\") ;;\n"
                          "        esac\n"
                          "    done\n"
                          "    (( $#found )) && _describe 'PROGRAM' found\n"
                          "    (( $#spaceless )) && compadd -S '' -- \"${spaceless[@]}\"\n"
                          "    [[ -n $files ]] && _files\n"
                          "    return 0\n"
                          "}\n"
                          "if [[ $funcstack[1] == _PROGRAM ]]; then\n"
                          "    _PROGRAM \"$@\"\n"
                          "elif (( $+functions[compdef] )); then\n"
                          "    compdef _PROGRAM PROGRAM\n"
                          "fi\n";

static const char FISH[] = "# Completion of PROGRAM in fish.\n"
                           "function __PROGRAM_complete\n"
                           "    set -l words (commandline -opc) (commandline -ct)\n"
                           "    set -l files\n"
                           "    for line in ($words[1] __complete $words[2..-1] 2>/dev/null)\n"
                           "        switch $line\n"
                           "            case ':files'\n"
                           "                set files 1\n"
                           "            case ':'\n"
                           "            case '*'\n"
                           "                echo $line\n"
                           "        end\n"
                           "    end\n"
                           "    if test -n \"$files\"\n"
                           "        __fish_complete_path (commandline -ct)\n"
                           "    end\n"
                           "end\n"
                           "complete -c PROGRAM -f -a '(__PROGRAM_complete)'\n";

static const struct {
    const char *shell, *script;
} SCRIPTS[] = {{"bash", BASH}, {"fish", FISH}, {"zsh", ZSH}};

static void write_script(const char *script, const char *program)
{
    static const char mark[] = "PROGRAM";
    for (const char *found; (found = strstr(script, mark)); script = found + strlen(mark))
        printf("%.*s%s", (int)(found - script), script, program);
    fputs(script, stdout);
}

int cmd_completion(const struct command_context *context, int argc, char **argv)
{
    static const struct flag none[] = {{0}};
    int unused, rc = cli_parse(context, none, &unused, NULL, (struct cli_operands){1, 1, false}, &argc, &argv);
    if (rc != CLI_GO)
        return rc;
    for (size_t i = 0; i < ARRAY_LEN(SCRIPTS); i++)
        if (str_equal(SCRIPTS[i].shell, argv[0])) {
            write_script(SCRIPTS[i].script, context->program);
            return 0;
        }
    fprintf(stderr, "%s: no completion for '%s': there is one for bash, for fish and for zsh\n", context->program, argv[0]);
    return 1;
}
