/* A seccomp program that does the same with less. libseccomp writes a comparison for every system call; here each architecture gets
 * one search among ranges of numbers with the same answer, and answers that depend on arguments are copied as they are. The kernel
 * translates a program anew for every process that loads it, which takes longer than anything else that an exec does to it.
 *
 * What the old program would say is found out by running it, for each architecture it knows and for each range in which no
 * comparison tells two numbers apart. One that computes in other ways than libseccomp's do is left alone. */
#include "base/memory.h"
#include "kernel/seccomp.h"

#include <linux/seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum {
    NUMBER = offsetof(struct seccomp_data, nr),
    ARCHITECTURE = offsetof(struct seccomp_data, arch),
    LOAD = BPF_LD | BPF_W | BPF_ABS,
    RETURN = BPF_RET | BPF_K,
    ALWAYS = BPF_JMP | BPF_JA,
    EQUAL = BPF_JMP | BPF_JEQ | BPF_K,
    ABOVE = BPF_JMP | BPF_JGT | BPF_K,
    REACHES = BPF_JMP | BPF_JGE | BPF_K,
    SHARES = BPF_JMP | BPF_JSET | BPF_K,
    MASK = BPF_ALU | BPF_AND | BPF_K,
    FAR = 255,           /* of a conditional jump */
    BOUNDS_MOST = 4096,  /* of ranges, and */
    SHARED_LOW = 1 << 28 /* the lowest bit of a number that may be asked for: it makes few ranges */
};

/* --- the old program --- */

struct set {
    uint32_t values[BOUNDS_MOST];
    size_t count;
    bool full;
};

static void add(struct set *set, uint32_t value)
{
    set->full |= set->count == BOUNDS_MOST;
    if (!set->full)
        set->values[set->count++] = value;
}

static bool compares(uint16_t code) { return code == EQUAL || code == ABOVE || code == REACHES || code == SHARES; }

static bool holds(const struct sock_filter *at, uint32_t value)
{
    return at->code == EQUAL     ? value == at->k
           : at->code == ABOVE   ? value > at->k
           : at->code == REACHES ? value >= at->k
                                 : (value & at->k) != 0;
}

struct old {
    const struct sock_filter *code;
    size_t count;
    unsigned char *seen; /* per instruction, in which states of the accumulator it was come by */
    struct set bounds, architectures;
};

enum held { NOTHING, HOLDS_NUMBER, HOLDS_ARCHITECTURE, HOLDS_ARGUMENT };

static void add_bounds(struct set *bounds, const struct sock_filter *at)
{
    if (at->code != ABOVE)
        add(bounds, at->k);
    if (at->code == ABOVE || at->code == EQUAL)
        add(bounds, at->k + 1);
    for (uint64_t next = at->k; at->code == SHARES && next <= UINT32_MAX; next += at->k)
        add(bounds, (uint32_t)next);
}

/* Everywhere from `pc` on: is it understood, and with what are numbers and architectures compared? */
static bool survey(struct old *old, size_t pc, enum held held)
{
    for (; pc < old->count && !(old->seen[pc] & 1 << held); pc++) {
        const struct sock_filter *at = &old->code[pc];
        old->seen[pc] |= (unsigned char)(1 << held);
        if (at->code == RETURN)
            return true;
        if (at->code == LOAD)
            held = at->k == NUMBER ? HOLDS_NUMBER : at->k == ARCHITECTURE ? HOLDS_ARCHITECTURE : HOLDS_ARGUMENT;
        else if (at->code == ALWAYS)
            pc += at->k;
        else if (at->code == MASK && held == HOLDS_ARGUMENT)
            continue;
        else if (!compares(at->code) || held == NOTHING || (held == HOLDS_ARCHITECTURE && at->code != EQUAL))
            return false;
        else {
            if (held == HOLDS_NUMBER && at->code == SHARES && (at->k < SHARED_LOW || at->k & (at->k - 1)))
                return false;
            if (held == HOLDS_NUMBER)
                add_bounds(&old->bounds, at);
            if (held == HOLDS_ARCHITECTURE)
                add(&old->architectures, at->k);
            if (!survey(old, pc + 1 + at->jt, held))
                return false;
            pc += at->jf;
        }
    }
    return pc < old->count;
}

/* The instruction that the old program comes to for a number: one that returns, or that asks for an argument. */
static size_t outcome(const struct old *old, uint32_t architecture, uint32_t number)
{
    uint32_t held = 0;
    size_t pc = 0;
    for (;; pc++) {
        const struct sock_filter *at = &old->code[pc];
        if (at->code == RETURN || (at->code == LOAD && at->k != NUMBER && at->k != ARCHITECTURE))
            return pc;
        if (at->code == LOAD)
            held = at->k == NUMBER ? number : architecture;
        else
            pc += at->code == ALWAYS ? at->k : holds(at, held) ? at->jt : at->jf;
    }
}

/* --- the new one, written from its end: jumps go forward only, so that where they lead is there already --- */

struct new
{
    struct sock_filter *code; /* as many as the old one has, or it is not worth it */
    size_t room, used;
    size_t *places; /* of the old program's instructions, plus 1; counted from the end */
    bool failed;
};

static size_t put(struct new *new, struct sock_filter instruction)
{
    if (new->used == new->room) {
        new->failed = true;
        return 0;
    }
    new->code[new->room - 1 - new->used] = instruction;
    return new->used++;
}

static size_t distance(const struct new *new, size_t to) { return new->used - to - 1; }

static size_t put_jump(struct new *new, size_t to)
{
    return put(new, (struct sock_filter){ALWAYS, 0, 0, (uint32_t)distance(new, to)});
}

static size_t put_comparison(struct new *new, uint16_t code, uint32_t k, size_t yes, size_t no)
{
    if (distance(new, no) >= FAR)
        no = put_jump(new, no);
    if (distance(new, yes) > FAR)
        yes = put_jump(new, yes);
    return put(new, (struct sock_filter){code, (unsigned char)distance(new, yes), (unsigned char)distance(new, no), k});
}

static size_t put_before(struct new *new, struct sock_filter instruction, size_t next)
{
    if (distance(new, next))
        put_jump(new, next);
    return put(new, instruction);
}

static size_t put_return(struct new *new, uint32_t value)
{
    for (size_t i = 0; i < FAR - 2 && i < new->used; i++) {
        const struct sock_filter *near = &new->code[new->room - new->used + i];
        if (near->code == RETURN && near->k == value)
            return new->used - 1 - i;
    }
    return put(new, (struct sock_filter){RETURN, 0, 0, value});
}

/* What the old program does from `pc` on. */
static size_t put_rest(struct new *new, const struct old *old, size_t pc)
{
    const struct sock_filter *at = &old->code[pc];
    if (at->code == RETURN)
        return put_return(new, at->k);
    if (at->code == ALWAYS)
        return put_rest(new, old, pc + 1 + at->k);
    if (new->places[pc] || new->failed)
        return new->failed ? 0 : new->places[pc] - 1;
    size_t yes = put_rest(new, old, pc + 1 + (compares(at->code) ? at->jt : 0));
    size_t no = compares(at->code) ? put_rest(new, old, pc + 1 + at->jf) : 0;
    size_t place = compares(at->code) ? put_comparison(new, at->code, at->k, yes, no) : put_before(new, *at, yes);
    new->places[pc] = place + 1;
    return place;
}

struct range {
    uint32_t from;
    size_t pc; /* in the old program */
};

static size_t put_search(struct new *new, const struct old *old, const struct range *ranges, size_t count)
{
    if (count == 1)
        return put_rest(new, old, ranges->pc);
    size_t half = count / 2;
    size_t above = put_search(new, old, ranges + half, count - half), below = put_search(new, old, ranges, half);
    return put_comparison(new, REACHES, ranges[half].from, above, below);
}

static bool same(const struct old *old, size_t a, size_t b)
{
    return a == b || (old->code[a].code == RETURN && old->code[b].code == RETURN && old->code[a].k == old->code[b].k);
}

static size_t put_architecture(struct new *new, const struct old *old, uint32_t architecture)
{
    struct range *ranges cleanup_free = xcalloc(old->bounds.count + 1, sizeof *ranges);
    size_t count = 1;
    ranges[0].pc = outcome(old, architecture, 0);
    for (size_t i = 0; i < old->bounds.count; i++) {
        struct range next = {old->bounds.values[i], outcome(old, architecture, old->bounds.values[i])};
        if (next.from && !same(old, next.pc, ranges[count - 1].pc))
            ranges[count++] = next;
    }
    size_t search = put_search(new, old, ranges, count);
    return count == 1 ? search : put_before(new, (struct sock_filter){LOAD, 0, 0, NUMBER}, search);
}

static int by_value(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static void sort(struct set *set)
{
    size_t kept = 0;
    qsort(set->values, set->count, sizeof *set->values, by_value);
    for (size_t i = 0; i < set->count; i++)
        if (!kept || set->values[i] != set->values[kept - 1])
            set->values[kept++] = set->values[i];
    set->count = kept;
}

static uint32_t unknown_to(const struct set *set)
{
    uint32_t value = 0;
    for (size_t i = 0; i < set->count; i++)
        value += set->values[i] == value;
    return value;
}

/* The native one is asked for first: it is the highest of its family. */
static void rewrite(struct new *new, const struct old *old)
{
    const struct set *known = &old->architectures;
    size_t chain = put_architecture(new, old, unknown_to(known));
    for (size_t i = 0; i < known->count && !new->failed; i++) {
        size_t its_own = put_architecture(new, old, known->values[i]);
        chain = put_comparison(new, EQUAL, known->values[i], its_own, chain);
    }
    put_before(new, (struct sock_filter){LOAD, 0, 0, ARCHITECTURE}, chain);
}

void seccomp_shorten(struct seccomp_program *program)
{
    struct old *old cleanup_free = xcalloc(1, sizeof *old);
    unsigned char *seen cleanup_free = xcalloc(program->count, 1);
    size_t *places cleanup_free = xcalloc(program->count, sizeof *places);
    old->code = program->code;
    old->count = program->count;
    old->seen = seen;
    if (!survey(old, 0, NOTHING) || old->bounds.full || old->architectures.full)
        return;
    sort(&old->bounds);
    sort(&old->architectures);
    struct new new = {.code = xcalloc(program->count, sizeof *new.code), .room = program->count, .places = places};
    rewrite(&new, old);
    if (!new.failed) {
        memmove(new.code, new.code + new.room - new.used, new.used * sizeof *new.code);
        free(program->code);
        program->code = new.code;
        program->count = (unsigned short)new.used;
    } else {
        free(new.code);
    }
}
