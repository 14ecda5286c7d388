/* Builds the one message that a failure carries up to the person who reads it. */
#include "base/error.h"

#include <stdio.h>
#include <string.h>

static void message_add(struct error *err, size_t at, const char *format, va_list args)
{
    if (at < sizeof err->message)
        vsnprintf(err->message + at, sizeof err->message - at, format, args);
}

int error_set(struct error *err, int code, const char *format, ...)
{
    if (err) {
        va_list args;
        va_start(args, format);
        err->code = code;
        message_add(err, 0, format, args);
        va_end(args);
    }
    return -code;
}

int error_errno(struct error *err, int code, const char *format, ...)
{
    if (err) {
        va_list args;
        va_start(args, format);
        err->code = code;
        message_add(err, 0, format, args);
        va_end(args);
        size_t used = strlen(err->message);
        snprintf(err->message + used, sizeof err->message - used, ": %s", strerror(code));
    }
    return -code;
}

int error_prefix(struct error *err, const char *format, ...)
{
    if (!err)
        return -1;
    char old[sizeof err->message];
    memcpy(old, err->message, sizeof old);
    va_list args;
    va_start(args, format);
    message_add(err, 0, format, args);
    va_end(args);
    size_t used = strlen(err->message);
    snprintf(err->message + used, sizeof err->message - used, ": %.*s", (int)(sizeof old - 1), old);
    return -err->code;
}
