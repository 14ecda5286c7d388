/* An address for `import`: fetched whole before anything is done with it. */
#include "api/fetch.h"

#include "base/files.h"
#include "base/memory.h"
#include "base/strings.h"
#include "image/registry/web.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static int keep(void *data, int status, const char *bytes, size_t len, struct error *err)
{
    (void)status;
    int r = write_full(*(int *)data, bytes, len);
    return r < 0 ? error_errno(err, -r, "keep a download") : 0;
}

int fetch_open(const char *directory, const char *url, struct error *err)
{
    cleanup_free char *whole = url[strcspn(url, " \r\n\t")] ? NULL : url_resolve(NULL, url);
    if (!whole)
        return error_set(err, EINVAL, "invalid import source: %s is neither - nor an http or https address", url);
    cleanup_close int fd = file_nameless(directory, err);
    const struct web_options options = {0};
    struct web *web = fd < 0 ? NULL : web_new(&options, err);
    if (!web)
        return -err->code;
    struct web_answer answer = {0};
    const struct web_request request = {.method = "GET", .url = whole, .sink = keep, .sink_data = &fd};
    int r = web_ask(web, &request, &answer, err);
    if (r == 0 && answer.status != 200)
        r = error_set(err, EIO, "failed to GET %s with status %d %s", url, answer.status, answer.reason);
    web_answer_clear(&answer);
    web_free(web);
    if (r < 0)
        return r;
    lseek(fd, 0, SEEK_SET);
    return move_fd(fd);
}
