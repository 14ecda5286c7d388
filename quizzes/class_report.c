/* The gradebook as one HTML file: no scripts, no fonts, no pictures from elsewhere; the plots are SVG inside it. */
#include "quizzes/class_work.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"

#include <math.h>
#include <stdio.h>
#include <time.h>

enum { BINS = 10, PLOT_WIDTH = 360, PLOT_HEIGHT = 140, BASE = 120, BAR = 34 };

static void escaped(FILE *out, const char *text)
{
    cleanup_free char *shown = text_shown(text);
    for (const char *p = shown; *p; p++)
        switch (*p) {
        case '&':
            fputs("&amp;", out);
            break;
        case '<':
            fputs("&lt;", out);
            break;
        case '>':
            fputs("&gt;", out);
            break;
        case '"':
            fputs("&quot;", out);
            break;
        default:
            putc(*p, out);
        }
}

static double value_of(const json_t *student, ssize_t column)
{
    const json_t *mark =
        column < 0 ? json_object_get(student, "course") : json_array_get(json_object_get(student, "marks"), (size_t)column);
    return json_is_number(mark) ? json_number_value(mark) : NAN;
}

/* How many got how much, in tens of percent. Column -1 is the course mark. */
static void plot(FILE *out, const json_t *students, ssize_t column, const char *title)
{
    int bins[BINS] = {0}, most = 1, count = 0;
    double sum = 0;
    size_t i;
    json_t *student;
    json_array_foreach(students, i, student)
    {
        double mark = value_of(student, column);
        if (isnan(mark))
            continue;
        int bin = mark >= 100 ? BINS - 1 : (int)(mark / 10);
        most = ++bins[bin] > most ? bins[bin] : most;
        sum += mark;
        count++;
    }
    fprintf(out, "<figure><svg viewBox=\"0 0 %d %d\" width=\"%d\" role=\"img\"><title>", PLOT_WIDTH, PLOT_HEIGHT, PLOT_WIDTH);
    escaped(out, title);
    fputs("</title>", out);
    for (int bin = 0; bin < BINS; bin++) {
        int height = bins[bin] * 100 / most, x = 10 + bin * BAR;
        fprintf(out, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"/>", x, BASE - height, BAR - 4, height);
        if (bins[bin])
            fprintf(out, "<text x=\"%d\" y=\"%d\">%d</text>", x + BAR / 2 - 2, BASE - height - 3, bins[bin]);
        fprintf(out, "<text x=\"%d\" y=\"%d\">%d</text>", x + BAR / 2 - 2, BASE + 13, bin * 10);
    }
    fprintf(out, "<line x1=\"8\" y1=\"%d\" x2=\"%d\" y2=\"%d\"/></svg><figcaption>", BASE, PLOT_WIDTH - 8, BASE);
    escaped(out, title);
    if (count)
        fprintf(out, ": %d marks, mean %.1f %%", count, sum / count);
    else
        fputs(": no marks yet", out);
    fputs("</figcaption></figure>\n", out);
}

static void cell(FILE *out, double mark)
{
    if (isnan(mark))
        fputs("<td class=\"none\">\xe2\x80\x93</td>", out);
    else
        fprintf(out, "<td>%.1f</td>", mark);
}

static void table(FILE *out, const json_t *students, const json_t *works)
{
    size_t i, k;
    json_t *student, *work;
    fputs("<table><thead><tr><th>Student</th>", out);
    json_array_foreach(works, i, work)
    {
        fputs("<th>", out);
        escaped(out, json_str(work, "title", ""));
        fputs("</th>", out);
    }
    fputs("<th>Course</th></tr></thead><tbody>\n", out);
    json_array_foreach(students, i, student)
    {
        fputs("<tr><td>", out);
        escaped(out, json_str(student, "name", ""));
        fputs("</td>", out);
        json_array_foreach(works, k, work) cell(out, value_of(student, (ssize_t)k));
        cell(out, value_of(student, -1));
        fputs("</tr>\n", out);
    }
    fputs("</tbody></table>\n", out);
}

void class_report_write(FILE *out, const json_t *book, const char *title)
{
    const json_t *students = json_object_get(book, "students"), *works = json_object_get(book, "assignments");
    char now[LOCAL_TIME];
    size_t i;
    json_t *work;
    local_time_text((int64_t)time(NULL) * 1000, now);
    fputs("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>", out);
    escaped(out, title);
    fputs("</title>\n<style>body{font:15px sans-serif;margin:2em;color:#222}table{border-collapse:collapse}"
          "td,th{border:1px solid #bbb;padding:.25em .6em;text-align:right}td:first-child,th:first-child{text-align:left}"
          ".none{color:#999}figure{display:inline-block;margin:1em}rect{fill:#4a7aa8}line{stroke:#222}"
          "text{font:10px sans-serif;text-anchor:middle}</style></head><body>\n<h1>",
          out);
    escaped(out, title);
    fprintf(out, "</h1>\n<p>%zu students, %zu assignments; as of %s. Marks in percent.</p>\n", json_array_size(students),
            json_array_size(works), now);
    table(out, students, works);
    plot(out, students, -1, "Course");
    json_array_foreach(works, i, work) plot(out, students, (ssize_t)i, json_str(work, "title", ""));
    fputs("</body></html>\n", out);
}
