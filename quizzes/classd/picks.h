/* Which questions an attempt gets: of one bank, by rules, or by the blueprint of the certification; and how they are shown. */
#ifndef SLIPWAY_QUIZZES_CLASSD_PICKS_H
#define SLIPWAY_QUIZZES_CLASSD_PICKS_H

#include "quizzes/classd/draw.h"
#include "quizzes/classd/store.h"

#include <jansson.h>

enum { MOCK_COUNT = 55, MOCK_SECONDS = 90 * 60, MOCK_DOMC = 42, MOCK_PASS = 65, PICKS_MAX = 200 };

struct pick {
    int64_t rev, position;
    bool choices; /* single or multiple: may be shown one option at a time */
};

struct picks {
    struct pick *list;
    size_t count;
};

struct showing {
    bool keep_questions, keep_options; /* in the order of the rules and of the bank */
    size_t domc;                       /* how many are shown one option at a time, as far as they can be */
};

/* The version that questions have to be true for, as "engine" of a request or of a quiz's settings says it; the course's when it
 * says nothing, "" for any; EINVAL for what is no version. The reply's "engine" says it back, and *engine lives as long as that.
 * `from` may be `reply`. */
int picks_engine(const json_t *from, json_t *reply, const char **engine, struct error *err);

/* `engine` in all of these: the version for which the questions have to be true, "" for any. */
int picks_of_bank(struct store *store, int64_t rev, const char *engine, const unsigned char *seed, size_t count,
                  struct picks *picks, struct error *err);
/* [{"bank","domain","topic","objective","level","count"}]: each draws `count` of the questions that fit and were not drawn before.
 * ENOENT says which rule found too few. */
int picks_of_rules(struct store *store, const json_t *rules, const char *engine, const unsigned char *seed, struct picks *picks,
                   struct error *err);
/* Domains in the weights of the Docker Certified Associate, single and multiple choice only. What a domain lacks comes from the
 * others; of the banks in the JSON list `closed` there is none. *domains, for the caller, says how many of each there are:
 * [{"domain","wanted","count"}]. */
int picks_of_blueprint(struct store *store, const char *closed, const char *engine, const unsigned char *seed, size_t count,
                       struct picks *picks, json_t **domains, struct error *err);
/* How many of `count` each domain of the blueprint gets, by largest remainders. */
void blueprint_counts(size_t count, size_t out[6]);
extern const char *const blueprint_domains[6];

int picks_store(struct store *store, int64_t attempt, const unsigned char *seed, const struct picks *picks,
                const struct showing *showing, struct error *err);
void picks_free(struct picks *picks);
#define cleanup_picks __attribute__((cleanup(picks_free)))

#endif
