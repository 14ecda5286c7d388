/* The directives: what can be configured, by a flag of slipwayd or by a key of daemon.json. One row each says its type, its default
 * and, for what this engine holds only one value of, why. Names, types and defaults are those of dockerd 24 (docs.docker.com,
 * "dockerd"); a known directive that cannot be honoured is refused with its reason, never taken and forgotten.
 */
#ifndef SLIPWAY_DAEMON_DIRECTIVES_H
#define SLIPWAY_DAEMON_DIRECTIVES_H

#include <stdbool.h>
#include <stddef.h>

enum directive_kind {
    DIRECTIVE_BOOL,
    DIRECTIVE_STRING,
    DIRECTIVE_INT,
    DIRECTIVE_SIZE,    /* bytes; "64M" in flag and file, a number in the settings */
    DIRECTIVE_LIST,    /* of strings */
    DIRECTIVE_MAP,     /* name=value; an object of strings */
    DIRECTIVE_ULIMITS, /* nofile=1024:2048; {"nofile":{"Name","Hard","Soft"}} */
    DIRECTIVE_POOLS,   /* base=10.0.0.0/8,size=24; [{"base","size"}] */
    DIRECTIVE_OBJECT,  /* in the file only */
};

struct directive {
    const char *key;  /* in the file; NULL ends the table */
    const char *flag; /* NULL: no flag */
    char letter;
    enum directive_kind kind;
    bool reloads;       /* SIGHUP applies it */
    const char *preset; /* JSON of the default; NULL: none */
    const char *value, *help;
    const char *refusal; /* why nothing but the default can be had; NULL: any value can */
};

extern const struct directive directives[];

const struct directive *directive_find(const char *key); /* NULL: there is none */

#endif
