/* What authors and other programs write: templates of parameters, texts with {{names}}, and the Markdown of scenarios. */
#include "base/memory.h"
#include "base/strings.h"
#include "labs/parameter.h"
#include "labs/scenario_text.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const unsigned char seed[LAB_SEED] = {1, 2, 3};
    cleanup_free char *text = xstrndup((const char *)data, size), *value = NULL;
    if (!template_problem(text)) {
        value = template_draw(text, seed, "name");
        cleanup_free char *again = template_draw(text, seed, "name");
        if (strcmp(value, again) != 0 || strpbrk(value, "{}"))
            abort();
    }
    struct lab_parameter list[] = {{(char *)"a", NULL, (char *)"{{b}}"}, {(char *)"b", NULL, value}};
    cleanup_free char *filled = parameters_fill(text, list, ARRAY_LEN(list));
    cleanup_strv char **hints = NULL;
    cleanup_free char *plain = scenario_text(text, &hints), *whole = scenario_text(text, NULL);
    if (strlen(plain) > size || strlen(whole) > size)
        abort();
    return 0;
}
