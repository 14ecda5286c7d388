/* Go templates over JSON: what --format may ask, and the words when it asks for what is not there. */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "cli/go_type.h"
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
static char *run_on(const char *document, const char *text, const struct template_subject *subject)
{
    struct error err = ERROR_INIT;
    cleanup_template struct template *template = template_parse(text, &err);
    if (!template)
        return xstrdup(err.message);
    cleanup_json json_t *root = json_parse(document, strlen(document), "document", &err);
    assert_non_null(root);
    struct buf out = BUF_INIT;
    if (template_run(template, root, subject, &out, &err) < 0) {
        buf_free(&out);
        return xstrdup(err.message);
    }
    return buf_take(&out);
}

static char *run_with(const char *text, const struct template_subject *subject) { return run_on(DOCUMENT, text, subject); }

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

static const struct template_subject container = {.schema = &go_container}, plain = {.raw = true};

static void check_typed(const char *template, const char *expected)
{
    cleanup_free char *got = run_with(template, &container);
    assert_string_equal(got, expected);
}

/* What `docker inspect -f` prints for the same document. */
static void typed_documents_print_as_go_values(void **state)
{
    (void)state;
    check_typed("{{.Config.Env}} {{.Config.Entrypoint}} {{.HostConfig.PidsLimit}} {{json .Config.Env}}", "[] [] <nil> null");
    check_typed("{{.State}}", "{ true false false false false 42 0    <nil>}");
    check_typed("{{.NetworkSettings.Ports}}", "map[80/tcp:[{0.0.0.0 8080}]]");
    check_typed("{{.ID}} {{.SizeRw}} {{.Config.StopTimeout}}", "abc <nil> <nil>");
    check_typed("{{.Config.Labels.nope}}|{{index .Config.Labels \"nope\"}}|{{.HostConfig.RestartPolicy}}", "<no value>||{ 0}");
    check_typed("{{if .State.Health}}x{{else}}none{{end}} {{with .State.Health}}{{.Status}}{{end}}", "none ");
    check_typed("{{.State.Health.Status}}", "template: :1:8: executing \"\" at <.State.Health.Status>: nil pointer evaluating "
                                            "*container.Health.Status");
    check_typed("{{.HostConfig.NanoCpus}}",
                "template: :1:13: executing \"\" at <.HostConfig.NanoCpus>: can't evaluate field NanoCpus "
                "in type *container.HostConfig");
    check_typed("{{.HostConfig.NanoCPUs}}", "0");
    check_typed("{{join .Config.Cmd \" \"}}", "sleep 1000");
}

static void events_info_and_version_have_gos_names(void **state)
{
    static const char event[] =
        "{\"status\":\"die\",\"id\":\"abc\",\"from\":\"busybox\",\"Type\":\"container\",\"Action\":\"die\","
        "\"Actor\":{\"ID\":\"abc\",\"Attributes\":{\"name\":\"web\",\"exitCode\":\"1\"}},\"scope\":\"local\","
        "\"time\":12,\"timeNano\":12000000034}";
    static const struct {
        const struct go_type *schema;
        const char *document, *template, *expected;
    } cases[] = {
        {&go_event, event, "{{.Time}} {{.TimeNano}} {{.ID}} {{.Status}} {{.From}} {{.Scope}}",
         "12 12000000034 abc die busybox local"},
        {&go_event, event, "{{.}}", "{die abc busybox container die {abc map[exitCode:1 name:web]} local 12 12000000034}"},
        {&go_event, event, "{{.id}}", "template: :1:2: executing \"\" at <.id>: can't evaluate field id in type *events.Message"},
        {&go_info, "{\"CpuCfsQuota\":true,\"HttpProxy\":\"p\"}", "{{.CPUCfsQuota}} {{.HTTPProxy}} {{.Plugins}}",
         "true p {[] [] [] []}"},
        {&go_info, "{\"Runtimes\":{\"runc\":{\"path\":\"x\"}}}", "{{.Runtimes}}", "map[runc:{{x []  map[]} map[]}]"},
        {&go_version, "{\"Server\":{\"ApiVersion\":\"1.43\"}}", "{{.Server.APIVersion}}", "1.43"},
        {&go_version, "{\"Server\":null}", "{{.Server}}", "<nil>"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct template_subject subject = {.schema = cases[i].schema};
        cleanup_free char *got = run_on(cases[i].document, cases[i].template, &subject);
        assert_string_equal(got, cases[i].expected);
    }
}

static void plain_documents_have_numbers_that_are_text(void **state)
{
    (void)state;
    cleanup_free char *number = run_with("{{printf \"%d %s\" .State.Pid .State.Pid}} {{if .State.ExitCode}}set{{end}}", &plain);
    assert_string_equal(number, "%!d(json.Number=42) 42 set");
    cleanup_free char *wrong = run_with("{{eq .State.Pid 42}}", &plain);
    assert_string_equal(wrong, "template: :1:2: executing \"\" at <eq .State.Pid 42>: error calling eq: incompatible types for "
                               "comparison");
    cleanup_free char *sorted = run_with("{{json .State}}", &plain);
    assert_string_equal(sorted, "{\"Error\":\"\",\"ExitCode\":0,\"Pid\":42,\"Running\":true}");
}

static void printf_has_gos_verbs(void **state)
{
    (void)state;
    check("{{printf \"%x %X %o %b %c %U %q\" 255 255 8 5 65 65 65}}", "ff FF 10 101 A U+0041 'A'");
    check("{{printf \"%d %s %t %z\" \"a\" 1 1 1}}", "%!d(string=a) %!s(int=1) %!t(int=1) %!z(int=1)");
    check("{{printf \"%d\"}} {{printf \"%d\" 1 2}} {{printf \"%\"}}", "%!d(MISSING) 1%!(EXTRA int=2) %!(NOVERB)");
    check("{{printf \"%*d|%[1]d|%-6.2f|%06.1f|%+d\" 5 42}}", "   42|5|%!f(int=42    )|%!f(MISSING)|%!d(MISSING)");
    check("{{printf \"%5.1f|%-8s|%8s|%.2s|%q\" 3.14 \"ab\" \"cd\" \"xyz\" \"a\\\"b\"}}", "  3.1|ab      |      cd|xy|\"a\\\"b\"");
    check("{{printf \"%T %T %v %s\" 1 \"a\" nil .Config.Cmd}}", "int string <nil> [sleep 1000]");
    check("{{1000000.0}} {{1e21}} {{0.00001}} {{0x10}} {{0b11}} {{0o17}} {{1_000}}", "1e+06 1e+21 1e-05 16 3 15 1000");
}

static void templates_within_templates(void **state)
{
    (void)state;
    check("{{define \"T\"}}[{{.}}]{{end}}{{template \"T\" .Name}}{{block \"B\" .Id}}<{{.}}>{{end}}", "[/web]<abc>");
    check("{{define \"T\"}}{{template \"T\"}}{{end}}{{template \"T\"}}",
          "template: :1:25: executing \"\" at <{{template \"T\"}}>: exceeded maximum template depth (200)");
    check("{{template \"no\"}}", "template: :1:11: executing \"\" at <{{template \"no\"}}>: template \"no\" not defined");
    check("{{$x := 1}}{{if true}}{{$x = 2}}{{$y := 3}}{{$y}}{{end}}{{$x}}", "32");
}

static void what_a_template_uses_is_bounded(void **state)
{
    (void)state;
    cleanup_free char *steps = run_with("{{range 9000000000}}{{end}}", NULL);
    assert_non_null(strstr(steps, "this takes too long: more than 20000000 steps"));
    cleanup_free char *output = run_with("{{range 1000}}{{printf \"%100000d\" 1}}{{end}}", NULL);
    assert_non_null(strstr(output, "more than 16777216 bytes of output"));
    struct buf deep = BUF_INIT;
    for (int i = 0; i < 5000; i++)
        buf_puts(&deep, "{{if (");
    check(deep.data, "template: :1: unexpected \"{\" in parenthesized pipeline");
    buf_clear(&deep);
    for (int i = 0; i < 5000; i++)
        buf_puts(&deep, i ? "(" : "{{");
    check(deep.data, "template: :1: nested too deeply");
    buf_free(&deep);
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
    check("{{.Id.Nope}}", "template: :1:5: executing \"\" at <.Id.Nope>: can't evaluate field Nope in type interface {}");
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
        cmocka_unit_test(syntax_errors_have_gos_words),
        cmocka_unit_test(missing_fields_are_named_with_their_place),
        cmocka_unit_test(methods_take_arguments),
        cmocka_unit_test(typed_documents_print_as_go_values),
        cmocka_unit_test(events_info_and_version_have_gos_names),
        cmocka_unit_test(plain_documents_have_numbers_that_are_text),
        cmocka_unit_test(printf_has_gos_verbs),
        cmocka_unit_test(templates_within_templates),
        cmocka_unit_test(what_a_template_uses_is_bounded),
        cmocka_unit_test(no_text_crashes_the_parser),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
