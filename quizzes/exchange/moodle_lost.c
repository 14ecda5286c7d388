/* The table of what is lost, and how each is seen. */
#include "quizzes/exchange/moodle_lost.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <strings.h>

bool moodle_says(const struct xml_node *node, const char *name, bool otherwise)
{
    const struct xml_node *child = xml_child(node, name);
    cleanup_free char *copy = xstrdup(xml_content(child));
    const char *text = str_trim(copy);
    return child ? strcasecmp(text, "true") == 0 || str_equal(text, "1") : otherwise;
}

static bool has_text(const struct xml_node *node, const char *name)
{
    cleanup_free char *text = moodle_markdown(xml_child(node, name), "html");
    return *text;
}

static bool has_files(const struct xml_node *node)
{
    if (str_equal(node->name, "file") || (str_equal(node->name, "image") && node->text.len))
        return true;
    for (const struct xml_node *child = node->first; child; child = child->next)
        if (has_files(child))
            return true;
    return false;
}

static bool has_hints(const struct xml_node *node)
{
    xml_each(hint, node, "hint")
    {
        cleanup_free char *text = moodle_markdown(hint, "html");
        if (*text)
            return true;
    }
    return false;
}

/* What Moodle writes into every question by itself says nothing. */
static bool has_whole_feedback(const struct xml_node *node)
{
    static const struct {
        const char *name, *usual;
    } feedback[] = {{"correctfeedback", "Your answer is correct."},
                    {"partiallycorrectfeedback", "Your answer is partially correct."},
                    {"incorrectfeedback", "Your answer is incorrect."}};
    for (size_t i = 0; i < ARRAY_LEN(feedback); i++) {
        cleanup_free char *text = moodle_markdown(xml_child(node, feedback[i].name), "html");
        if (*text && !str_equal(text, feedback[i].usual))
            return true;
    }
    return false;
}

static bool has_case(const struct xml_node *node) { return moodle_says(node, "usecase", false); }

static bool has_order(const struct xml_node *node)
{
    return str_equal(node->type, "multichoice") && !moodle_says(node, "shuffleanswers", true);
}

static bool has_weight(const struct xml_node *node)
{
    double grade = strtod(xml_content(xml_child(node, "defaultgrade")), NULL);
    return grade > 0 && fabs(grade - 1) > 1e-6 && !str_equal(node->type, "essay");
}

static bool has_template(const struct xml_node *node) { return has_text(node, "responsetemplate"); }

static bool has_other_units(const struct xml_node *node)
{
    xml_each(unit, xml_child(node, "units"), "unit")
    {
        if (strtod(xml_content(xml_child(unit, "multiplier")), NULL) != 1)
            return true;
    }
    return false;
}

static const struct {
    bool (*lost)(const struct xml_node *node);
    const char *what;
} losses[] = {
    {has_files, "its pictures and other files are left out"},
    {has_hints, "its hints are left out"},
    {has_whole_feedback, "the feedback to right and to wrong answers as a whole is left out; a bank explains each option"},
    {has_case, "it tells capital letters from small ones, and a bank does not"},
    {has_order, "its options are not shuffled; here they are, but in a quiz with keep_options"},
    {has_weight, "it is worth more or less than one point; in a bank each question is worth one"},
    {has_template, "the text that an answer begins with is left out"},
    {has_other_units, "its other units are left out; those of one kind are converted by themselves"},
};

void moodle_note_lost(struct exchange *exchange, const struct xml_node *node, const struct bank_question *question)
{
    for (size_t i = 0; i < ARRAY_LEN(losses); i++)
        if (losses[i].lost(node))
            exchange_note(exchange->notes, "%s:%d: %s: %s", exchange->file, node->line, question->id, losses[i].what);
}
