/* What the shim accepts as a request, and what it refuses. */
#include "base/memory.h"
#include "shim/request.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static int parse(const char *text, struct shim_request *request)
{
    struct error err = ERROR_INIT;
    int r = shim_request_parse(text, strlen(text), request, &err);
    assert_int_equal(r, -err.code);
    if (r < 0) {
        assert_null(request->doc);
        assert_true(strlen(err.message) > 0);
    }
    return r;
}

static void requests_fill_their_members(void **state)
{
    (void)state;
    struct shim_request request;
    assert_int_equal(parse("{\"op\":\"attach\",\"exec\":null,\"in\":true,\"out\":true,\"err\":false}", &request), 0);
    assert_int_equal(request.op, SHIM_OP_ATTACH);
    assert_true(request.in && request.out && !request.err && !request.exec);
    shim_request_free(&request);
    assert_int_equal(parse("{\"op\":\"resize\",\"exec\":\"abc\",\"rows\":24,\"columns\":80}", &request), 0);
    assert_string_equal(request.exec, "abc");
    assert_int_equal(request.rows * 1000 + request.columns, 24080);
    shim_request_free(&request);
    assert_int_equal(parse("{\"op\":\"exec-prepare\",\"exec\":\"e\",\"process\":{\"args\":[\"ls\"]},\"stdin\":true}", &request), 0);
    assert_true(request.input);
    assert_non_null(json_object_get(request.process, "args"));
    shim_request_free(&request);
    assert_int_equal(parse("{\"op\":\"signal\",\"signal\":9,\"all\":true}", &request), 0);
    assert_int_equal(request.signal, 9);
    assert_true(request.all);
    shim_request_free(&request);
}

static void every_operation_is_known(void **state)
{
    (void)state;
    static const char *const texts[SHIM_OPS] = {
        "{\"op\":\"start\"}",
        "{\"op\":\"state\"}",
        "{\"op\":\"events\"}",
        "{\"op\":\"release\"}",
        "{\"op\":\"pause\",\"paused\":false}",
        "{\"op\":\"attach\"}",
        "{\"op\":\"exec-prepare\",\"exec\":\"e\",\"process\":{}}",
        "{\"op\":\"exec-start\",\"exec\":\"e\"}",
        "{\"op\":\"signal\",\"signal\":15}",
        "{\"op\":\"resize\",\"rows\":1,\"columns\":1}",
    };
    for (int i = 0; i < SHIM_OPS; i++) {
        struct shim_request request;
        assert_int_equal(parse(texts[i], &request), 0);
        assert_int_equal(request.op, i);
        shim_request_free(&request);
    }
}

static void anything_else_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "start",
        "[]",
        "{}",
        "{\"op\":1}",
        "{\"op\":\"stop\"}",
        "{\"op\":\"start\",\"force\":true}",
        "{\"op\":\"start\",\"op\":\"release\"}",
        "{\"op\":\"start\"} {}",
        "{\"op\":\"pause\"}",
        "{\"op\":\"pause\",\"paused\":1}",
        "{\"op\":\"signal\"}",
        "{\"op\":\"signal\",\"signal\":0}",
        "{\"op\":\"signal\",\"signal\":65}",
        "{\"op\":\"signal\",\"signal\":-9}",
        "{\"op\":\"signal\",\"signal\":\"KILL\"}",
        "{\"op\":\"signal\",\"signal\":99999999999999}",
        "{\"op\":\"resize\",\"rows\":70000,\"columns\":1}",
        "{\"op\":\"exec-start\"}",
        "{\"op\":\"exec-start\",\"exec\":null}",
        "{\"op\":\"exec-start\",\"exec\":\"\"}",
        "{\"op\":\"exec-prepare\",\"exec\":\"e\",\"process\":[]}",
        "{\"op\":\"exec-prepare\",\"exec\":\"e\"}",
        "{\"op\":\"attach\",\"exec\":7}",
        "{\"op\":\"attach\",\"in\":\"yes\"}",
    };
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct shim_request request;
        assert_int_equal(parse(texts[i], &request), -EPROTO);
    }
}

static void an_id_has_a_bounded_length(void **state)
{
    (void)state;
    char text[512] = "{\"op\":\"exec-start\",\"exec\":\"";
    memset(text + strlen(text), 'a', 200);
    strcat(text, "\"}");
    struct shim_request request;
    assert_int_equal(parse(text, &request), -EPROTO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_fill_their_members),
        cmocka_unit_test(every_operation_is_known),
        cmocka_unit_test(anything_else_is_refused),
        cmocka_unit_test(an_id_has_a_bounded_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
