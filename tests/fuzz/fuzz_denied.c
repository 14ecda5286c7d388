/* Anything as a record of the kernel's log. */
#include "base/memory.h"
#include "observe/denied.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char head[] = "5,1,1,-;audit: type=1326 audit(1:1): pid=1 comm=";
    size_t skip = size && data[0] & 1 ? strlen(head) : 0;
    cleanup_free char *record = xcalloc(1, skip + size + 1);
    memcpy(record, head, skip);
    memcpy(record + skip, data, size);
    struct denied denied;
    if (denied_parse(record, &denied) && (denied.pid <= 0 || strlen(denied.command) >= sizeof denied.command))
        abort();
    return 0;
}
