/* Addresses: taken apart and put together by libcurl, which is also what will connect to them. */
#include "image/registry/web.h"

#include "base/memory.h"
#include "image/registry/curl_library.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static bool is_web(const char *scheme) { return str_equal(scheme, "http") || str_equal(scheme, "https"); }

static char *part(const struct curl_library *curl, CURLU *url, CURLUPart which, unsigned flags)
{
    char *text = NULL;
    if (curl->url_get(url, which, &text, flags) != CURLUE_OK)
        return NULL;
    char *copy = xstrdup(text);
    curl->free(text);
    return copy;
}

/* `base` may be NULL. */
static CURLU *parse(const struct curl_library *curl, const char *base, const char *text)
{
    CURLU *url = curl->url();
    bool good = url && (!base || curl->url_set(url, CURLUPART_URL, base, 0) == CURLUE_OK) &&
                curl->url_set(url, CURLUPART_URL, text, 0) == CURLUE_OK;
    cleanup_free char *scheme = good ? part(curl, url, CURLUPART_SCHEME, 0) : NULL;
    if (scheme && is_web(scheme))
        return url;
    curl->url_cleanup(url);
    return NULL;
}

char *url_resolve(const char *base, const char *text)
{
    const struct curl_library *curl = curl_library(NULL);
    CURLU *url = curl ? parse(curl, base, text) : NULL;
    if (!url)
        return NULL;
    char *whole = part(curl, url, CURLUPART_URL, 0);
    curl->url_cleanup(url);
    return whole;
}

bool url_host(const char *text, char **host, char **port)
{
    const struct curl_library *curl = curl_library(NULL);
    CURLU *url = curl ? parse(curl, NULL, text) : NULL;
    if (!url)
        return false;
    *host = part(curl, url, CURLUPART_HOST, 0);
    *port = part(curl, url, CURLUPART_PORT, CURLU_DEFAULT_PORT);
    curl->url_cleanup(url);
    size_t len = *host ? strlen(*host) : 0;
    if (len > 2 && **host == '[') { /* an IPv6 address */
        memmove(*host, *host + 1, len - 2);
        (*host)[len - 2] = '\0';
    }
    return *host && *port;
}

bool url_same_place(const char *a, const char *b)
{
    cleanup_free char *host_a = NULL, *port_a = NULL, *host_b = NULL, *port_b = NULL;
    return url_host(a, &host_a, &port_a) && url_host(b, &host_b, &port_b) && strcasecmp(host_a, host_b) == 0 &&
           str_equal(port_a, port_b) && str_starts(a, "https") == str_starts(b, "https");
}

char *url_with(const char *url, const char *more) { return str_format("%s%c%s", url, strchr(url, '?') ? '&' : '?', more); }

char *url_escape(const char *text)
{
    struct buf out = BUF_INIT;
    for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
        if (isalnum(*p) || strchr("-_.~", *p))
            buf_putc(&out, (char)*p);
        else
            buf_printf(&out, "%%%02X", *p);
    }
    return buf_take(&out);
}
