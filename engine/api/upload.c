/* Uploads (docker import, load): the connection's thread writes into a pipe, a second thread consumes. When the consumer gives up
 * early the rest of the body is read and dropped, so that the client can read our answer. */
#include "api/upload.h"

#include "base/files.h"
#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

enum { PIPE_ROOM = 1 << 20 };

struct upload {
    struct request *request;
    pthread_t thread;
    bool joined, closed;
    int write_end, read_end;
    json_t *result;
    struct error err;
};

static void *consume(void *data)
{
    struct upload *upload = data;
    upload->result = upload->request->route->consume(upload->request, upload->read_end, &upload->err);
    upload->read_end = fd_close(upload->read_end);
    return NULL;
}

struct upload *upload_start(struct request *request)
{
    struct upload *upload = xcalloc(1, sizeof *upload);
    int ends[2];
    upload->request = request;
    upload->write_end = upload->read_end = -EBADF;
    upload->joined = true;
    if (pipe2(ends, O_CLOEXEC) < 0) {
        error_errno(&upload->err, errno, "pipe");
        return upload;
    }
    (void)fcntl(ends[0], F_SETPIPE_SZ, PIPE_ROOM); /* uploads are mostly large */
    upload->read_end = ends[0];
    upload->write_end = ends[1];
    int rc = pthread_create(&upload->thread, NULL, consume, upload);
    upload->joined = rc != 0;
    upload->closed = rc != 0; /* nobody reads: the pipe would fill and stay full */
    if (rc)
        error_errno(&upload->err, rc, "starting a thread");
    return upload;
}

void upload_write(struct upload *upload, const char *data, size_t len)
{
    if (!upload->closed && write_full(upload->write_end, data, len) < 0)
        upload->closed = true;
}

static void join(struct upload *upload)
{
    upload->write_end = fd_close(upload->write_end);
    if (!upload->joined)
        pthread_join(upload->thread, NULL);
    upload->joined = true;
}

json_t *upload_result(struct request *request, struct error *err)
{
    join(request->upload);
    if (!request->upload->result)
        *err = request->upload->err;
    return json_incref(request->upload->result);
}

void upload_free(struct upload *upload)
{
    if (!upload)
        return;
    join(upload);
    fd_close(upload->read_end);
    json_decref(upload->result);
    free(upload);
}
