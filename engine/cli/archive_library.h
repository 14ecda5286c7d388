/* The functions of libarchive that `cp` and `build` call, loaded when they are needed: linked, the library and all that it needs
 * would be loaded at the start of every command. */
#ifndef SLIPWAY_CLI_ARCHIVE_LIBRARY_H
#define SLIPWAY_CLI_ARCHIVE_LIBRARY_H

#include "base/error.h"

#include <archive.h>
#include <archive_entry.h>

#define ARCHIVE_FUNCTIONS(X)                                                                                                       \
    X(archive_entry_copy_hardlink)                                                                                                 \
    X(archive_entry_copy_pathname)                                                                                                 \
    X(archive_entry_copy_stat)                                                                                                     \
    X(archive_entry_copy_symlink)                                                                                                  \
    X(archive_entry_filetype)                                                                                                      \
    X(archive_entry_free)                                                                                                          \
    X(archive_entry_hardlink)                                                                                                      \
    X(archive_entry_linkify)                                                                                                       \
    X(archive_entry_linkresolver_free)                                                                                             \
    X(archive_entry_linkresolver_new)                                                                                              \
    X(archive_entry_linkresolver_set_strategy)                                                                                     \
    X(archive_entry_new)                                                                                                           \
    X(archive_entry_pathname)                                                                                                      \
    X(archive_entry_set_size)                                                                                                      \
    X(archive_entry_size)                                                                                                          \
    X(archive_entry_xattr_add_entry)                                                                                               \
    X(archive_error_string)                                                                                                        \
    X(archive_format)                                                                                                              \
    X(archive_read_data_block)                                                                                                     \
    X(archive_read_free)                                                                                                           \
    X(archive_read_new)                                                                                                            \
    X(archive_read_next_header)                                                                                                    \
    X(archive_read_open)                                                                                                           \
    X(archive_read_support_format_tar)                                                                                             \
    X(archive_set_error)                                                                                                           \
    X(archive_write_add_filter_gzip)                                                                                               \
    X(archive_write_close)                                                                                                         \
    X(archive_write_data)                                                                                                          \
    X(archive_write_data_block)                                                                                                    \
    X(archive_write_disk_new)                                                                                                      \
    X(archive_write_disk_set_options)                                                                                              \
    X(archive_write_fail)                                                                                                          \
    X(archive_write_finish_entry)                                                                                                  \
    X(archive_write_free)                                                                                                          \
    X(archive_write_header)                                                                                                        \
    X(archive_write_new)                                                                                                           \
    X(archive_write_open_fd)                                                                                                       \
    X(archive_write_set_bytes_in_last_block)                                                                                       \
    X(archive_write_set_bytes_per_block)                                                                                           \
    X(archive_write_set_format_option)                                                                                             \
    X(archive_write_set_format_pax_restricted)                                                                                     \
    X(archive_write_set_format_raw)

struct archive_library {
#define X(name) __typeof__(name) *name;
    ARCHIVE_FUNCTIONS(X)
#undef X
};

/* NULL, ENOSYS, when it is not installed. */
const struct archive_library *archive_library(struct error *err);

#endif
