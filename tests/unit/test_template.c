/* Go templates over JSON: what --format may ask, and the words when it asks for what is not there. */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "cli/template.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char DOCUMENT[] =
    "{\"Name\":\"/web\",\"Id\":\"abc\",\"State\":{\"Running\":true,\"Pid\":42,\"ExitCode\":0,\"Error\":\"\"},"
    "\"Config\":{\"Cmd\":[\"sleep\",\"1000\"],\"Labels\":{\"b\":\"2\",\"a\":\"1\"},\"Env\":null,\"Entrypoint\":null},\"Mounts\":[{"
    "\"Name\":\"v\"}],"
    "\"NetworkSettings\":{\"Ports\":{\"80/"
    "tcp\":[{\"HostIp\":\"0.0.0.0\",\"HostPort\":\"8080\"}]},\"Networks\":{\"bridge\":{\"IPAddress\":\"172.18.0.2\"}}},"
    "\"Ratio\":1.5,\"Big\":9223372036854771712,\"HostConfig\":{\"PidsLimit\":null}}";

/* The text, or the error. */
static char *run_with(const char *text, const struct template_subject *subject)
{
    struct error err = ERROR_INIT;
    cleanup_template struct template *template = template_parse(text, &err);
    if (!template)
        return xstrdup(err.message);
    cleanup_json json_t *root = json_parse(DOCUMENT, strlen(DOCUMENT), "document", &err);
    assert_non_null(root);
    struct buf out = BUF_INIT;
    if (template_run(template, root, subject, &out, &err) < 0) {
        buf_free(&out);
        return xstrdup(err.message);
    }
    return buf_take(&out);
}

static void check(const char *template, const char *expected)
{
    cleanup_free char *got = run_with(template, NULL);
    assert_string_equal(got, expected);
}

static void fields_and_chains(void **state)
{
    (void)state;
    check("{{.Name}} {{.State.Pid}} {{.State.Running}}", "/web 42 true");
    check("{{ .Config.Labels.a }}", "1");
    check("{{.Ratio}} {{.Big}}", "1.5 9223372036854771712");
    check("{{.Config.Cmd}} {{.Config.Labels}}", "[sleep 1000] map[a:1 b:2]");
    check("plain", "plain");
    check("", "");
}

static void functions(void **state)
{
    (void)state;
    check("{{json .State}}", "{\"Running\":true,\"Pid\":42,\"ExitCode\":0,\"Error\":\"\"}");
    check("{{json .Config.Cmd}}", "[\"sleep\",\"1000\"]");
    check("{{join .Config.Cmd \",\"}} {{upper .Name}} {{len .Mounts}}", "sleep,1000 /WEB 1");
    check("{{lower \"ABC\"}} {{title \"a few words\"}} {{len (split \"a,b,c\" \",\")}}", "abc A Few Words 3");
    check("{{pad .Id 1 2}}| {{truncate .Id 2}}", " abc  | ab");
    check("{{print .State.Pid 1}} {{printf \"%5d|%-5s|%q|%v%%\" .State.Pid .Id .Id .Ratio}}", "42 1    42|abc  |\"abc\"|1.5%");
    check("{{println .Id}}", "abc\n");
    check("{{slice .Name 1}} {{slice .Name 1 3}}", "web we");
    check("{{.Name | upper | json}}", "\"/WEB\"");
    check("{{html \"<a&b>\"}}", "&lt;a&amp;b&gt;");
}

static void index_reaches_into_maps_and_lists(void **state)
{
    (void)state;
    check("{{(index (index .NetworkSettings.Ports \"80/tcp\") 0).HostPort}}", "8080");
    check("{{index .Config.Labels \"nope\"}}|{{index .Config.Cmd 1}}", "<no value>|1000");
    check("{{index .NetworkSettings.Ports \"80/tcp\" 0 \"HostIp\"}}", "0.0.0.0");
    check("{{index .Config.Cmd 7}}",
          "template: :1:2: executing \"\" at <index .Config.Cmd 7>: error calling index: index out of range: 7");
}

static void ranges(void **state)
{
    (void)state;
    check("{{range $k, $v := .Config.Labels}}{{$k}}={{$v}};{{end}}", "a=1;b=2;");
    check("{{range .Config.Cmd}}[{{.}}]{{end}}", "[sleep][1000]");
    check("{{range $i, $c := .Config.Cmd}}{{if $i}}, {{end}}{{$c}}{{end}}", "sleep, 1000");
    check("{{range .Config.Env}}x{{else}}none{{end}}", "none");
    check("{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", "172.18.0.2");
    check("{{range 3}}{{.}}{{end}}", "012");
    check("{{range .Config.Cmd}}{{break}}{{end}}{{range .Config.Cmd}}{{continue}}x{{end}}ok", "ok");
    check("{{range $p, $conf := .NetworkSettings.Ports}}{{$p}} -> {{(index $conf 0).HostPort}}{{end}}", "80/tcp -> 8080");
}

static void conditions(void **state)
{
    (void)state;
    check("{{if .State.Running}}up{{else}}down{{end}}", "up");
    check("{{if not .State.Running}}a{{else if eq .State.Pid 42}}b{{else}}c{{end}}", "b");
    check("{{if and .State.Running (gt .State.Pid 40)}}yes{{end}}{{if or .State.Error .State.ExitCode}}no{{end}}", "yes");
    check("{{with .State}}{{.Pid}}{{end}}{{with .State.Error}}x{{else}}{{$.Id}}{{end}}", "42abc");
    check("{{eq .Id \"a\" \"abc\"}} {{ne .Id \"x\"}} {{lt 1 2}} {{le 2 2}} {{ge 1 2}}", "true true true true false");
    check("{{$x := .Id}}{{$x}}{{$x = \"z\"}}{{$x}}", "abcz");
    check("{{eq .Id 1}}", "template: :1:2: executing \"\" at <eq .Id 1>: error calling eq: incompatible types for comparison");
}

static void spaces_and_comments(void **state)
{
    (void)state;
    check("a {{- .Id -}} b", "aabcb");
    check("a{{/* not shown */}}b", "ab");
    check("{{\"quo\\\"te\"}} {{`raw\\n`}} {{'a'}} {{-3}} {{1.5}} {{true}}", "quo\"te raw\\n 97 -3 1.5 true");
}

static void nil_looks_as_in_go(void **state)
{
    (void)state;
    check("{{.Config.Env}} {{.Config.Entrypoint}} {{.HostConfig.PidsLimit}} {{json .Config.Env}}", "[] [] <nil> null");
}

static void syntax_errors_have_gos_words(void **state)
{
    (void)state;
    check("{{.Names", "template: :1: unclosed action");
    check("{{range .X}}", "template: :1: unexpected EOF");
    check("a\n{{nosuch .X}}", "template: :2: function \"nosuch\" not defined");
    check("{{end}}", "template: :1: unexpected {{end}}");
    check("{{\"abc}}", "template: :1: unterminated quoted string");
    check("{{}}", "template: :1: missing value for command");
    check("{{/* x", "template: :1: unclosed comment");
    check("{{if .A}}{{else}}{{else}}{{end}}", "template: :1: expected end; found {{else}}");
    check("{{break}}", "template: :1: {{break}} outside {{range}}");
    check("{{(.A}}", "template: :1: unclosed left paren");
    check("{{.A }x}", "template: :1: unexpected \"}\" in operand");
}

static void missing_fields_are_named_with_their_place(void **state)
{
    (void)state;
    check("{{.NoSuchField}}", "template: :1:2: executing \"\" at <.NoSuchField>: map has no entry for key \"NoSuchField\"");
    check("{{.State.Nope}}", "template: :1:8: executing \"\" at <.State.Nope>: map has no entry for key \"Nope\"");
    check("{{.Id.Nope}}", "template: :1:5: executing \"\" at <.Id.Nope>: can't evaluate field Nope in type string");
    struct template_subject rows = {.type = "*formatter.ContainerContext"};
    cleanup_free char *got = run_with("{{.Nope}}", &rows);
    assert_string_equal(got,
                        "template: :1:2: executing \"\" at <.Nope>: can't evaluate field Nope in type *formatter.ContainerContext");
}

static json_t *method(void *data, const char *name, json_t *const *arguments, size_t count)
{
    (void)data;
    if (!str_equal(name, "Label") || count != 1)
        return NULL;
    cleanup_free char *text = str_format("<%s>", json_string_value(arguments[0]));
    return json_string(text);
}

static void methods_take_arguments(void **state)
{
    (void)state;
    struct template_subject rows = {.type = "*formatter.ContainerContext", .method = method};
    cleanup_free char *got = run_with("{{.Label \"tier\"}} {{.Label \"x\" | upper}}", &rows);
    assert_string_equal(got, "<tier> <X>");
}

static bool health_only(const char *name) { return str_equal(name, "Health"); }

static void optional_fields_are_nil(void **state)
{
    (void)state;
    struct template_subject subject = {.optional = health_only};
    cleanup_free char *got =
        run_with("{{if .State.Health}}x{{else}}none{{end}} {{with .State.Health}}{{.Status}}{{end}}", &subject);
    assert_string_equal(got, "none ");
}

static void no_text_crashes_the_parser(void **state)
{
    (void)state;
    static const char *const pieces[] = {"{{",     "}}", ".",  "a",  "(", ")", "|", "if ", "end", "else",
                                         "range ", "$x", ":=", "\"", "-", " ", ",", "/*",  "9",   "index "};
    unsigned seed = 12345;
    for (int i = 0; i < 20000; i++) {
        cleanup_buf struct buf text = BUF_INIT;
        buf_puts(&text, "");
        for (int k = 0; k < 12; k++) {
            seed = seed * 1103515245 + 12345;
            buf_puts(&text, pieces[(seed >> 16) % ARRAY_LEN(pieces)]);
        }
        free(run_with(text.data, NULL));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_and_chains),
        cmocka_unit_test(functions),
        cmocka_unit_test(index_reaches_into_maps_and_lists),
        cmocka_unit_test(ranges),
        cmocka_unit_test(conditions),
        cmocka_unit_test(spaces_and_comments),
        cmocka_unit_test(nil_looks_as_in_go),
        cmocka_unit_test(syntax_errors_have_gos_words),
        cmocka_unit_test(missing_fields_are_named_with_their_place),
        cmocka_unit_test(methods_take_arguments),
        cmocka_unit_test(optional_fields_are_nil),
        cmocka_unit_test(no_text_crashes_the_parser),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
