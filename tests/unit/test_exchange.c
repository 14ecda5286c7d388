/* Banks from and to GIFT, Aiken, Moodle XML and CSV. The questions here are made up; they use every construct of the samples in
 * Moodle's documentation (docs.moodle.org: "GIFT format", "Aiken format", "Moodle XML format") and of its own example files. */
#include "base/files.h"
#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/bank_files.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static const struct exchange_defaults none;

/* Imports what has to be good; the notes go to `notes`, a line each, when it is not NULL. */
static void import(const char *format, const char *text, struct bank *bank, struct buf *notes)
{
    cleanup_buf struct buf out = BUF_INIT;
    cleanup_strv char **problems = NULL, **said = NULL;
    if (exchange_import(exchange_format_named(format), "in.txt", text, strlen(text), &none, &out, &problems, &said))
        fail_msg("%s", problems[0]);
    for (char **note = said; notes && note && *note; note++)
        buf_printf(notes, "%s\n", *note);
    assert_int_equal(bank_parse("in.md", out.data, out.len, bank, &problems), 0);
}

static void one(const char *format, const char *text, struct bank *bank)
{
    import(format, text, bank, NULL);
    assert_int_equal(bank->count, 1);
}

static void expect_option(const struct bank_question *question, size_t index, bool key, const char *text, const char *why)
{
    assert_true(index < question->option_count);
    assert_string_equal(question->options[index].text, text);
    assert_string_equal(exchange_explained(&question->options[index]), why);
    assert_int_equal(question->options[index].key, key);
}

/* Nothing is imported, and the first problem is this one. */
static void refused(const char *format, const char *text, const char *problem)
{
    cleanup_buf struct buf out = BUF_INIT;
    cleanup_strv char **problems = NULL, **notes = NULL;
    size_t count = exchange_import(exchange_format_named(format), "in.txt", text, strlen(text), &none, &out, &problems, &notes);
    assert_true(count > 0);
    assert_int_equal(out.len, 0);
    if (!strstr(problems[0], problem))
        fail_msg("%s\nis not: %s", problems[0], problem);
}

static void gift_tells_types_by_what_is_in_the_braces(void **state)
{
    (void)state;
    cleanup_bank struct bank bank;
    import("gift",
           "// a comment\n"
           "Which one?{~this ~that =neither}\n\n"
           "The gap is {~here =there ~nowhere} in a sentence.\n\n"
           "It is so.{T}\n\nIt is not.{FALSE#It is so.#Rightly denied.}\n\n"
           "Two and two?{=four =4}\n\n"
           "Pairs {\n  =a -> 1\n  =b  -> 2\n}\n\n"
           "When?{#1822:5}\n\nPi? {#3.141..3.142}.\n\nBoth?{#\n  =7:0#exactly\n  =%0%7:2#nearly}\n\n"
           "Which two?{~no ~%50%yes ~%50%oh yes ~never}\n\n"
           "Which two, dearly?{~%-50%no ~%50%yes ~%50%oh yes ~%-50%never}\n\n"
           "Write! {}\n",
           &bank, NULL);
    static const enum question_type types[] = {QUESTION_SINGLE,  QUESTION_SINGLE,   QUESTION_TRUEFALSE, QUESTION_TRUEFALSE,
                                               QUESTION_SHORT,   QUESTION_MATCHING, QUESTION_NUMERIC,   QUESTION_NUMERIC,
                                               QUESTION_NUMERIC, QUESTION_MULTIPLE, QUESTION_MULTIPLE,  QUESTION_ESSAY};
    assert_int_equal(bank.count, ARRAY_LEN(types));
    for (size_t i = 0; i < bank.count; i++)
        assert_int_equal(bank.questions[i].type, types[i]);
    assert_string_equal(bank.questions[1].stem, "The gap is _____ in a sentence.");
    expect_option(&bank.questions[0], 2, true, "neither", "");
    expect_option(&bank.questions[3], 0, false, "True", "It is so.");
    expect_option(&bank.questions[3], 1, true, "False", "Rightly denied.");
    expect_option(&bank.questions[4], 1, true, "4", "");
    assert_string_equal(bank.questions[5].options[1].match, "2");
    expect_option(&bank.questions[6], 0, true, "1822 +- 5", "");
    expect_option(&bank.questions[7], 0, true, "3.1415 +- 0.0005", "");
    expect_option(&bank.questions[8], 1, false, "7 +- 2", "nearly");
    assert_int_equal(bank.questions[9].scoring, SCORING_PARTIAL);
    assert_int_equal(bank.questions[10].scoring, SCORING_PENALTY);
}

/* The documented ways to write one and the same thing, each with questions of our own. */
static void gift_takes_every_documented_form(void **state)
{
    (void)state;
    cleanup_bank struct bank bank;
    cleanup_buf struct buf notes = BUF_INIT;
    import("gift",
           "//-----------//\n// ===Typed, with weights===\n"
           "::Home of init:: It lies in {\n     =/sbin#Yes, there.\n     =%75%/Sbin#Mind the case.\n     =%25%/bin#Not quite.}\n\n"
           "::Home of init::It lies in {\n    ~/usr#No.\n    ~%25%/bin#Near.\n    =/sbin#Yes!}.\n\n"
           "//this line says nothing\n::By number::\nWhen did it begin? {#\n     =1970:0      #All of it.\n"
           "     =%50%1970:2  #Close,\n                  half of it.\n}\n\n"
           "And e {#2.7182:0.0005}.\n\nOr e {#2.718..2.719}.\n\nWhich year? {#1970}\n\n"
           "Pair the signals with\ntheir numbers.{=HUP->1 =INT->2 =KILL->9}\n\n"
           "Which equals 5? {\n     ~ \\= 2 + 2\n     = \\= 2 + 3\n     ~ \\= 2 + 4  }\n\n"
           "A week has seven days.{T}\n\nA week has eight.{F#It has seven.}\n\n[markdown]What runs **first**?{\n=init#Well said!\n"
           "=systemd#Well said!}\n",
           &bank, &notes);
    static const enum question_type types[] = {QUESTION_SHORT,     QUESTION_SINGLE,    QUESTION_NUMERIC,  QUESTION_NUMERIC,
                                               QUESTION_NUMERIC,   QUESTION_NUMERIC,   QUESTION_MATCHING, QUESTION_SINGLE,
                                               QUESTION_TRUEFALSE, QUESTION_TRUEFALSE, QUESTION_SHORT};
    assert_int_equal(bank.count, ARRAY_LEN(types));
    for (size_t i = 0; i < bank.count; i++)
        assert_int_equal(bank.questions[i].type, types[i]);
    expect_option(&bank.questions[0], 1, false, "/Sbin", "Mind the case.");
    assert_string_equal(bank.questions[1].id, "home-of-init-2");
    assert_string_equal(bank.questions[1].stem, "It lies in _____.");
    expect_option(&bank.questions[2], 0, true, "1970", "All of it.");
    expect_option(&bank.questions[2], 1, false, "1970 +- 2", "Close,\nhalf of it.");
    expect_option(&bank.questions[4], 0, true, "2.7185 +- 0.0005", "");
    assert_string_equal(bank.questions[6].options[2].match, "9");
    expect_option(&bank.questions[7], 1, true, "\\= 2 + 3", "");
    assert_string_equal(bank.questions[10].stem, "What runs **first**?");
    expect_option(&bank.questions[10], 1, true, "systemd", "Well said!");
    assert_non_null(strstr(notes.data, "home-of-init: an answer is worth 75 %"));
    assert_non_null(strstr(notes.data, "by-number: an answer is worth 50 %"));
}

static void gift_keeps_names_feedback_and_escaped_characters(void **state)
{
    (void)state;
    cleanup_bank struct bank bank;
    one("gift",
        "::The \\:name\\:::[markdown]Which *is* \\{right\\}?{\n  ~ \\= 2 + 2 # not \\~ this\n  = \\\\ # Yes!\n over two lines\n}\n",
        &bank);
    assert_string_equal(bank.questions[0].id, "the-name");
    assert_string_equal(bank.questions[0].stem, "Which *is* {right}?");
    expect_option(&bank.questions[0], 0, false, "= 2 + 2", "not ~ this");
    expect_option(&bank.questions[0], 1, true, "\\", "Yes!\n over two lines");
}

static void plain_text_is_shown_as_it_is_and_html_as_markdown(void **state)
{
    (void)state;
    cleanup_bank struct bank plain, html;
    one("gift", "Is *this* `a_b` <b>?{~1. no =yes}\n", &plain);
    assert_string_equal(plain.questions[0].stem, "Is \\*this\\* \\`a\\_b\\` \\<b>?");
    expect_option(&plain.questions[0], 0, false, "1\\. no", "");
    one("gift", "[html]<p>Is <b>this</b> &lt;ok&gt; &amp; <code>a_b</code>?</p>{T}\n", &html);
    assert_string_equal(html.questions[0].stem, "Is **this** \\<ok> \\& `a_b`?");
}

static void what_a_bank_cannot_hold_is_told(void **state)
{
    (void)state;
    cleanup_bank struct bank bank;
    cleanup_buf struct buf notes = BUF_INIT;
    import("gift",
           "$CATEGORY: one/two\n\nJust a text.\n\n::half::Which?{~no ~%50%nearly =yes#so}\n\n::tell::Tell.{####in "
           "general}\n\n::pair::Match {=a -> 1 =b "
           "-> 2 "
           "= -> 3}\n",
           &bank, &notes);
    assert_int_equal(bank.count, 3);
    static const char *const expected[] = {"in.txt:1: the category one/two is left out", "in.txt:3: \"Just a text.\" asks nothing",
                                           "in.txt:5: half: an answer is worth 50 %", "tell: the general feedback is left out",
                                           "pair: \"3\" belongs to nothing"};
    for (size_t i = 0; i < ARRAY_LEN(expected); i++)
        if (!strstr(notes.data, expected[i]))
            fail_msg("\"%s\" is not in:\n%s", expected[i], notes.data);
}

static void html_becomes_markdown_that_shows_the_same(void **state)
{
    (void)state;
    static const struct {
        const char *html, *markdown;
    } cases[] = {
        {"<a href=https://example.org/a/b>x</a>", "[x](https://example.org/a/b)"},
        {"<a href=https://example.org/a/>x</a>", "[x](https://example.org/a)"},
        {"<a class=b href=https://example.org/a\nid=c>x</a>", "[x](https://example.org/a)"},
        {"<a href=\"https://example.org/a\nb\">x</a>", "x"},
        {"<a href=\"https://example.org/\">x <a href=\"https://example.org/b\">y</a>",
         "[x ](https://example.org/)[y](https://example.org/b)"},
        {"a</code></pre> <b>b</b>\n<code>c_d</code>", "a **b** `c_d`"},
        {"<code>docker run\n    -d nginx</code>", "`docker run -d nginx`"},
        {"<code>a`b``c</code> <tt>`x`</tt> <code></code>", "```a`b``c``` `` `x` ``"},
        {"<code>a <a href=\"https://example.org/\">b</a> <i>c</i></code>", "`a b c`"},
        {"<a href=\"https://example.org/\"><code>a</code></a>", "[`a`](https://example.org/)"},
        {"<pre><code>\n a\n  <b>b</b><br>c</code></pre>", "```\n a\n  b\nc\n```"},
        {"<pre>```\n````\n</pre>end", "`````\n```\n````\n`````\n\nend"},
        {"<code>never &lt;closed", "`never <closed`"},
        {"&lt &amp;; &bogus; &verylongname;", "\\&lt \\&; \\&bogus; \\&verylongname;"},
        {"1 < 2 <!-- gone --> <!-- stays", "1 \\< 2 \\<!-- stays"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        cleanup_free char *markdown = markdown_of_html(cases[i].html);
        assert_string_equal(markdown, cases[i].markdown);
    }
}

/* Each of these took minutes when what follows was looked through again at each place. */
static void a_hostile_text_is_read_as_fast_as_another(void **state)
{
    (void)state;
    static const struct {
        const char *begin, *again;
    } hostile[] = {{"", "&"}, {"", "<"}, {"", "<a "}, {"", "<!--"}, {"", "7"}, {"<pre>", "\n"}, {"<code>", "`"}};
    for (size_t i = 0; i < ARRAY_LEN(hostile); i++) {
        cleanup_buf struct buf html = BUF_INIT;
        buf_puts(&html, hostile[i].begin);
        while (html.len < 2 << 20)
            buf_puts(&html, hostile[i].again);
        clock_t before = clock();
        cleanup_free char *markdown = markdown_of_html(html.data);
        if (clock() - before > 2 * CLOCKS_PER_SEC)
            fail_msg("\"%s\" takes %ld s", hostile[i].again, (long)(clock() - before) / CLOCKS_PER_SEC);
    }
}

static void questions_of_one_name_are_numbered(void **state)
{
    (void)state;
    enum { MANY = 4000 };
    cleanup_bank struct bank bank;
    cleanup_buf struct buf text = BUF_INIT;
    buf_puts(&text, "::same-3::Third?{=a ~b}\n\n");
    for (int i = 1; i < MANY; i++)
        buf_printf(&text, "::same::Which of %d?{=a ~b}\n\n", i);
    clock_t before = clock();
    import("gift", text.data, &bank, NULL);
    assert_true(clock() - before < 10 * CLOCKS_PER_SEC);
    static const char *const first[] = {"same-3", "same", "same-2", "same-4"};
    for (size_t i = 0; i < ARRAY_LEN(first); i++)
        assert_string_equal(bank.questions[i].id, first[i]);
    assert_string_equal(bank.questions[MANY - 1].id, "same-4000");
}

static void a_file_is_written_beside_the_one_it_is_made_of_and_for_its_owner(void **state)
{
    (void)state;
    char dir[] = "/tmp/test_exchange-XXXXXX";
    assert_non_null(mkdtemp(dir));
    cleanup_free char *from = path_join(dir, "bank.md"), *to = path_join(dir, "bank.gift"), *twin = path_join(dir, "twin"),
                      *way = path_join(dir, "link"), *other = path_join(dir, "other");
    struct error err = ERROR_INIT;
    cleanup_buf struct buf text = BUF_INIT;
    buf_puts(&text, "keys");
    assert_int_equal(file_write(from, "bank", 4, 0644, &err), 0);
    assert_int_equal(file_write(to, "something longer", 16, 0644, &err), 0);
    assert_int_equal(file_write(other, "other", 5, 0644, &err), 0);
    assert_int_equal(link(from, twin), 0);
    assert_int_equal(symlink("other", way), 0);
    assert_int_equal(bank_file_write(from, from, &text, &err), -EINVAL);
    assert_non_null(strstr(err.message, "bank.md is the file that is read; write to another"));
    assert_int_equal(bank_file_write(from, twin, &text, &err), -EINVAL);
    assert_int_equal(bank_file_write(from, way, &text, &err), -EEXIST);
    assert_int_equal(bank_file_write(from, "/dev/null", &text, &err), -EEXIST);
    assert_int_equal(bank_file_write(from, to, &text, &err), 0);
    cleanup_free char *bank = file_read(from, NULL, &err), *written = file_read(to, NULL, &err),
                      *untouched = file_read(other, NULL, &err);
    struct stat st;
    assert_int_equal(stat(to, &st), 0);
    path_remove_tree(dir, NULL);
    assert_string_equal(bank, "bank");
    assert_string_equal(untouched, "other");
    assert_string_equal(written, "keys");
    assert_int_equal(st.st_mode & 0777, 0600);
}

static void aiken_is_read(void **state)
{
    (void)state;
    cleanup_bank struct bank bank;
    import("aiken", "Who began it?\nA) Ann\nB) Bob & <i>Co</i>\nC. Cid\nANSWER: B\n\nIs it so?\nA)Yes\nB)No\nANSWER: A\n", &bank,
           NULL);
    assert_int_equal(bank.count, 2);
    expect_option(&bank.questions[0], 1, true, "Bob \\& \\<i>Co\\</i>", "");
    expect_option(&bank.questions[1], 0, true, "Yes", "");
}

#define XML_HEAD "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<quiz>\n"
static const char xml[] = XML_HEAD
    "<question type=\"category\"><category><text>$course$/top/Signs</text></category></question>\n"
    "<question type=\"multichoice\"><name><text>First one</text></name>\n"
    "<questiontext format=\"html\"><text><![CDATA[<p>Which <em>one</em>?</p>]]></text><file "
    "name=\"a.png\">AAAA</file></questiontext>\n"
    "<single>true</single><answer fraction=\"100\" format=\"html\"><text>&lt;b&gt;this&lt;/b&gt;</text>"
    "<feedback><text>Yes</text></feedback></answer><answer fraction=\"0\"><text>that</text></answer></question>\n"
    "<question type=\"truefalse\"><name><text>tf</text></name><questiontext format=\"plain_text\"><text>So?</text></questiontext>\n"
    "<answer fraction=\"0\"><text>true</text><feedback><text>No.</text></feedback></answer>"
    "<answer fraction=\"100\"><text>false</text></answer></question>\n"
    "<question type=\"shortanswer\"><name><text>sa</text></name><questiontext "
    "format=\"markdown\"><text>*Name*?</text></questiontext>\n"
    "<answer fraction=\"100\"><text>do*</text></answer></question>\n"
    "<question type=\"numerical\"><name><text>nu</text></name><questiontext><text>How many?</text></questiontext>\n"
    "<answer fraction=\"100\"><text>7</text><tolerance>0.5</tolerance></answer>"
    "<units><unit><multiplier>1</multiplier><unit_name>MiB</unit_name></unit></units></question>\n"
    "<question type=\"matching\"><name><text>ma</text></name><questiontext><text>Pairs</text></questiontext>\n"
    "<subquestion><text>a</text><answer><text>1</text></answer></subquestion>"
    "<subquestion><text>b</text><answer><text>2</text></answer></subquestion></question>\n"
    "<question type=\"essay\"><name><text>es</text></name><questiontext><text>Tell</text></questiontext>"
    "<graderinfo format=\"html\"><text>2: the cause\n1: the cure</text></graderinfo></question>\n"
    "<question type=\"cloze\"><name><text>cz</text></name><questiontext><text>{1:SA:=x}</text></questiontext></question>\n"
    "</quiz>\n";

static void moodle_xml_is_read(void **state)
{
    (void)state;
    cleanup_bank struct bank bank;
    cleanup_buf struct buf notes = BUF_INIT;
    import("moodle-xml", xml, &bank, &notes);
    static const enum question_type types[] = {QUESTION_SINGLE,  QUESTION_TRUEFALSE, QUESTION_SHORT,
                                               QUESTION_NUMERIC, QUESTION_MATCHING,  QUESTION_ESSAY};
    assert_int_equal(bank.count, ARRAY_LEN(types));
    for (size_t i = 0; i < bank.count; i++)
        assert_int_equal(bank.questions[i].type, types[i]);
    assert_string_equal(bank.title, "Signs");
    assert_string_equal(bank.questions[0].id, "first-one");
    assert_string_equal(bank.questions[0].stem, "Which *one*?");
    expect_option(&bank.questions[0], 0, true, "**this**", "Yes");
    expect_option(&bank.questions[1], 0, false, "True", "No.");
    expect_option(&bank.questions[2], 0, true, "do*", "");
    expect_option(&bank.questions[3], 0, true, "7 +- 0.5 {unit=MiB}", "");
    assert_string_equal(bank.questions[4].options[1].match, "2");
    assert_int_equal(bank.questions[5].points, 3);
    assert_non_null(strstr(notes.data, "first-one: its pictures and other files are left out"));
    assert_non_null(strstr(notes.data, "\"cz\" is of type cloze"));
}

/* What Moodle exports, and what its documentation and test files show: each shape with questions of our own. */
static const char shapes[] = XML_HEAD
    "<question type=\"category\"><category><text>$course$/top/Animals</text></category><info "
    "format=\"moodle_auto_format\"><text>Of all kinds</text></info></question>\n"
    "<question type=\"matching\"><name><text>classes</text></name><questiontext format=\"html\"><text>Which class?</text>"
    "</questiontext><generalfeedback format=\"html\"><text>A whale nurses its young.</text></generalfeedback>\n"
    "<subquestion format=\"html\"><text><![CDATA[<p>whale</p>]]></text><answer><text>mammal</text></answer></subquestion>\n"
    "<subquestion format=\"html\"><text><![CDATA[<p>trout</p>]]></text><answer><text>fish</text></answer></subquestion>\n"
    "<subquestion format=\"html\"><text><![CDATA[<p>bat</p>]]></text><answer><text>mammal</text></answer></subquestion>\n"
    "<subquestion format=\"html\"><text></text><answer><text>bird</text></answer></subquestion></question>\n"
    "<question type=\"numerical\"><name><text>legs</text></name><questiontext><text>Legs of a spider?</text></questiontext>\n"
    "<answer fraction=\"100\"><text>8</text><tolerance>0</tolerance><feedback><text>Right.</text></feedback></answer>\n"
    "<answer fraction=\"0\"><text>*</text><tolerance></tolerance><feedback><text>Count again.</text></feedback></answer>\n"
    "<generalfeedback><text>An insect has six.</text></generalfeedback></question>\n"
    "<question type=\"multichoice\"><name><text>swim</text></name><questiontext format=\"html\"><text><![CDATA[<p>Which\n      "
    "<b>swim</b>\xc2\xa0<img src=\"@@PLUGINFILE@@/a.png\" alt=\"the [pool]\" width=\"1\"/>?</p><!-- x --><p># 1. <a "
    "href=\"https://example.org/a_b\">read</a>, "
    "____</p>]]></text></questiontext>\n"
    "<defaultgrade>2.0000000</defaultgrade><single>false</single><shuffleanswers>false</shuffleanswers>\n"
    "<correctfeedback format=\"html\"><text>Your answer is correct.</text></correctfeedback>\n"
    "<answer fraction=\"50\" format=\"html\"><text>eels</text><feedback><text></text></feedback></answer>\n"
    "<answer fraction=\"0\" format=\"html\"><text>moles</text><feedback><text><file "
    "name=\"b\">AA</file></text></feedback></answer>\n"
    "<answer fraction=\"50\" format=\"html\"><text>carp</text><feedback><text></text></feedback></answer>\n"
    "<hint format=\"html\"><text>Think of water.</text><clearwrong/></hint></question>\n"
    "<question type=\"ordering\"><name><text>grow</text></name><questiontext><text>By size</text></questiontext>\n"
    "<answer fraction=\"2.0000000\" format=\"moodle_auto_format\"><text>cat\nor dog</text></answer>\n"
    "<answer fraction=\"3.0000000\"><text>cow</text></answer><answer fraction=\"1.0000000\"><text>ant</text></answer></question>\n"
    "<question type=\"essay\"><name><text>tell</text></name><questiontext format=\"html\"><text><![CDATA[Why?\n<pre>\n  a\n    "
    "b();\n</pre>]]></text></questiontext>\n<defaultgrade>4</defaultgrade>"
    "<graderinfo format=\"html\"><text><![CDATA[<p>Be <b>kind</b>.</p>\n<p>Be fair.</p>]]></text></graderinfo>"
    "<responsetemplate format=\"html\"><text>Because</text></responsetemplate></question>\n"
    "<question "
    "type=\"shortanswer\"><name><text>name</text></name><questiontext><text>Who?</text></questiontext><usecase>1</usecase>\n"
    "<answer fraction=\"100\"><text>Ape</text></answer></question>\n"
    "<question type=\"description\"><name><text>intro</text></name><questiontext><text>Read "
    "this.</text></questiontext></question>\n"
    "</quiz>\n";

static void moodle_xml_is_read_in_every_shape_that_moodle_writes(void **state)
{
    (void)state;
    cleanup_bank struct bank bank;
    cleanup_buf struct buf notes = BUF_INIT;
    import("moodle-xml", shapes, &bank, &notes);
    const struct bank_question *q = bank.questions;
    assert_int_equal(bank.count, 6);
    assert_int_equal(q[0].option_count, 3);
    assert_string_equal(q[0].options[0].match, "mammal");
    assert_string_equal(q[0].options[2].match, "mammal");
    expect_option(&q[0], 0, true, "whale", "A whale nurses its young.");
    expect_option(&q[1], 0, true, "8", "Right.\n\nAn insect has six.");
    expect_option(&q[1], 1, false, "*", "Count again.");
    assert_string_equal(q[2].stem, "Which **swim** \\[the \\[pool\\]\\]?\n\n\\# 1. [read](https://example.org/a_b), ____");
    assert_int_equal(q[2].type, QUESTION_MULTIPLE);
    assert_int_equal(q[2].scoring, SCORING_PARTIAL);
    expect_option(&q[3], 0, true, "ant", "");
    expect_option(&q[3], 1, true, "cat  \nor dog", "");
    expect_option(&q[3], 2, true, "cow", "");
    assert_string_equal(q[4].stem, "Why?\n\n```\n  a\n    b();\n```");
    assert_string_equal(q[4].rubric, "4: Be **kind**.  Be fair.\n");
    static const char *const lost[] = {"in.txt:3: what is said of the category $course$/top/Animals is left out",
                                       "classes: \"bird\" belongs to nothing",
                                       "swim: its pictures and other files are left out",
                                       "swim: its hints are left out",
                                       "swim: its options are not shuffled",
                                       "swim: it is worth more or less than one point",
                                       "tell: a rubric of one criterion was made of its notes",
                                       "tell: the text that an answer begins with is left out",
                                       "name: it tells capital letters from small ones",
                                       "\"intro\" is of type description"};
    for (size_t i = 0; i < ARRAY_LEN(lost); i++)
        if (!strstr(notes.data, lost[i]))
            fail_msg("\"%s\" is not in:\n%s", lost[i], notes.data);
    assert_null(strstr(notes.data, "feedback"));
}

static void what_is_worth_how_much_tells_how_several_answers_count(void **state)
{
    (void)state;
    cleanup_bank struct bank bank;
    import("gift",
           "One?{~%100%a ~%-50%b ~%-50%c}\n\nAll?{~%50%a ~%-100%b ~%50%c}\n\nSome?{~%50%a ~%0%b ~%50%c}\n\n"
           "Any?{#3:2~#Not between one and five.}\n\nGo.[html]<pre>\n  a:\n    b\n</pre>{}\n",
           &bank, NULL);
    const struct bank_question *q = bank.questions;
    static const enum question_scoring scorings[] = {SCORING_PENALTY, SCORING_ALL, SCORING_PARTIAL};
    for (size_t i = 0; i < ARRAY_LEN(scorings); i++) {
        assert_int_equal(q[i].type, QUESTION_MULTIPLE);
        assert_int_equal(q[i].scoring, scorings[i]);
    }
    expect_option(&q[3], 0, true, "3 +- 2", "");
    expect_option(&q[3], 1, false, "*", "Not between one and five.");
}

static void what_moodle_says_nothing_about_is_worth_nothing(void **state)
{
    (void)state;
    cleanup_bank struct bank bank;
    import("moodle-xml",
           "<quiz><question type=\"multichoice\"><name><text>Some</text></name><questiontext><text>Some?</text></questiontext>"
           "<single>false</single><answer fraction=\"50\"><text>a</text></answer><answer><text>b</text></answer>"
           "<answer fraction=\"50\"><text>c</text></answer></question></quiz>",
           &bank, NULL);
    expect_option(&bank.questions[0], 1, false, "b", "");
    assert_int_equal(bank.questions[0].scoring, SCORING_PARTIAL);
}

static const char all_types[] =
    "---\nid: all\ntitle: 'All: \"types\"'\ndomain: storage\nversion: 3\nlicence: MIT\npass: 70\n---\n"
    "## one {type=single level=2 topic=N02 objective=x engine=\">=20.10\" lesson=volumes man=\"7 namespaces\"}\n\n"
    "Stem with `code: {a}` and\n\n```\n  indented = \"text\", ~ # 100%\n```\n\n"
    "- [ ] %50% of it\n  > because: no\n- [x] two\n  lines\n  > yes,\n  > indeed\n"
    "## two {type=multiple level=1 topic=N02 scoring=partial}\n\nTwo, three?\n\n- [x] a\n  > a1\n- [x] b\n  > b1\n- [x] c\n  > "
    "c1\n- [ ] d\n  > d1\n"
    "## three {type=multiple level=3 topic=N02}\n\nAll?\n\n- [x] a\n  > a1\n- [ ] b\n  > b1\n"
    "## four {type=truefalse level=1 topic=N02}\n\nSo?\n\n- [ ] True\n  > no\n- [x] False\n  > yes\n"
    "## five {type=short level=1 topic=N02}\n\nName?\n\n- [x] do*r\n  > yes\n- [ ] dock\n  > no\n"
    "## six {type=numeric level=1 topic=N02}\n\nHow many?\n\n- [x] 7.25 +- 0.5\n  > yes\n- [ ] 6\n  > no\n- [ ] *\n  > none\n"
    "## seven {type=command level=1 topic=N02}\n\nRun it.\n\n- [x] docker run -d --name=web nginx\n  > yes\n";
static const char xml_types[] =
    "## eight {type=ordering level=1 topic=N02}\n\nSort.\n\n1. first\n   > a\n2. second\n   > b\n"
    "## nine {type=essay level=1 topic=N02}\n\nTell.\n\n```rubric\n2: cause\n1: cure\n```\n"
    "## ten {type=numeric level=1 topic=N02}\n\nHow much?\n\n- [x] 7 +- 1 {unit=MiB}\n  > yes\n- [ ] *\n  > no\n";
static const char csv_types[] =
    "## eleven {type=matching level=1 topic=N02}\n\nPairs.\n\n- a = 1\n  > x\n- b = 2\n  > y\n- c = 1\n  > z\n"
    "## twelve {type=task level=2 topic=N02}\n\nDo it.\n\nlab: wire\n"
    "## last {type=single level=1 topic=N02}\n\nProven?\n\n- [x] a\n  > x\n- [ ] b\n  > y\n\n```proof\nexpect up docker ps\n```\n";

/* Out and in again: the Markdown is the same, byte for byte. */
static void round_trip(const char *format, const char *markdown, size_t losses)
{
    cleanup_bank struct bank bank, back;
    cleanup_buf struct buf before = BUF_INIT, text = BUF_INIT, after = BUF_INIT;
    cleanup_strv char **problems = NULL, **notes = NULL;
    if (bank_parse("b.md", markdown, strlen(markdown), &bank, &problems))
        fail_msg("%s", problems[0]);
    bank_write(&bank, &before);
    exchange_format_named(format)->write(&bank, &text, &notes);
    assert_int_equal(strv_len(notes), losses);
    import(format, text.data, &back, NULL);
    bank_write(&back, &after);
    if (!losses)
        assert_string_equal(after.data, before.data);
}

static void what_a_format_can_hold_comes_back_the_same(void **state)
{
    (void)state;
    cleanup_free char *xml_bank = str_format("%s%s", all_types, xml_types);
    cleanup_free char *csv_bank = str_format("%s%s%s", all_types, xml_types, csv_types);
    round_trip("gift", all_types, 0);
    round_trip("moodle-xml", xml_bank, 0);
    round_trip("csv", csv_bank, 0);
}

static void what_it_cannot_is_listed_one_line_each(void **state)
{
    (void)state;
    cleanup_free char *bank = str_format("%s%s%s", all_types, xml_types, csv_types);
    round_trip("gift", bank, 6);       /* ordering and task left out; rubric, unit, explanations of pairs and proof lost */
    round_trip("moodle-xml", bank, 3); /* task left out; explanations of pairs and proof lost */
    round_trip("aiken", bank, 14);     /* of the bank, and of each question */
}

static void bad_files_are_refused_with_line_and_cure(void **state)
{
    (void)state;
    refused("gift", "ok?{T}\n\nWhich?{=a ~b\n\nnext?{T}\n", "in.txt:3: the braces of this question do not close");
    refused("gift", "How many?\n{#seven}\n", "in.txt:2: \"seven\" is no number; write 7, 7:0.5");
    refused("gift", "How many?\n{#\n  seven}\n", "in.txt:3: \"seven\" is no number");
    refused("gift", "How many?\n{#7\n=seven}\n", "in.txt:3: \"seven\" is no number");
    refused("gift", "How many?{# }\n", "in.txt:1: \"\" is no number");
    refused("gift", "How many?{# ####why}\n", "in.txt:1: \"\" is no number");
    refused("gift", "How many?{#\n####why}\n", "in.txt:1: \"\" is no number");
    refused("gift", "Which?{=a ~ }\n", "in.txt:1: which: the option has no text");
    refused("gift", "Which?{=a ~ ####why}\n", "in.txt:1: which: the option has no text");
    refused("gift", "Which?{maybe}\n", "in.txt:1: the braces hold no answer");
    refused("gift", "ok?{T}\n\nWhich?{=a ~a}\n", "in.txt:3: which: this option says the same");
    refused("gift", "Which?{=a ~b ~c ~d ~e ~f ~g ~h ~i ~j}\n", "in.txt:1: the question has more than 8 options");
    refused("gift", "Which?{=a ~all of the above}\n", "loses its sense when options are shuffled");
    refused("gift", "// [tag:level=9]\nWhich?{=a ~b}\n", "a level is 1, 2 or 3");
    refused("gift", "nothing here\n", "no question of the format gift");
    refused("gift", "\x1b[2JWhich?{=a ~b}\n", "in.txt:1: a control character; remove it");
    refused("gift", "Which \xff?{=a ~b}\n", "not UTF-8");
    refused("aiken", "Which?\nA) a\nANSWER: A\n", "in.txt:3: the question has 1 options");
    refused("aiken", "Which?\nA) a\nB) b\nANSWER: D\n", "in.txt:4: ANSWER: D is none of the options");
    refused("aiken", "A) a\n", "in.txt:1: an option without a question");
    refused("aiken", "Which?\nA) a\nB) b\n", "in.txt:1: the question has no ANSWER");
    refused("aiken", "Which?\nA) a\nC) b\n", "in.txt:3: option C: the next one is B");
    refused("moodle-xml", "<quiz><question>", "in.txt:1: no XML: ");
    refused("moodle-xml", "<!DOCTYPE quiz [<!ENTITY a \"b\">]>\n<quiz/>", "a document type is not taken");
    refused("moodle-xml", "<html></html>", "the file has no <quiz>");
    refused("moodle-xml",
            XML_HEAD "<question type=\"numerical\"><answer fraction=\"100\"><text>x</text></answer></question></quiz>",
            "in.txt:3: \"x\" with the tolerance \"\" is no number");
    refused("csv", "a,b\n1,2\n", "\"type\" is not among them");
    refused("csv", "type,stem,option_1,key_1\nsingle,\"Which?,a,x\n", "in.txt:2: a quoted field does not end");
    refused("csv", "type,stem\nriddle,Which?\n", "in.txt:2: \"riddle\" is no type of question");
    refused("csv", "type,stem,option_1,key_1,option_2\nsingle,Which?,a,,b\n", "in.txt:2: which: question which has no key");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gift_tells_types_by_what_is_in_the_braces),
        cmocka_unit_test(gift_takes_every_documented_form),
        cmocka_unit_test(gift_keeps_names_feedback_and_escaped_characters),
        cmocka_unit_test(plain_text_is_shown_as_it_is_and_html_as_markdown),
        cmocka_unit_test(what_a_bank_cannot_hold_is_told),
        cmocka_unit_test(html_becomes_markdown_that_shows_the_same),
        cmocka_unit_test(a_hostile_text_is_read_as_fast_as_another),
        cmocka_unit_test(questions_of_one_name_are_numbered),
        cmocka_unit_test(a_file_is_written_beside_the_one_it_is_made_of_and_for_its_owner),
        cmocka_unit_test(aiken_is_read),
        cmocka_unit_test(moodle_xml_is_read),
        cmocka_unit_test(moodle_xml_is_read_in_every_shape_that_moodle_writes),
        cmocka_unit_test(what_is_worth_how_much_tells_how_several_answers_count),
        cmocka_unit_test(what_moodle_says_nothing_about_is_worth_nothing),
        cmocka_unit_test(what_a_format_can_hold_comes_back_the_same),
        cmocka_unit_test(what_it_cannot_is_listed_one_line_each),
        cmocka_unit_test(bad_files_are_refused_with_line_and_cure),
    };
    return cmocka_run_group_tests_name("exchange", tests, NULL, NULL);
}
