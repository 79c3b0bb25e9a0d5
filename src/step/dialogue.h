/* SPDX-License-Identifier: Apache-2.0 */
/* The dialogue of one session of a round (src/reconcile/round.h) in messages of the wire: pieces,
 * signatures, and what was heard kept until the round ends.  At a CS it asks, at a server it
 * answers.
 *
 * What is in memory here is worked out from the snapshot and from the pieces that are stored: a
 * step that is undone, a restart, a cache that was dropped only cost working it out again. */
#ifndef JUKI_STEP_DIALOGUE_H
#define JUKI_STEP_DIALOGUE_H

#include "reconcile/piece.h"
#include "step/internal.h"

/* What came of a piece. */
typedef enum jk_heard {
    JK_HEARD_GO_ON = 1, /* there is something to say */
    JK_HEARD_EQUAL,     /* at a server: the result; at a CS: of its verdict */
    JK_HEARD_DIFFERENT, /* the same; `why` when it was broken off */
} jk_heard;

typedef struct jk_dialogue jk_dialogue;

/* Which one: the row's municipality, and who is at the other end (at a server: JK_ROLE_CS). */
typedef struct jk_session {
    jk_token key;
    char code[7];
    uint8_t with; /* jk_role */
    jk_token round;
    uint64_t marker;
} jk_session;

/* Forgets what is stored and in memory of the session's municipality with that role, of any round.
 */
JK_MUST_USE jk_status jk_dialogue_clear(jk_step *step, const jk_session *session);

/* Stores the piece in hand as heard. */
JK_MUST_USE jk_status jk_dialogue_keep(jk_step *step, const jk_session *session);

/* The session as it stands when everything that is stored was heard; `now`: against everything as
 * it is now, not as at the marker.  history: as jk_ask_open has it, at a CS. */
JK_MUST_USE jk_status jk_dialogue_hear(jk_step *step, const jk_session *session, bool now,
                                       uint32_t history, jk_dialogue **dialogue);

jk_heard jk_dialogue_heard(const jk_dialogue *dialogue);
jk_round_why jk_dialogue_why(const jk_dialogue *dialogue);
/* NULL: no verdict (yet). */
const jk_verdict *jk_dialogue_verdict(const jk_dialogue *dialogue);
/* At a server: who differs, as the CS has confirmed it: 8 bytes each. */
jk_span jk_dialogue_settled(const jk_dialogue *dialogue);
/* How many each side has, how often was asked, bytes so far. */
void jk_dialogue_figures(const jk_dialogue *dialogue, jk_round_row *row);

/* The piece that is to be said now; signed where it says a root. */
JK_MUST_USE jk_status jk_dialogue_say(jk_step *step, jk_dialogue *dialogue, jk_wire_Round *out);

/* Gives all memory back. */
void jk_dialogues_close(jk_engine *engine);

#endif
