/* SPDX-License-Identifier: Apache-2.0 */
/* Two records of one resident's episode, side by side: which class of reconciliation that is, and
 * which fields differ.  Pure.  What it tells is personal data: for the operator who asked, never
 * for a log. */
#ifndef JUKI_NODE_DIFFER_H
#define JUKI_NODE_DIFFER_H

#include "juki/types.h"

#define JK_DIFFER_TEXT_SIZE 1632 /* the longest field of a Person, and a NUL */

/* What came of comparing one episode, or one server; the words that people see. */
typedef enum jk_differ_class {
    JK_DIFFER_EQUAL = 0,
    JK_DIFFER_DIFF,        /* both have it, and fields differ */
    JK_DIFFER_CS_ONLY,     /* the server has no such record */
    JK_DIFFER_SERVER_ONLY, /* the CS has none */
    JK_DIFFER_STATUS_DIFF, /* resident in one, moved out in the other */
    JK_DIFFER_DAMAGED,     /* our own row was found damaged: not to be sent to anybody */
    JK_DIFFER_UNREACHED,   /* not compared: the marker or an answer did not come in time */
    JK_DIFFER_REFUSED,     /* not compared: what the server said cannot be */
    JK_DIFFER_ALARM,       /* the server has more of the log than the CS */
    JK_DIFFER_CLASS_COUNT
} jk_differ_class;

/* "CS_ONLY", "CSのみ". */
const char *jk_differ_class_name(jk_differ_class class);
const char *jk_differ_class_ja(jk_differ_class class);

/* One side.  person: an encoded Person, borrowed. */
typedef struct jk_differ_side {
    bool present; /* it has the episode */
    bool known;   /* and the record is below */
    uint64_t sequence;
    int64_t change_day; /* INT64_MIN unknown */
    uint16_t reason_in;
    uint16_t reason_out; /* 0: a resident */
    jk_span person;
} jk_differ_side;

/* A field in which they differ; a side without the record has NULL. */
typedef struct jk_differ_field {
    const char *name; /* "kana": as in spec/wire/person.proto */
    const char *name_ja;
    const char *server;
    const char *cs;
} jk_differ_field;

typedef void jk_differ_tell(void *arg, const jk_differ_field *field);

/* Tells every field that differs, in the order of the record; of a record that only one side has,
 * every field that is not empty; nothing if a record is there and not known.  An individual number
 * is told by its last four digits.  A person that cannot be read is one field "person".  tell may
 * be NULL. */
jk_differ_class jk_differ(const jk_differ_side *cs, const jk_differ_side *server,
                          jk_differ_tell *tell, void *arg);

#endif
