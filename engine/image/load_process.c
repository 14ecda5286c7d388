/* The process that takes the outer tar of saved images apart: this very program, started again under the name below. It reads
 * standard input and writes what load.h describes to standard output; a filter leaves it nothing else to do but ask for memory.
 * What kind of file it has before it, it tells from its first bytes. */
#include "image/load.h"

#include "base/files.h"
#include "base/memory.h"
#include "base/strings.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <locale.h>
#include <nettle/sha2.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

const char load_process_name[] = "slipway-load";

/* More than any saved image has; a sparse file of the tar counts in full. */
enum { READ_BLOCK = 1 << 18, ENTRIES_MOST = 200000, LOOK_AT = 512 };
static const int64_t bytes_most = 256LL << 30;

struct work {
    struct archive *plain; /* decompresses; NULL: there is nothing to decompress, and the archive is a file */
    struct archive *tar;
    bool broken; /* what `plain` reads */
    int64_t bytes, entries;
    int64_t whole; /* length of that file */
    char name[LOAD_NAME_MOST + 1];
    struct load_head failure;
    char message[512];
};

static bool fail(struct work *work, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));
static bool fail(struct work *work, int code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(work->message, sizeof work->message, format, args);
    va_end(args);
    work->failure = (struct load_head){.kind = LOAD_FAILED, .code = code};
    return false;
}

static bool fail_reading(struct work *work)
{
    const char *why = str_or(archive_error_string(work->broken ? work->plain : work->tar), "unexpected end of file");
    if (work->name[0])
        return fail(work, EINVAL, "corrupt archive after entry %lld (%s): %s", (long long)work->entries, work->name, why);
    return fail(work, EINVAL, "corrupt archive: %s", why);
}

/* Nobody to tell when this fails: the daemon has gone or has had enough. */
static void put(const void *bytes, size_t len)
{
    if (write_full(STDOUT_FILENO, bytes, len) < 0)
        _exit(1);
}

static void put_piece(struct sha256_ctx *hash, const void *bytes, size_t len)
{
    for (const char *at = bytes; len > 0;) {
        uint32_t piece = len < LOAD_PIECE_MOST ? (uint32_t)len : LOAD_PIECE_MOST;
        put(&piece, sizeof piece);
        put(at, piece);
        if (hash)
            sha256_update(hash, piece, (const uint8_t *)at);
        at += piece;
        len -= piece;
    }
}

static enum load_look look_at(const unsigned char *bytes, size_t len)
{
    static const struct {
        const char *magic;
        size_t len, at;
        enum load_look look;
    } known[] = {
        {"ustar", 5, 257, LOOKS_LIKE_TAR},       {"\x1f\x8b", 2, 0, LOOKS_COMPRESSED}, {"\x28\xb5\x2f\xfd", 4, 0, LOOKS_COMPRESSED},
        {"\xfd\x37zXZ", 5, 0, LOOKS_COMPRESSED}, {"BZh", 3, 0, LOOKS_COMPRESSED},
    };
    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        if (len >= known[i].at + known[i].len && memcmp(bytes + known[i].at, known[i].magic, known[i].len) == 0)
            return known[i].look;
    /* A zstd stream may begin with a skippable frame. */
    if (len >= 4 && (bytes[0] & 0xf0) == 0x50 && memcmp(bytes + 1, "\x2a\x4d\x18", 3) == 0)
        return LOOKS_COMPRESSED;
    size_t blank = 0;
    while (blank < len && strchr(" \t\r\n", bytes[blank]) && bytes[blank])
        blank++;
    if (blank < len && (bytes[blank] == '{' || bytes[blank] == '['))
        return LOOKS_LIKE_JSON;
    /* An empty layer is a tar of zeros, and old tars have no magic: who needs it as a layer will see. */
    return len >= LOOK_AT ? LOOKS_LIKE_TAR : LOOKS_OTHER;
}

struct file {
    struct load_head head;
    struct sha256_ctx hash;
    bool begun;
    int64_t position;
    unsigned char first[LOOK_AT];
    size_t first_len;
};

static void put_head(const struct work *work, const struct load_head *head)
{
    put(head, sizeof *head);
    put(work->name, head->name_len);
}

static void begin(struct work *work, struct file *file)
{
    file->begun = true;
    file->head.look = (char)look_at(file->first, file->first_len);
    put_head(work, &file->head);
    sha256_init(&file->hash);
    put_piece(file->head.look == LOOKS_COMPRESSED ? &file->hash : NULL, file->first, file->first_len);
}

static void add(struct work *work, struct file *file, const void *bytes, size_t len)
{
    if (!file->begun) {
        size_t take = LOOK_AT - file->first_len < len ? LOOK_AT - file->first_len : len;
        memcpy(file->first + file->first_len, bytes, take);
        file->first_len += take;
        if (file->first_len < LOOK_AT)
            return;
        begin(work, file);
        bytes = (const char *)bytes + take;
        len -= take;
    }
    put_piece(file->head.look == LOOKS_COMPRESSED ? &file->hash : NULL, bytes, len);
}

static bool add_hole(struct work *work, struct file *file, int64_t until)
{
    static const char zeros[1 << 16];
    while (file->position < until) {
        int64_t left = until - file->position;
        size_t len = left < (int64_t)sizeof zeros ? (size_t)left : sizeof zeros;
        add(work, file, zeros, len);
        file->position += (int64_t)len;
    }
    return true;
}

/* What is a layer, or nothing of interest, stays where it is. What has to be read to be understood or hashed, and what is not there
 * in one piece, does not. */
static bool leave_in_place(struct work *work, struct archive_entry *entry, struct load_head *head)
{
    unsigned char first[LOOK_AT];
    int64_t at = archive_filter_bytes(work->tar, 0);
    if (work->plain || head->size == 0 || archive_entry_sparse_count(entry) > 0 || at > work->whole - head->size)
        return false;
    ssize_t got = pread(STDIN_FILENO, first, head->size < LOOK_AT ? (size_t)head->size : LOOK_AT, at);
    head->look = (char)look_at(first, got > 0 ? (size_t)got : 0);
    if (head->look != LOOKS_LIKE_TAR && head->look != LOOKS_OTHER)
        return false;
    head->at = at;
    return true;
}

static bool send_file(struct work *work, struct archive_entry *entry)
{
    struct file file = {.head = {.kind = LOAD_FILE, .name_len = (uint16_t)strlen(work->name), .size = archive_entry_size(entry)}};
    const void *block;
    size_t len;
    la_int64_t offset;
    int r;
    if (file.head.size < 0 || file.head.size > bytes_most - work->bytes)
        return fail(work, EFBIG, "the archive holds more than %lld bytes", (long long)bytes_most);
    work->bytes += file.head.size;
    if (leave_in_place(work, entry, &file.head)) {
        put_head(work, &file.head);
        return archive_read_data_skip(work->tar) == ARCHIVE_OK || fail_reading(work);
    }
    while ((r = archive_read_data_block(work->tar, &block, &len, &offset)) == ARCHIVE_OK) {
        if (offset < file.position || offset + (int64_t)len > file.head.size) {
            if (file.begun)
                put(&(uint32_t){LOAD_BREAKS_OFF}, sizeof(uint32_t));
            return fail(work, EINVAL, "corrupt archive: the map of sparse file %s is wrong", work->name);
        }
        add_hole(work, &file, offset);
        add(work, &file, block, len);
        file.position += (int64_t)len;
    }
    if (r != ARCHIVE_EOF) {
        if (file.begun)
            put(&(uint32_t){LOAD_BREAKS_OFF}, sizeof(uint32_t));
        return fail_reading(work);
    }
    add_hole(work, &file, file.head.size);
    if (!file.begun)
        begin(work, &file);
    char digest[DIGEST_TEXT] = "";
    if (file.head.look == LOOKS_COMPRESSED) {
        unsigned char raw[SHA256_DIGEST_SIZE];
        sha256_digest(&file.hash, sizeof raw, raw);
        memcpy(digest, "sha256:", 7);
        str_hex(raw, sizeof raw, digest + 7);
    }
    const uint32_t last = 0;
    put(&last, sizeof last);
    put(digest, sizeof digest);
    return true;
}

static bool send_link(struct work *work, const char *target, enum load_look look)
{
    struct load_head head = {
        .kind = LOAD_LINK, .look = (char)look, .name_len = (uint16_t)strlen(work->name), .target_len = (uint16_t)strlen(target)};
    put_head(work, &head);
    put(target, head.target_len);
    return true;
}

static bool send_entry(struct work *work, struct archive_entry *entry)
{
    const char *path = archive_entry_pathname(entry), *hard = archive_entry_hardlink(entry);
    const char *soft = archive_entry_filetype(entry) == AE_IFLNK ? archive_entry_symlink(entry) : NULL;
    if (!path || !*path || strlen(path) > LOAD_NAME_MOST)
        return fail(work, EINVAL, "entry %lld of the archive has no usable name", (long long)work->entries);
    snprintf(work->name, sizeof work->name, "%s", path);
    if (++work->entries > ENTRIES_MOST)
        return fail(work, EFBIG, "the archive has more than %d entries", ENTRIES_MOST);
    const char *target = hard ? hard : soft;
    if (target && strlen(target) > LOAD_NAME_MOST)
        return fail(work, EINVAL, "entry %s links to a name that is too long", work->name);
    if (target)
        return send_link(work, target, hard ? LOOKS_HARD : LOOKS_OTHER);
    return archive_entry_filetype(entry) == AE_IFREG ? send_file(work, entry) : true;
}

/* archive_read_callback of the second reader: the next block of the first. */
static ssize_t next_block(struct archive *tar, void *data, const void **block)
{
    struct work *work = data;
    size_t len = 0;
    la_int64_t offset;
    int r;
    do
        r = archive_read_data_block(work->plain, block, &len, &offset);
    while (r == ARCHIVE_OK && len == 0);
    if (r == ARCHIVE_EOF)
        return 0;
    if (r == ARCHIVE_OK)
        return (ssize_t)len;
    work->broken = true;
    archive_set_error(tar, EINVAL, "%s", str_or(archive_error_string(work->plain), "cannot decompress"));
    return -1;
}

/* A plain tar that is a file is read without the first reader: of what stays in place nothing at all is read then. */
static bool open_file(struct work *work)
{
    struct stat st;
    unsigned char first[LOOK_AT];
    if (fstat(STDIN_FILENO, &st) < 0 || !S_ISREG(st.st_mode) || lseek(STDIN_FILENO, 0, SEEK_CUR) != 0)
        return false;
    ssize_t got = pread(STDIN_FILENO, first, sizeof first, 0);
    if (got < LOOK_AT || look_at(first, (size_t)got) != LOOKS_LIKE_TAR)
        return false;
    work->whole = st.st_size;
    work->tar = archive_read_new();
    archive_read_support_format_tar(work->tar);
    return true;
}

static bool open_tar(struct work *work)
{
    struct archive_entry *whole;
    if (open_file(work))
        return archive_read_open_fd(work->tar, STDIN_FILENO, READ_BLOCK) == ARCHIVE_OK || fail_reading(work);
    work->plain = archive_read_new();
    archive_read_support_filter_gzip(work->plain);
    archive_read_support_filter_bzip2(work->plain);
    archive_read_support_filter_xz(work->plain);
    archive_read_support_filter_zstd(work->plain);
    archive_read_support_format_raw(work->plain);
    archive_read_support_format_empty(work->plain);
    work->broken = true;
    if (archive_read_open_fd(work->plain, STDIN_FILENO, READ_BLOCK) != ARCHIVE_OK)
        return fail_reading(work);
    int r = archive_read_next_header(work->plain, &whole);
    if (r != ARCHIVE_OK)
        return r == ARCHIVE_EOF ? fail(work, EINVAL, "the archive is empty: unexpected EOF") : fail_reading(work);
    work->broken = false;
    work->tar = archive_read_new();
    archive_read_support_format_tar(work->tar);
    return archive_read_open(work->tar, work, NULL, next_block, NULL) == ARCHIVE_OK || fail_reading(work);
}

/* What follows the tar's end has to be good, too: a compressed stream has its checksum there. */
static bool read_all(struct work *work)
{
    struct archive_entry *entry;
    const void *rest;
    ssize_t left;
    int r;
    if (!open_tar(work))
        return false;
    while ((r = archive_read_next_header(work->tar, &entry)) == ARCHIVE_OK || r == ARCHIVE_WARN)
        if (!send_entry(work, entry))
            return false;
    if (r != ARCHIVE_EOF)
        return fail_reading(work);
    do
        left = work->plain ? next_block(work->tar, work, &rest) : 0;
    while (left > 0);
    return left == 0 || fail_reading(work);
}

static const char *const allowed[] = {
    "read",         "readv",   "pread64",   "write",    "writev",      "close",       "mmap",           "mremap",
    "munmap",       "madvise", "brk",       "fstat",    "newfstatat",  "lseek",       "exit",           "exit_group",
    "rt_sigreturn", "futex",   "getrandom", "mprotect", "sigaltstack", "sched_yield", "rt_sigprocmask", "restart_syscall"};

static int filter(void)
{
    scmp_filter_ctx context = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    int r = context ? 0 : -ENOMEM;
    for (size_t i = 0; r == 0 && i < ARRAY_LEN(allowed); i++) {
        int number = seccomp_syscall_resolve_name(allowed[i]);
        bool maps = str_equal(allowed[i], "mmap") || str_equal(allowed[i], "mprotect");
        if (number >= 0 && maps)
            r = seccomp_rule_add(context, SCMP_ACT_ALLOW, number, 1, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
        else if (number >= 0)
            r = seccomp_rule_add(context, SCMP_ACT_ALLOW, number, 0);
    }
    if (r == 0)
        r = seccomp_load(context);
    seccomp_release(context);
    return r;
}

static const char *confine(void)
{
    const struct rlimit none = {0, 0}, memory = {1 << 30, 1 << 30};
    setlocale(LC_CTYPE, "C.UTF-8"); /* names in pax headers are UTF-8 and shall stay what they are */
    setrlimit(RLIMIT_CORE, &none);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    setrlimit(RLIMIT_AS, &memory);
#endif
    (void)memory;
    cap_t nothing = cap_init();
    int r = cap_set_proc(nothing);
    cap_free(nothing);
    if (r < 0)
        return "drop capabilities";
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return "no_new_privs";
    return filter() < 0 ? "seccomp" : NULL;
}

__attribute__((constructor)) static void load_process(int argc, char **argv)
{
    if (argc != 1 || !str_equal(argv[0], load_process_name))
        return;
    static struct work work;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_NAME, argv[0]); /* the kernel has called it by the number of a descriptor */
    const char *failed = confine();
    if (failed)
        fail(&work, errno, "confine the loading process: %s: %s", failed, strerror(errno));
    struct load_head last = {.kind = LOAD_END};
    if (failed || !read_all(&work)) {
        last = work.failure;
        last.name_len = (uint16_t)strlen(work.message);
    }
    put(&last, sizeof last);
    put(work.message, last.name_len);
    _exit(0);
}
