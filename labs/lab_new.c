/* The skeleton of a lab: small, and whole. What an author changes step by step stays a lab all the time. */
#include "labs/lab_new.h"

#include "base/files.h"
#include "base/memory.h"
#include "base/strings.h"

#include <errno.h>
#include <string.h>

static const struct {
    const char *name, *text;
} files[] = {
    {"lab.md", "---\n"
               "title: A directory of your own\n"
               "summary: One line on what is done in this lab.\n"
               "order: 9000\n"
               "minutes: 10\n"
               "domain: foundations\n"
               "picture: none\n"
               "memory: 64m\n"
               "pids: 64\n"
               "objectives:\n"
               "  - Make a directory and a file in it\n"
               "  - Say who may read it\n"
               "parameters:\n"
               "  name: \"{red|blue|green}-{10-99}\"\n"
               "---\n"
               "Say in a few sentences what this is about, why it matters, and what the learner will have built at the end.\n"},
    {"setup.sh", "# Run once in the fresh machine, before the learner sees it. Remove this file when there is nothing to prepare.\n"
                 "mkdir -p /srv\n"},
    {"common.sh", "# Put before every script of this lab.\n"
                  "folder=/srv/$name\n"},
    {"10-directory/step.md", "---\n"
                             "title: Make the directory\n"
                             "---\n"
                             "Make the directory `/srv/{{name}}`.\n"},
    {"10-directory/hint-1.md", "One command makes directories; its name is short for *make directory*.\n"},
    {"10-directory/hint-2.md", "```text\n"
                               "mkdir /srv/{{name}}\n"
                               "```\n"},
    {"10-directory/verify.sh", "# Done when the directory is there. What is printed is the hint for what is wrong.\n"
                               "if [ -e \"$folder\" ] && [ ! -d \"$folder\" ]; then\n"
                               "    echo \"$folder is there, but it is no directory. Remove it and make a directory.\"\n"
                               "    exit 1\n"
                               "fi\n"
                               "if [ ! -d \"$folder\" ]; then\n"
                               "    echo \"There is no directory $folder yet.\"\n"
                               "    exit 1\n"
                               "fi\n"},
    {"10-directory/solve.sh", "mkdir -p \"$folder\"\n"},
    {"10-directory/wrong-file.sh", "# expect: it is no directory\n"
                                   "touch \"$folder\"\n"},
    {"10-directory/wrong-elsewhere.sh", "# expect: There is no directory /srv/{{name}} yet\n"
                                        "mkdir -p \"/tmp/$name\"\n"},
    {"10-directory/done.md",
     "A directory is a file that holds names. (Shown when the step is done; leave this file out when there is nothing to say.)\n"},
    {"20-file/step.md", "---\n"
                        "title: Put a file into it\n"
                        "---\n"
                        "Write the word `{{name}}` into the file `word` in your directory.\n"},
    {"20-file/hint-1.md", "`echo WORD > FILE` writes a word into a file.\n"},
    {"20-file/hint-2.md", "```text\n"
                          "echo {{name}} > /srv/{{name}}/word\n"
                          "```\n"},
    {"20-file/verify.sh", "if [ ! -f \"$folder/word\" ]; then\n"
                          "    echo \"There is no file $folder/word yet.\"\n"
                          "    exit 1\n"
                          "fi\n"
                          "if [ \"$(cat \"$folder/word\")\" != \"$name\" ]; then\n"
                          "    echo \"$folder/word holds something else than $name.\"\n"
                          "    exit 1\n"
                          "fi\n"},
    {"20-file/solve.sh", "echo \"$name\" > \"$folder/word\"\n"},
    {"20-file/wrong-word.sh", "# expect: holds something else\n"
                              "echo word > \"$folder/word\"\n"},
    {"30-mode/step.md", "---\n"
                        "title: Keep it to yourself\n"
                        "---\n"
                        "Let nobody but its owner read the file: its mode must be `0600`.\n"},
    {"30-mode/hint-1.md", "`chmod MODE FILE` sets the mode of a file; `stat FILE` shows it.\n"},
    {"30-mode/verify.sh", "mode=$(stat -c %a \"$folder/word\")\n"
                          "if [ \"$mode\" != 600 ]; then\n"
                          "    echo \"The mode of $folder/word is $mode; it must be 600.\"\n"
                          "    exit 1\n"
                          "fi\n"},
    {"30-mode/solve.sh", "chmod 0600 \"$folder/word\"\n"},
    {"30-mode/wrong-group.sh", "# expect: it must be 600\n"
                               "chmod 0640 \"$folder/word\"\n"},
};

int lab_file_write(const char *folder, const char *name, const char *text, struct error *err)
{
    cleanup_free char *path = path_join(folder, name), *parent = xstrdup(path);
    *strrchr(parent, '/') = 0;
    int r = path_make_dirs(parent, 0755, err);
    return r < 0 ? r : file_write(path, text, strlen(text), 0644, err);
}

int lab_new(const char *folder, struct error *err)
{
    if (path_exists(folder))
        return error_set(err, EEXIST, "%s is there already; name another", folder);
    int r = 0;
    for (size_t i = 0; i < ARRAY_LEN(files) && r == 0; i++)
        r = lab_file_write(folder, files[i].name, files[i].text, err);
    return r;
}
