/* Templates of any kind over a container's document: nothing crashes, leaks, runs away or writes without end. */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "cli/go_type.h"
#include "cli/template.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

static const char DOCUMENT[] =
    "{\"Id\":\"0123456789ab\",\"Name\":\"/"
    "web\",\"State\":{\"Status\":\"running\",\"Running\":true,\"Pid\":42},\"Mounts\":[{\"Type\":"
    "\"bind\",\"RW\":true}],\"Config\":{\"Cmd\":[\"sh\",\"-c\"],\"Env\":null,\"Labels\":{\"a\":\"1\",\"b\":\"2\"}},\"SizeRw\":1.5,"
    "\"NetworkSettings\":{\"Ports\":{\"80/tcp\":[{\"HostIp\":\"0.0.0.0\",\"HostPort\":\"80\"}],\"81/tcp\":null}}}";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static json_t *document;
    if (!document)
        document = json_parse(DOCUMENT, strlen(DOCUMENT), "document", NULL);
    const struct template_subject subjects[] = {{.schema = &go_container}, {.raw = true}, {.type = "*formatter.Context"}};
    cleanup_free char *text = xstrndup((const char *)data, size);
    struct error err = ERROR_INIT;
    cleanup_template struct template *template = template_parse(text, &err);
    assert(template || err.code);
    for (size_t i = 0; template && i < ARRAY_LEN(subjects); i++) {
        cleanup_buf struct buf out = BUF_INIT;
        template_run(template, document, &subjects[i], &out, NULL);
    }
    return 0;
}
