/* SPDX-License-Identifier: Apache-2.0 */
/* Every reason for which a call of this library can fail.  Numbers are never re-used. */
#ifndef JUKI_STATUS_H
#define JUKI_STATUS_H

#include "juki/status_map.h"

#define JK_MUST_USE __attribute__((warn_unused_result))

/* PEER: the other side's bytes are wrong; count, log, go on.  HOST: this machine failed; retry or
 * stop.  CALLER: a bug on our side of the call. */
typedef enum jk_class {
    JK_CLASS_OK,
    JK_CLASS_PEER,
    JK_CLASS_HOST,
    JK_CLASS_CALLER
} jk_class;

/* JK_STATUS_MAP, made from spec/wire/refusals.tsv: groups 1xx wire, 2xx values, 3xx channel,
 * 4xx protocol, 5xx host, 9xx caller.  juki/refusal.h has the words for people. */
typedef enum jk_status {
#define JK_STATUS_ENUM(name, number, class, text) JK_##name = number,
    JK_STATUS_MAP(JK_STATUS_ENUM)
#undef JK_STATUS_ENUM
} jk_status;

/* Where and why, filled at the edge by adapters; owned by the caller.  text never holds personal
 * data. */
typedef struct jk_fault {
    jk_status status;
    int os_code; /* errno or the library's code, 0 if none */
    char text[120];
} jk_fault;

/* The constant's name without "JK_", e.g. "E_WIRE"; "?" for a number that is not in the list. */
const char *jk_status_name(jk_status status);

/* One English sentence without a full stop. */
const char *jk_status_text(jk_status status);

jk_class jk_status_class(jk_status status);

#endif
