/* What the text of a Dockerfile says, and what is said of texts that are wrong. */
#include "base/memory.h"
#include "base/strings.h"
#include "build/dockerfile.h"
#include "build/point.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define BASE "FROM busybox:latest\n"

/* --- one line for each instruction: RUN --mount=x ["a", "b"] */

static void show_words(struct buf *out, const struct instruction *in)
{
    buf_puts(out, in->json ? " json" : "");
    for (char **word = in->args; word && *word; word++)
        buf_printf(out, " <%s>", *word);
    for (size_t i = 0; i < in->pair_count; i++)
        buf_printf(out, in->pairs[i].value ? " %s=<%s>" : " %s", in->pairs[i].key, in->pairs[i].value);
}

static void show(struct buf *out, const struct instruction *in)
{
    buf_printf(out, "%d-%d %s", in->first, in->last, instruction_name(in->kind));
    for (size_t i = 0; i < in->flag_count; i++)
        buf_printf(out, " --%s=%s", in->flags[i].name, in->flags[i].value);
    show_words(out, in);
    for (char **word = in->health ? in->health->test : NULL; word && *word; word++)
        buf_printf(out, " <%s>", *word);
    for (size_t i = 0; i < in->heredoc_count; i++) {
        const struct heredoc *doc = &in->heredocs[i];
        buf_printf(out, " %d<<%s%s%s(%s)", doc->fd, doc->chomp ? "-" : "", doc->expand ? "" : "'", doc->name, doc->content);
    }
    buf_putc(out, '\n');
}

static char *shown(const struct dockerfile *file)
{
    struct buf out = BUF_INIT;
    for (size_t i = 0; i < file->argument_count; i++)
        show(&out, &file->arguments[i]);
    for (size_t i = 0; i < file->stage_count; i++) {
        show(&out, &file->stages[i].from);
        for (size_t j = 0; j < file->stages[i].count; j++)
            show(&out, &file->stages[i].instructions[j]);
    }
    return buf_take(&out);
}

static void parse(const char *text, struct dockerfile *file)
{
    struct error err = ERROR_INIT;
    if (dockerfile_parse(text, strlen(text), "Dockerfile", file, &err) < 0)
        fail_msg("%s\n%s", text, err.message);
}

struct reading {
    const char *text, *shown;
};

static void check(const struct reading *cases, size_t count, const char *before)
{
    for (size_t i = 0; i < count; i++) {
        cleanup_free char *text = str_format("%s%s", before, cases[i].text);
        struct dockerfile file;
        parse(text, &file);
        cleanup_free char *got = shown(&file);
        const char *rest = *before ? strchr(got, '\n') + 1 : got;
        if (!str_equal(rest, cases[i].shown))
            fail_msg("%s\nis\n%sinstead of\n%s", cases[i].text, rest, cases[i].shown);
        dockerfile_clear(&file);
    }
}

static void every_instruction(void **state)
{
    (void)state;
    static const struct reading cases[] = {
        {"ADD a  b /c/", "2-2 ADD <a> <b> </c/>\n"},
        {"ADD [\"a b\", \"/c\"]", "2-2 ADD json <a b> </c>\n"},
        {"ARG a", "2-2 ARG a\n"},
        {"ARG a=1 b c=\"x y\"", "2-2 ARG a=<1> b c=<\"x y\">\n"},
        {"CMD", "2-2 CMD\n"},
        {"CMD echo  \"a\"", "2-2 CMD <echo  \"a\">\n"},
        {"CMD [\"echo\", \"a\"]", "2-2 CMD json <echo> <a>\n"},
        {"CMD []", "2-2 CMD json\n"},
        {"COPY --chown=1:2 --from=x --chmod=755 --link a /a", "2-2 COPY --chown=1:2 --from=x --chmod=755 --link=true <a> </a>\n"},
        {"COPY --link=False -- a /a", "2-2 COPY --link=false <a> </a>\n"},
        {"COPY a --chown=1 /b", "2-2 COPY <a> <--chown=1> </b>\n"},
        {"ENTRYPOINT [\"a\"] trailing", "2-2 ENTRYPOINT json <a>\n"},
        {"ENTRYPOINT ['a']", "2-2 ENTRYPOINT <['a']>\n"},
        {"ENV a=1 b=\"x y\" c=x\\ y", "2-2 ENV a=<1> b=<\"x y\"> c=<x\\ y>\n"},
        {"ENV a two  words ", "2-2 ENV a=<two  words>\n"},
        {"ENV a=1 \\\n  b=2\\", "2-3 ENV a=<1> b=<2>\n"},
        {"EXPOSE 90/udp 80", "2-2 EXPOSE <80> <90/udp>\n"},
        {"HEALTHCHECK NONE", "2-2 HEALTHCHECK <NONE>\n"},
        {"HEALTHCHECK cmd a b", "2-2 HEALTHCHECK <CMD-SHELL> <a b>\n"},
        {"HEALTHCHECK --retries=3 CMD [\"a\"]", "2-2 HEALTHCHECK --retries=3 json <CMD> <a>\n"},
        {"LABEL \"a b\"=c d='e'", "2-2 LABEL \"a b\"=<c> d=<'e'>\n"},
        {"LABEL old style value", "2-2 LABEL old=<style value>\n"},
        {"MAINTAINER Jane Doe <j@x>", "2-2 MAINTAINER <Jane Doe <j@x>>\n"},
        {"ONBUILD RUN [\"a\"]", "2-2 ONBUILD <RUN [\"a\"]>\n"},
        {"onbuild  foo bar", "2-2 ONBUILD <foo bar>\n"},
        {"run   echo a#b \"# c\" # d", "2-2 RUN <echo a#b \"# c\" # d>\n"},
        {"RUN --mount=type=cache,target=/c --mount=type=tmpfs,target=/t --network=none x",
         "2-2 RUN --mount=type=cache,target=/c --mount=type=tmpfs,target=/t --network=none <x>\n"},
        {"RUN --mount=\"type=bind,source=a b\" x", "2-2 RUN --mount=type=bind,source=a b <x>\n"},
        {"SHELL [\"/bin/sh\", \"-xc\"]", "2-2 SHELL json </bin/sh> <-xc>\n"},
        {"STOPSIGNAL 1 2", "2-2 STOPSIGNAL <1 2>\n"},
        {"USER a b", "2-2 USER <a b>\n"},
        {"VOLUME /a \"/b\" ", "2-2 VOLUME </a> <\"/b\">\n"},
        {"VOLUME [\" /a \"]", "2-2 VOLUME json </a>\n"},
        {"WORKDIR /a b", "2-2 WORKDIR </a b>\n"},
    };
    check(cases, ARRAY_LEN(cases), BASE);
}

static void lines_and_comments(void **state)
{
    (void)state;
    static const struct reading cases[] = {
        {"RUN echo a \\\n# a comment\n   b \\  \n    # another\n  c > /v\n\n#end\n", "2-6 RUN <echo a    b   c > /v>\n"},
        {"RUN echo hi \\\n \\\n world \\\n\\\n good\\\n\\\nnight\n", "2-8 RUN <echo hi   world  goodnight>\n"},
        {"RUN x \\\n", "2-2 RUN <x>\n"},
        {"RUN x \\\\\nUSER a", "2-2 RUN <x \\\\>\n3-3 USER <a>\n"},
        {"\n   # x\n\t RUN\ta\r\n", "4-4 RUN <a>\n"},
        {"RUN a \\\r\n b\r\n", "2-3 RUN <a  b>\n"},
        {"RUN caf\xE9", "2-2 RUN <caf\xEF\xBF\xBD>\n"},
        {"# escape=`\nRUN a \\\n b", "3-4 RUN <a  b>\n"},
    };
    static const struct reading with_directives[] = {
        {"# escape=`\n" BASE "RUN a `\n b \\", "2-2 FROM <busybox:latest>\n3-4 RUN <a  b \\>\n"},
        {"#syntax=x/y:1\n# EsCape = `\n" BASE "ENV P=c:\\dir\\ Q=a`$b",
         "3-3 FROM <busybox:latest>\n4-4 ENV P=<c:\\dir\\> Q=<a`$b>\n"},
        {"# hello\n# escape=`\n" BASE "RUN a \\\n b", "3-3 FROM <busybox:latest>\n4-5 RUN <a  b>\n"},
        {"# unknown=x\n# escape=`\n" BASE "RUN a \\\n b", "3-3 FROM <busybox:latest>\n4-5 RUN <a  b>\n"},
        {"\n# escape=`\n" BASE "RUN a \\\n b", "3-3 FROM <busybox:latest>\n4-5 RUN <a  b>\n"},
        {"\xEF\xBB\xBF# escape=`\n" BASE "RUN a `\n b", "2-2 FROM <busybox:latest>\n3-4 RUN <a  b>\n"},
    };
    check(cases, ARRAY_LEN(cases), BASE);
    check(with_directives, ARRAY_LEN(with_directives), "");
}

static void the_line_as_it_is_shown(void **state)
{
    (void)state;
    struct dockerfile file;
    parse(" \t" BASE "\tENV   A   two  words  \n  RUN a \\\n\n b\nRUN <<EOF\nx\nEOF\n", &file);
    assert_string_equal(file.stages[0].from.original, "FROM busybox:latest");
    assert_string_equal(file.stages[0].instructions[0].original, "ENV   A   two  words");
    assert_string_equal(file.stages[0].instructions[1].original, "RUN a  b");
    assert_string_equal(file.stages[0].instructions[2].original, "RUN <<EOF");
    cleanup_free char *warnings = strv_join(file.warnings, "\n");
    assert_string_equal(warnings, "[WARNING]: Empty continuation line found in:\n    RUN a  b\n"
                                  "[WARNING]: Empty continuation lines will become errors in a future release.");
    assert_int_equal(dockerfile_steps(&file), 4);
    dockerfile_clear(&file);
}

static void stages(void **state)
{
    (void)state;
    struct dockerfile file;
    parse("ARG V=1\nARG W\n" BASE "USER a\nfrom --platform=$P x:${V} as BuIld-1.x\nARG V\nENV a=b\nFROM scratch\n", &file);
    assert_int_equal(file.argument_count, 2);
    assert_string_equal(file.arguments[0].pairs[0].value, "1");
    assert_int_equal(file.stage_count, 3);
    assert_int_equal(file.stages[0].count, 1);
    assert_null(file.stages[0].name);
    assert_null(file.stages[0].platform);
    assert_string_equal(file.stages[1].base, "x:${V}");
    assert_string_equal(file.stages[1].platform, "$P");
    assert_string_equal(file.stages[1].name, "build-1.x");
    assert_int_equal(file.stages[1].from.first, 5);
    assert_int_equal(file.stages[1].count, 2);
    assert_int_equal(file.stages[2].count, 0);
    assert_int_equal(dockerfile_steps(&file), 8);
    dockerfile_add_label(&file, "a b", "$c");
    struct instruction *label = &file.stages[2].instructions[0];
    assert_string_equal(label->original, "LABEL a b=$c");
    assert_int_equal(instruction_expand(label, '\\', NULL, NULL), 0);
    assert_string_equal(label->pairs[0].value, "$c");
    dockerfile_clear(&file);
}

static void heredocs(void **state)
{
    (void)state;
    static const struct reading cases[] = {
        {"RUN <<EOF\necho a\n\tb\n# no comment\nEOF\nUSER x",
         "2-6 RUN <<<EOF> 0<<EOF(echo a\n\tb\n# no comment\n)\n7-7 USER <x>\n"},
        {"RUN 3<<EMPTY\nEMPTY", "2-3 RUN <3<<EMPTY> 3<<EMPTY()\n"},
        {"RUN <<-'X'\n\ta $b\n\tX", "2-4 RUN <<<-'X'> 0<<-'X(\ta $b\n)\n"},
        {"COPY <<x.txt <<\"y\" /d/\none\nx.txt\ntwo\ny", "2-6 COPY <<<x.txt> <<<\"y\"> </d/> 0<<x.txt(one\n) 0<<'y(two\n)\n"},
        {"RUN cat <<A > /b && cat <<B > /c\n1\nA\n2\nB", "2-6 RUN <cat <<A > /b && cat <<B > /c> 0<<A(1\n) 0<<B(2\n)\n"},
        {"RUN <<eo'f'\neof", "2-3 RUN <<<eo'f'> 0<<'eof()\n"},
        {"RUN <<eo\\'f\neo'f", "2-3 RUN <<<eo\\'f> 0<<eo'f()\n"},
        {"RUN <<$EOF\n$EOF", "2-3 RUN <<<$EOF> 0<<$EOF()\n"},
        {"RUN <<  EOF > x\nEOF", "2-3 RUN <<<  EOF > x> 0<<EOF()\n"},
        {"RUN <<E\r\na\r\nE\r\n", "2-4 RUN <<<E> 0<<E(a\r\n)\n"},
        {"RUN --mount=type=cache,target=/c <<M\nx\nM", "2-4 RUN --mount=type=cache,target=/c <<<M> 0<<M(x\n)\n"},
        {"ONBUILD RUN <<EOF\na\nEOF", "2-4 ONBUILD <RUN <<EOF\na\nEOF> 0<<EOF(a\n)\n"},
        {"RUN \"<<NONE\"", "2-2 RUN <\"<<NONE\">\n"},
        {"RUN [\"<<NONE\"]", "2-2 RUN json <<<NONE>\n"},
        {"RUN cat <<<word", "2-2 RUN <cat <<<word>\n"},
        {"RUN echo $((1<<2))", "2-2 RUN <echo $((1<<2))>\n"},
        {"USER <<NONE", "2-2 USER <<<NONE>\n"},
        {"RUN echo \"<<open", "2-2 RUN <echo \"<<open>\n"},
    };
    check(cases, ARRAY_LEN(cases), BASE);
}

static void what_the_shell_gets(void **state)
{
    (void)state;
    static const struct {
        const char *text, *shell;
        bool script;
    } cases[] = {
        {"RUN echo a", "echo a", false},
        {"RUN", "", false},
        {"RUN <<-EOF\n\techo a\n\t\tb\nEOF", "echo a\nb\n", false},
        {"RUN <<EOF\n#!/bin/awk -f\nBEGIN {}\nEOF", "#!/bin/awk -f\nBEGIN {}\n", true},
        {"RUN cat <<A > /b && cat <<\"B\" > /c\n1\nA\n$two\nB", "cat <<A > /b && cat <<\"B\" > /c\n1\nA\n$two\nB", false},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        cleanup_free char *text = str_format("%s%s", BASE, cases[i].text);
        struct dockerfile file;
        const struct heredoc *script;
        parse(text, &file);
        cleanup_free char *got = instruction_shell_text(&file.stages[0].instructions[0], &script);
        assert_string_equal(got, cases[i].shell);
        assert_int_equal(script != NULL, cases[i].script);
        dockerfile_clear(&file);
    }
}

static void variables_in_place(void **state)
{
    (void)state;
    static char *const env[] = {"A=x y", "B=b", "PORTS=80 443/tcp", NULL};
    static const struct reading cases[] = {
        {"ENV $B=\"$A\" c=$A d=\\$A", "2-2 ENV b=<x y> c=<x y> d=<$A>\n"},
        {"LABEL 'a b'='$A' c=${A}", "2-2 LABEL a b=<$A> c=<x y>\n"},
        {"ARG z=${B}1 y", "2-2 ARG z=<b1> y\n"},
        {"EXPOSE $PORTS 9", "2-2 EXPOSE <80> <443/tcp> <9>\n"},
        {"COPY --chown=$B --chmod=0$B --from=$B $A \"$B\"", "2-2 COPY --chown=b --chmod=0b --from=b <x y> <b>\n"},
        {"COPY [\"$A\", \"/c\"]", "2-2 COPY json <x y> </c>\n"},
        {"COPY <<EOF $B\n\"$B\" \\$B '$B'\nEOF", "2-4 COPY <<<EOF> <b> 0<<EOF(\"b\" $B 'b'\n)\n"},
        {"COPY <<'EOF' $B\n$B\nEOF", "2-4 COPY <<<'EOF'> <b> 0<<'EOF($B\n)\n"},
        {"USER $B", "2-2 USER <b>\n"},
        {"WORKDIR /$B/'c'", "2-2 WORKDIR </b/c>\n"},
        {"VOLUME \"$B\" /c", "2-2 VOLUME <b> </c>\n"},
        {"STOPSIGNAL $B", "2-2 STOPSIGNAL <b>\n"},
        {"RUN echo $B", "2-2 RUN <echo $B>\n"},
        {"CMD [\"$B\"]", "2-2 CMD json <$B>\n"},
        {"ENTRYPOINT $B", "2-2 ENTRYPOINT <$B>\n"},
        {"HEALTHCHECK CMD $B", "2-2 HEALTHCHECK <CMD-SHELL> <$B>\n"},
        {"ONBUILD ENV a=$B", "2-2 ONBUILD <ENV a=$B>\n"},
        {"MAINTAINER $B", "2-2 MAINTAINER <$B>\n"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        cleanup_free char *text = str_format("%s%s", BASE, cases[i].text);
        cleanup_buf struct buf got = BUF_INIT, before = BUF_INIT, after = BUF_INIT;
        struct dockerfile file;
        struct instruction copy;
        parse(text, &file);
        show(&before, &file.stages[0].instructions[0]);
        instruction_copy(&file.stages[0].instructions[0], &copy);
        assert_int_equal(instruction_expand(&copy, '\\', env, NULL), 0);
        show(&got, &copy);
        show(&after, &file.stages[0].instructions[0]);
        assert_string_equal(got.data, cases[i].shown);
        assert_string_equal(before.data, after.data); /* the copy is one */
        instruction_clear(&copy);
        dockerfile_clear(&file);
    }
}

static void health_options(void **state)
{
    (void)state;
    struct dockerfile file;
    parse(BASE "HEALTHCHECK --interval=5m --timeout=3s --start-period=1s --start-interval=1ms --retries=5 CMD x", &file);
    const struct health_check *health = file.stages[0].instructions[0].health;
    assert_int_equal(health->interval, 300000000000);
    assert_int_equal(health->timeout, 3000000000);
    assert_int_equal(health->start_period, 1000000000);
    assert_int_equal(health->start_interval, 1000000);
    assert_int_equal(health->retries, 5);
    dockerfile_clear(&file);
}

struct wrong {
    const char *text, *message;
    int line;
};

static void check_wrong(const struct wrong *cases, size_t count, const char *before)
{
    for (size_t i = 0; i < count; i++) {
        cleanup_free char *text = str_format("%s%s", before, cases[i].text);
        struct dockerfile file;
        struct error err = ERROR_INIT;
        int r = dockerfile_parse(text, strlen(text), "Dockerfile", &file, &err);
        if (r == 0 || !str_equal(err.message, cases[i].message))
            fail_msg("%s\nsays \"%s\" instead of \"%s\"", cases[i].text, err.message, cases[i].message);
        if (file.failed_line != cases[i].line)
            fail_msg("%s\npoints at line %d", cases[i].text, file.failed_line);
        dockerfile_clear(&file);
    }
}

#define PARSE "failed to parse Dockerfile: "
#define LINE2 "dockerfile parse error line 2: "

static void lines_that_cannot_be_taken_apart(void **state)
{
    (void)state;
    static const struct wrong whole[] = {
        {"", "the Dockerfile (Dockerfile) cannot be empty", 0},
        {"# a\n\n# b\n", PARSE "file with no instructions", 0},
        {"# escape=x\n" BASE, PARSE "invalid escape token 'x' does not match ` or \\", 1},
        {"# escape=`\n# escape=`\n" BASE, PARSE "only one escape parser directive can be used", 2},
        {"# escape=`\n# escape=\nENV a\n", PARSE "ENV must have two arguments", 3},
        {"# syntax=a\n#syntax=b\n" BASE, PARSE "only one syntax parser directive can be used", 2},
    };
    static const struct wrong cases[] = {
        {"ENV abc", PARSE "ENV must have two arguments", 2},
        {"ENV a=1 b", PARSE "Syntax error - can't find = in \"b\". Must be of the form: name=value", 2},
        {"LABEL foo", PARSE "LABEL must have two arguments", 2},
        {"LABEL a=1 b", PARSE "Syntax error - can't find = in \"b\". Must be of the form: name=value", 2},
        {"FOO\n\nENV \\\nabc\n", PARSE "ENV must have two arguments", 4},
        {"ONBUILD ENV abc", PARSE "ENV must have two arguments", 2},
        {"RUN [1]", PARSE "when using JSON array syntax, arrays must be comprised of strings only", 2},
        {"CMD [[\"a\"]]", PARSE "when using JSON array syntax, arrays must be comprised of strings only", 2},
        {"CMD [\"a\\u0000b\"]", PARSE "no argument of a program can hold the character \\u0000", 2},
        {"RUN <<EOF\necho a\n", PARSE "unterminated heredoc", 2},
        {"COPY <<A <<B /x\nA\n", PARSE "unterminated heredoc", 2},
    };
    check_wrong(whole, ARRAY_LEN(whole), "");
    check_wrong(cases, ARRAY_LEN(cases), BASE);
}

static void instructions_that_make_no_sense(void **state)
{
    (void)state;
    static const struct wrong cases[] = {
        {"FOO bar", LINE2 "unknown instruction: FOO", 2},
        {"RUN echo a \\\n  b\n\n# x\nCOPYY a", "dockerfile parse error line 6: unknown instruction: COPYY", 6},
        {"COPY --bogus=1 a b", LINE2 "Unknown flag: bogus", 2},
        {"COPY --chown a b", LINE2 "Missing a value on flag: chown", 2},
        {"COPY --chown=1 --chown=2 a b", LINE2 "Duplicate flag specified: chown", 2},
        {"COPY --link=x a b", LINE2 "Expecting boolean value for flag link, not: x", 2},
        {"RUN --chown=1 x", LINE2 "Unknown flag: chown", 2},
        {"ADD --from=0 a /a", LINE2 "Unknown flag: from", 2},
        {"CMD --x y", LINE2 "Unknown flag: x", 2},
        {"COPY a", LINE2 "COPY requires at least two arguments, but only one was provided. Destination could not be determined", 2},
        {"ADD", LINE2 "ADD requires at least two arguments, but only one was provided. Destination could not be determined", 2},
        {"COPY a <<EOF\nEOF", LINE2 "COPY cannot accept a heredoc as a destination", 2},
        {"ENV  ", LINE2 "ENV requires at least one argument", 2},
        {"ENV =x", LINE2 "ENV names can not be blank", 2},
        {"LABEL", LINE2 "LABEL requires at least one argument", 2},
        {"MAINTAINER", LINE2 "MAINTAINER requires exactly one argument", 2},
        {"EXPOSE", LINE2 "EXPOSE requires at least one argument", 2},
        {"VOLUME", LINE2 "VOLUME requires at least one argument", 2},
        {"VOLUME [\"\"]", LINE2 "VOLUME specified can not be an empty string", 2},
        {"USER", LINE2 "USER requires exactly one argument", 2},
        {"WORKDIR", LINE2 "WORKDIR requires exactly one argument", 2},
        {"STOPSIGNAL", LINE2 "STOPSIGNAL requires exactly one argument", 2},
        {"SHELL /bin/sh -c", LINE2 "SHELL requires the arguments to be in JSON form", 2},
        {"SHELL []", LINE2 "SHELL requires at least one argument", 2},
        {"ARG", LINE2 "ARG requires at least one argument", 2},
        {"ARG a =x", LINE2 "ARG names can not be blank", 2},
        {"HEALTHCHECK", LINE2 "HEALTHCHECK requires at least one argument", 2},
        {"HEALTHCHECK foo x", LINE2 "Unknown type \"FOO\" in HEALTHCHECK (try CMD)", 2},
        {"HEALTHCHECK NONE x", LINE2 "HEALTHCHECK NONE takes no arguments", 2},
        {"HEALTHCHECK CMD", LINE2 "Missing command after HEALTHCHECK CMD", 2},
        {"HEALTHCHECK --interval=5 CMD x", LINE2 "time: missing unit in duration \"5\"", 2},
        {"HEALTHCHECK --interval=5x CMD x", LINE2 "time: unknown unit \"x\" in duration \"5x\"", 2},
        {"HEALTHCHECK --interval=x CMD x", LINE2 "time: invalid duration \"x\"", 2},
        {"HEALTHCHECK --interval=1us CMD x", LINE2 "Interval \"interval\" cannot be less than 1ms", 2},
        {"HEALTHCHECK --timeout=-1s CMD x", LINE2 "Interval \"timeout\" cannot be less than 1ms", 2},
        {"HEALTHCHECK --retries=-1 CMD x", LINE2 "--retries must be at least 1 (not -1)", 2},
        {"HEALTHCHECK --retries=x CMD x", LINE2 "strconv.ParseInt: parsing \"x\": invalid syntax", 2},
        {"HEALTHCHECK --retries=9999999999 CMD x", LINE2 "strconv.ParseInt: parsing \"9999999999\": value out of range", 2},
        {"HEALTHCHECK --foo=1 CMD x", LINE2 "Unknown flag: foo", 2},
        {"ONBUILD", LINE2 "ONBUILD requires at least one argument", 2},
        {"ONBUILD onbuild RUN x", LINE2 "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed", 2},
        {"ONBUILD FROM x", LINE2 "FROM isn't allowed as an ONBUILD trigger", 2},
        {"ONBUILD maintainer x", LINE2 "MAINTAINER isn't allowed as an ONBUILD trigger", 2},
        {"FROM", LINE2 "FROM requires either one or three arguments", 2},
        {"FROM a b c d", LINE2 "FROM requires either one or three arguments", 2},
        {"FROM a AS", LINE2 "FROM requires either one or three arguments", 2},
        {"FROM a IS b", LINE2 "FROM requires either one or three arguments", 2},
        {"FROM a AS 1st", LINE2 "invalid name for build stage: \"1st\", name can't start with a number or contain symbols", 2},
        {"FROM a AS a/b", LINE2 "invalid name for build stage: \"a/b\", name can't start with a number or contain symbols", 2},
    };
    static const struct wrong first[] = {
        {"RUN a\n" BASE, "no build stage in current context", 1},
        {"ARG a=1\nENV a=1\n" BASE, "no build stage in current context", 2},
        {"ARG a=1\n", "no build stage in current context", 0},
    };
    check_wrong(cases, ARRAY_LEN(cases), BASE);
    check_wrong(first, ARRAY_LEN(first), "");
}

static void lines_have_a_longest(void **state)
{
    (void)state;
    static char text[70000];
    const size_t most = 65535, base = strlen(BASE);
    struct dockerfile file;
    struct error err = ERROR_INIT;
    memcpy(text, BASE "RUN ", base + 4);
    memset(text + base + 4, 'a', sizeof text - base - 4);
    assert_int_equal(dockerfile_parse(text, base + most, "Dockerfile", &file, &err), 0);
    dockerfile_clear(&file);
    assert_int_not_equal(dockerfile_parse(text, base + most + 1, "Dockerfile", &file, &err), 0);
    assert_string_equal(err.message, PARSE "dockerfile line greater than max allowed size of 65535");
    dockerfile_clear(&file);
}

static void a_file_with_nul_is_no_text(void **state)
{
    (void)state;
    static const char text[] = BASE "RUN a\0b\n";
    struct dockerfile file;
    struct error err = ERROR_INIT;
    assert_int_not_equal(dockerfile_parse(text, sizeof text - 1, "Dockerfile", &file, &err), 0);
    assert_int_equal(file.failed_line, 2);
    dockerfile_clear(&file);
}

static void triggers_by_themselves(void **state)
{
    (void)state;
    static const struct {
        const char *text, *result;
        bool good;
    } cases[] = {
        {"RUN echo a", "1-1 RUN <echo a>\n", true},
        {"COPY <<EOF /x\na\nEOF", "1-3 COPY <<<EOF> </x> 0<<EOF(a\n)\n", true},
        {"FROM x", "FROM isn't allowed as an ONBUILD trigger", false},
        {"FOO", "unknown instruction: FOO", false},
        {"RUN a\nRUN b", "onbuild trigger should be a single expression", false},
        {"", PARSE "file with no instructions", false},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        cleanup_buf struct buf got = BUF_INIT;
        struct instruction in;
        struct error err = ERROR_INIT;
        int r = instruction_parse(cases[i].text, true, &in, &err);
        assert_int_equal(r == 0, cases[i].good);
        if (r == 0)
            show(&got, &in);
        assert_string_equal(r == 0 ? got.data : err.message, cases[i].result);
        instruction_clear(&in);
    }
}

static void lines_are_pointed_at(void **state)
{
    (void)state;
    static const char text[] = "FROM a\r\n\nRUN b \\\n\tc\033[1m\n# d\n# e\n# f\n";
    static const struct {
        int first, last;
        const char *shown;
    } cases[] = {
        {1, 1, "   1 | >>> FROM a\n   2 |     \n   3 |     RUN b \\\n"},
        {3, 4, "   1 |     FROM a\n   2 |     \n   3 | >>> RUN b \\\n   4 | >>> \tc?[1m\n   5 |     # d\n   6 |     # e\n"},
        {7, 7, "   5 |     # d\n   6 |     # e\n   7 | >>> # f\n"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct error err = ERROR_INIT;
        cleanup_free char *expected =
            str_format("why\n\nD:%d\n--------------------\n%s--------------------", cases[i].first, cases[i].shown);
        error_set(&err, EINVAL, "why");
        point_at(&err, "D", text, cases[i].first, cases[i].last);
        assert_string_equal(err.message, expected);
    }
}

static void a_message_is_never_cut_off_for_lines(void **state)
{
    (void)state;
    static char text[2000];
    struct error err = ERROR_INIT;
    memset(text, 'x', sizeof text - 1);
    error_set(&err, EINVAL, "%.950s", text);
    point_at(&err, "D", text, 1, 1);
    assert_int_equal(strlen(err.message), 950);
    error_set(&err, EINVAL, "why");
    point_at(&err, "D", text, 1, 1);
    assert_non_null(strstr(err.message, "xxx...\n"));
    error_set(&err, EINVAL, "why");
    point_at(&err, "D", "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n", 2, 10);
    assert_non_null(strstr(err.message, "   8 | >>> 8\n     | ...\n---"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_instruction),
        cmocka_unit_test(lines_and_comments),
        cmocka_unit_test(the_line_as_it_is_shown),
        cmocka_unit_test(stages),
        cmocka_unit_test(heredocs),
        cmocka_unit_test(what_the_shell_gets),
        cmocka_unit_test(variables_in_place),
        cmocka_unit_test(health_options),
        cmocka_unit_test(lines_that_cannot_be_taken_apart),
        cmocka_unit_test(instructions_that_make_no_sense),
        cmocka_unit_test(lines_have_a_longest),
        cmocka_unit_test(a_file_with_nul_is_no_text),
        cmocka_unit_test(triggers_by_themselves),
        cmocka_unit_test(lines_are_pointed_at),
        cmocka_unit_test(a_message_is_never_cut_off_for_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
