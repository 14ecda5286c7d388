/* An instruction goes on behind an escape character at the end of a line; comments between do not end it, empty lines neither,
 * though Docker warns of them. A directive is a comment of a certain form above everything else.
 */
#include "build/lines.h"

#include "base/go_text.h"
#include "base/memory.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { LINE_MOST = 65535 }; /* what Go's bufio.Scanner takes */

/* One line as it stands there, without its end: "\n" or "\r\n". *whole (may be NULL) is its length with it. */
static int physical(struct lines *lines, const char **start, size_t *len, size_t *whole, struct error *err)
{
    if (!*lines->at)
        return 0;
    *start = lines->at;
    *len = strcspn(*start, "\n");
    if (*len > LINE_MOST)
        return error_set(err, EINVAL, "dockerfile line greater than max allowed size of %d", LINE_MOST);
    size_t all = *len + ((*start)[*len] == '\n');
    if (whole)
        *whole = all;
    lines->at += all;
    lines->number++;
    if (*len && (*start)[*len - 1] == '\r')
        --*len;
    return 1;
}

/* "name=value" of a comment, in lower case the name. */
static bool split_directive(const char *line, char **name, char **value)
{
    if (*line != '#')
        return false;
    const char *p = go_skip_space(line + 1), *start = p;
    while (isalnum((unsigned char)*p))
        p++;
    const char *equals = go_skip_space(p);
    if (!isalpha((unsigned char)*start) || *equals != '=')
        return false;
    if (!*go_skip_space(equals + 1))
        return false;
    *value = go_trim(equals + 1);
    cleanup_free char *written = xstrndup(start, (size_t)(p - start));
    *name = str_lower(written);
    return true;
}

static int take_directive(struct lines *lines, const char *name, const char *value, struct error *err)
{
    bool escape = str_equal(name, "escape"), syntax = str_equal(name, "syntax"), check = str_equal(name, "check");
    if ((escape && lines->seen_escape) || (syntax && lines->syntax) || (check && lines->seen_check))
        return error_set(err, EINVAL, "only one %s parser directive can be used", name);
    lines->no_directive = !escape && !syntax && !check;
    lines->seen_escape |= escape;
    lines->seen_check |= check;
    if (syntax)
        lines->syntax = xstrdup(value);
    if (escape && !str_equal(value, "`") && !str_equal(value, "\\"))
        return error_set(err, EINVAL, "invalid escape token '%s' does not match ` or \\", value);
    if (escape)
        lines->escape = *value;
    return 0;
}

static int look_for_directive(struct lines *lines, const char *line, struct error *err)
{
    cleanup_free char *name = NULL, *value = NULL;
    if (lines->no_directive)
        return 0;
    if (split_directive(line, &name, &value))
        return take_directive(lines, name, value, err);
    lines->no_directive = true;
    return 0;
}

/* Takes the escape character at the end of `text` away, if it stands there and not behind another one. */
static bool continues(struct buf *text, size_t from, char escape)
{
    size_t end = text->len;
    while (end > from && (text->data[end - 1] == ' ' || text->data[end - 1] == '\t'))
        end--;
    if (end == from || text->data[end - 1] != escape || (end - 1 > from && text->data[end - 2] == escape))
        return false;
    text->len = end - 1;
    text->data[text->len] = 0;
    return true;
}

/* What follows a line that goes on. */
static int join(struct lines *lines, struct buf *line, struct error *err)
{
    bool empty = false, more = true;
    const char *start;
    size_t len;
    int r = 0;
    while (more && (r = physical(lines, &start, &len, NULL, err)) > 0) {
        cleanup_free char *text = xstrndup(start, len);
        const char *content = go_skip_space(text);
        if (*content == '#')
            continue;
        if (!*content) {
            empty = true;
            continue;
        }
        size_t from = line->len;
        buf_puts(line, text);
        more = continues(line, from, lines->escape);
    }
    if (empty) {
        strv_add(&lines->warnings, "[WARNING]: Empty continuation line found in:");
        strv_take(&lines->warnings, str_format("    %s", line->data));
    }
    return r;
}

int lines_next(struct lines *lines, struct buf *line, int *first, struct error *err)
{
    const char *start;
    size_t len;
    int r;
    while ((r = physical(lines, &start, &len, NULL, err)) > 0) {
        cleanup_free char *text = xstrndup(start, len);
        const char *content = go_skip_space(text);
        if ((r = look_for_directive(lines, content, err)) < 0)
            return r;
        if (!*content || *content == '#')
            continue;
        *first = lines->number;
        buf_clear(line);
        buf_puts(line, content);
        if (continues(line, 0, lines->escape) && (r = join(lines, line, err)) < 0)
            return r;
        return 1;
    }
    return r;
}

int lines_heredoc(struct lines *lines, struct heredoc *heredoc, struct error *err)
{
    cleanup_buf struct buf content = BUF_INIT;
    const char *start;
    size_t len, whole;
    int r;
    while ((r = physical(lines, &start, &len, &whole, err)) > 0) {
        size_t tabs = heredoc->chomp ? strspn(start, "\t") : 0;
        if (tabs <= len && len - tabs == strlen(heredoc->name) && !memcmp(start + tabs, heredoc->name, len - tabs)) {
            heredoc->content = buf_take(&content);
            return 0;
        }
        buf_add(&content, start, whole);
    }
    return r < 0 ? r : error_set(err, EINVAL, "unterminated heredoc");
}
