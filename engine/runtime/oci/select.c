/* Choosing containers; see select.h. */
#include "runtime/oci/select.h"
#include "base/memory.h"
#include "base/strings.h"
#include "runtime/oci/oci.h"

#include <errno.h>
#include <regex.h>

int oci_select(const char *text, bool regex, int (*act)(const char *id, const void *data, struct error *err), const void *data,
               struct error *err)
{
    if (!regex)
        return act(text, data, err);
    regex_t pattern;
    if (regcomp(&pattern, text, REG_EXTENDED | REG_NOSUB))
        return error_set(err, EINVAL, "invalid regular expression \"%s\"", text);
    char **ids cleanup_strv = oci_ids();
    int rc = 0;
    for (size_t i = 0; ids && ids[i]; i++) {
        struct error one = ERROR_INIT;
        int result = regexec(&pattern, ids[i], 0, NULL, 0) == 0 ? act(ids[i], data, &one) : 0;
        if (result < 0 && !rc) {
            rc = result;
            *err = one;
        }
    }
    regfree(&pattern);
    return rc;
}
