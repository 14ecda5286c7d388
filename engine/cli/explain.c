/* One step: its number, how long it took, what was done to what, how it ended, and the shell command that would do the same. */
#include "cli/explain.h"

#include "base/json.h"
#include "base/memory.h"
#include "cli/format.h"

#include <string.h>

#define BOLD  "\033[1m"
#define DIM   "\033[2m"
#define CYAN  "\033[36m"
#define GREEN "\033[32m"
#define RED   "\033[31m"
#define PLAIN "\033[0m"

static const char *paint(const struct explain *explain, const char *code) { return explain->colour ? code : ""; }

/* Four figures and a unit, always nine columns wide: "  12.3 us". */
static void duration(long long ns, char out[16])
{
    if (ns < 1000)
        snprintf(out, 16, "%6d ns", (int)ns);
    else if (ns < 1000000)
        snprintf(out, 16, "%6.1f us", (double)ns / 1e3);
    else if (ns < 1000000000)
        snprintf(out, 16, "%6.1f ms", (double)ns / 1e6);
    else
        snprintf(out, 16, "%6.1f s ", (double)ns / 1e9 > 99999 ? 99999 : (double)ns / 1e9);
}

static void heading(struct explain *explain, const char *phase)
{
    if (str_empty(phase) || str_equal(phase, explain->phase))
        return;
    snprintf(explain->phase, sizeof explain->phase, "%s", phase);
    fprintf(explain->out, "%s%s%s\n", paint(explain, BOLD), phase, paint(explain, PLAIN));
}

void explain_step(struct explain *explain, const json_t *step)
{
    char time[16];
    long long result = json_num(step, "result", 0), ns = json_num(step, "duration_ns", 0);
    const char *error = json_str(step, "error", ""), *command = json_str(step, "command", "");
    cleanup_free char *object = cli_brief_ids(json_str(step, "object", ""));
    heading(explain, json_str(step, "phase", ""));
    duration(ns, time);
    explain->total_ns += ns;
    fprintf(explain->out, "%s%4d  %s%s  %s%-16s%s  %-48s  %s%s%s\n", paint(explain, DIM), ++explain->count, time,
            paint(explain, PLAIN), paint(explain, BOLD), json_str(step, "what", ""), paint(explain, PLAIN), object,
            paint(explain, result < 0 ? RED : GREEN), result < 0 ? str_or(error, "failed") : "ok", paint(explain, PLAIN));
    if (*command)
        fprintf(explain->out, "                 %s$ %s%s\n", paint(explain, CYAN), command, paint(explain, PLAIN));
}

void explain_feed(void *data, const char *bytes, size_t len)
{
    struct explain *explain = data;
    buf_add(&explain->partial, bytes, len);
    char *start = explain->partial.data, *end;
    while (start && (end = memchr(start, '\n', (size_t)(explain->partial.data + explain->partial.len - start)))) {
        cleanup_json json_t *step = json_loadb(start, (size_t)(end - start), 0, NULL);
        if (step)
            explain_step(explain, step);
        start = end + 1;
    }
    if (start)
        buf_consume(&explain->partial, (size_t)(start - explain->partial.data));
    fflush(explain->out);
}

void explain_summary(struct explain *explain)
{
    char time[16];
    if (!explain->count)
        return;
    duration(explain->total_ns, time);
    fprintf(explain->out, "%s%d steps, %s in the kernel%s\n", paint(explain, DIM), explain->count, time + strspn(time, " "),
            paint(explain, PLAIN));
}

void explain_free(struct explain *explain) { buf_free(&explain->partial); }
