/* Part of libarchive as it is linked into programs: writing one format of it brings in a table of all, and one of them, xar,
 * would bring libxml2, ICU and the C++ library into each. Nothing here writes xar. */
#include <archive.h>

int archive_write_set_format_xar(struct archive *archive)
{
    (void)archive;
    return ARCHIVE_FATAL;
}
