/* gzip (RFC 1952) decompressed by libisal, one member or several behind each other: 500 to 650 MB/s of output where zlib gives 230
 * to 270, so that writing the files is what a layer's time goes to. */
#ifndef SLIPWAY_IMAGE_GUNZIP_H
#define SLIPWAY_IMAGE_GUNZIP_H

#include <stddef.h>
#include <sys/types.h>

struct gunzip;
/* `read_more` fills as much of `room` as there is input: less means that the input has ended; negative with errno set. */
struct gunzip *gunzip_new(ssize_t (*read_more)(void *data, char *out, size_t room), void *data);
void gunzip_free(struct gunzip *gunzip); /* NULL is fine */
/* As much of `room` as there is; 0 at the end, -1 when gunzip_problem says what is wrong. What follows the last member is ignored,
 * as by gzip. */
ssize_t gunzip_read(struct gunzip *gunzip, char *out, size_t room);
const char *gunzip_problem(const struct gunzip *gunzip);

#endif
