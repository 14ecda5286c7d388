/* Hostile tars, unpacked without the chroot that the engine adds: the checks of unpack.c alone have to keep everything below the
 * current directory. After each input a directory beside it, with a known file, must be as it was. */
#include "base/files.h"
#include "base/memory.h"
#include "base/strings.h"
#include "image/unpack.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static char base[64];

static void must(int good, const char *what)
{
    if (!good) {
        fprintf(stderr, "fuzz_tar: %s\n", what);
        abort();
    }
}

static void leave(void)
{
    if (chdir("/") == 0)
        path_remove_tree(base, NULL);
}

static void enter(void)
{
    strcpy(base, "/tmp/slt-fuzz-tar-XXXXXX");
    must(mkdtemp(base) != NULL && chdir(base) == 0 && mkdir("beside", 0755) == 0, "make a place to work in");
    must(file_write("beside/kept", "safe", 4, 0600, NULL) == 0, "make a file to watch");
    atexit(leave);
}

static void check_beside(void)
{
    struct stat st, dir;
    must(stat("../beside/kept", &st) == 0 && st.st_size == 4 && st.st_mode == (S_IFREG | 0600) && st.st_nlink == 1 &&
             st.st_uid == geteuid(),
         "a file outside was touched");
    must(stat("../beside", &dir) == 0 && dir.st_mode == (S_IFDIR | 0755) && dir.st_nlink == 2, "a directory outside was touched");
    must(stat("..", &dir) == 0 && dir.st_mode == (S_IFDIR | 0700) && dir.st_nlink == 4, "the directory above was touched");
}

/* A header's checksum is out of reach of chance, so it is made right: mutations then reach the code behind it. */
static void mend_checksums(unsigned char *data, size_t size)
{
    for (size_t at = 0; at + 512 <= size; at += 512) {
        unsigned char *header = data + at;
        unsigned sum = 0;
        if (memcmp(header + 257, "ustar", 5) != 0)
            continue;
        memset(header + 148, ' ', 8);
        for (int i = 0; i < 512; i++)
            sum += header[i];
        snprintf((char *)header + 148, 7, "%06o", sum);
        header[155] = ' ';
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct unpack_limits limits = {.bytes = 1 << 20, .entries = 64, .whiteouts = true};
    struct unpack_report report;
    cleanup_buf struct buf opaque = BUF_INIT;
    if (!base[0])
        enter();
    cleanup_free unsigned char *copy = memcpy(xmalloc(size + 1), data, size);
    mend_checksums(copy, size);
    cleanup_close int fd = memfd_create("tar", MFD_CLOEXEC);
    must(write_full(fd, copy, size) == 0 && lseek(fd, 0, SEEK_SET) == 0, "write the input");
    must(mkdir("root", 0755) == 0 && chdir("root") == 0, "make a root");
    unpack_here(&(struct unpack_input){.fd = fd}, &limits, -1, &report, &opaque);
    must(report.code == 0 || report.message[0], "a failure has no message");
    must(report.code != 0 || strlen(report.diff_id) == DIGEST_TEXT - 1, "a success has no diff ID");
    check_beside();
    must(chdir("..") == 0 && path_remove_tree("root", NULL) == 0, "remove the root");
    return 0;
}

/* Beside libFuzzer's own mutations: whole entries, put in front or at the end, with names and targets that try the ways out. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned int seed);

static void put_header(unsigned char *header, const char *name, char type, const char *link)
{
    memset(header, 0, 512);
    snprintf((char *)header, 100, "%s", name);
    memcpy(header + 100, "0000755", 7);
    memcpy(header + 108, "0000000", 7);
    memcpy(header + 116, "0000000", 7);
    memcpy(header + 124, "00000000000", 11);
    memcpy(header + 136, "14000000000", 11);
    header[156] = (unsigned char)type;
    snprintf((char *)header + 157, 100, "%s", link);
    memcpy(header + 257, "ustar\00000", 8);
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned int seed)
{
    static const char *const names[] = {"a",      "a/b", "link", "link/x", "../beside/kept", "a/../../beside/kept",
                                        "/tmp/x", ".",   "./",   "a//b"};
    static const char *const links[] = {"", "..", "../beside", "../beside/kept", "/", "a", "link", "."};
    static const char types[] = "0123456xgLKS";
    if (seed % 4 || size + 512 > most)
        return LLVMFuzzerMutate(data, size, most);
    unsigned char header[512];
    put_header(header, names[seed / 4 % ARRAY_LEN(names)], types[seed / 64 % (sizeof types - 1)],
               links[seed / 1024 % ARRAY_LEN(links)]);
    if (seed & 16)
        memmove(data + 512, data, size);
    memcpy(seed & 16 ? data : data + size / 512 * 512, header, 512);
    return seed & 16 ? size + 512 : size / 512 * 512 + 512;
}
