/* A small bank of three questions, and an exam in it. */
#ifndef EXAM_WORLD_H
#define EXAM_WORLD_H

#include "class_world.h"

#include "quizzes/class_client.h"
#include "quizzes/classd/attempt.h"
#include "quizzes/classd/draw.h"
#include "quizzes/classd/events.h"
#include "quizzes/classd/score.h"

#include <errno.h>

#define FRONT "---\nid: demo\ntitle: A demo\ndomain: foundations\nversion: 1\nlicence: MIT\npass: 50\n---\n"
static const char bank[] = FRONT "## one {type=single level=1 topic=t1}\n\nWhich?\n\n"
                                 "- [ ] Alpha\n  > SECRET-1a\n- [x] Beta\n  > SECRET-1b\n- [ ] Gamma\n  > SECRET-1c\n"
                                 "## two {type=multiple level=1 topic=t2}\n\nWhich two?\n\n"
                                 "- [x] Delta\n  > SECRET-2a\n- [ ] Epsilon\n  > SECRET-2b\n- [x] Zeta\n  > SECRET-2c\n"
                                 "## three {type=single level=1 topic=t2}\n\nAnd which?\n\n"
                                 "- [ ] Eta\n  > SECRET-3a\n- [x] Theta\n  > SECRET-3b\n";

static inline json_t *start(struct class_world *world, int seconds)
{
    class_bank(world, bank);
    return class_get(world, json_pack("{s:s,s:s,s:i}", "op", "exam.start", "bank", "demo", "seconds", seconds));
}

static inline json_t *answer_request(int slot, const char *text, int seq)
{
    return json_pack("{s:s,s:i,s:i,s:[s],s:s,s:i}", "op", "exam.answer", "attempt", 1, "slot", slot, "answer", text, "by", "source",
                     "seq", seq);
}

static inline int slot_of(const json_t *started, const char *id)
{
    size_t i;
    json_t *item;
    json_array_foreach(json_object_get(started, "items"), i, item)
    {
        if (str_equal(json_str(item, "id", ""), id))
            return (int)json_num(item, "slot", 0);
    }
    fail_msg("no item %s", id);
    return 0;
}

static inline void refused(struct class_world *world, json_t *request, int code, const char *words)
{
    cleanup_json json_t *reply = class_ask(world, request);
    assert_false(json_flag(reply, "ok", true));
    assert_int_equal(json_num(reply, "code", 0), code);
    if (!strstr(json_str(reply, "error", ""), words))
        fail_msg("wanted \"%s\", got \"%s\"", words, json_str(reply, "error", ""));
}

#endif
