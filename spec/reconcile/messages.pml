/* SPDX-License-Identifier: Apache-2.0 */
/* Kinds, commands and links of reconciliation.  The dialogue (6-1, 6-3) and the log (1-4, 1-5) are
 * links of their own: whatever the transport does with bursts of updates, no order between the two
 * is relied upon.  In the envelope txn is the round, or in REPAIR and ENTRY_REFUSED the resident;
 * epoch is a position in the log. */

mtype:kind = {
    REPAIR, ENTRY_REFUSED,       /* 1-4, 1-5: the whole record again (R4); 1-4 ext: refused (R1) */
    MARKER,                      /* 1-4, 1-5: here both sides are cut (R2) */
    CHECK, MORE_CELLS, CELLS,    /* 6-1: what the server needs to compare; ext: more of it */
    COMPARED,                    /* 6-3 */
    CLOSE                        /* 6-3 ext: the CS waits no longer (R3) */
};

/* What the operator of a CS, or its calendar, asks. */
mtype:command = { START, CLEAR_ALARM, APPROVE, RELEASE_PARKED };

#define LOG      [CAPACITY] of { mtype:kind, envelope }
#define DIALOGUE [DIALOGUE_CAPACITY] of { mtype:kind, envelope }
#define DESK     [0] of { mtype:command, envelope }
#ifndef DIALOGUE_CAPACITY
#define DIALOGUE_CAPACITY (2 * ROUNDS)
#endif

chan desk_round[NCS]         = DESK; /* the operator of the CS: rounds */
chan desk_repair[NCS * NRES] = DESK; /* the same, a resident at a time */

chan log_to_prefecture[NCS]  = LOG;
chan log_to_national[NCS]    = LOG;
chan cs_to_prefecture[NCS]   = DIALOGUE;
chan cs_to_national[NCS]     = DIALOGUE;
chan prefecture_to_cs[NCS]   = DIALOGUE;
chan national_to_cs[NCS]     = DIALOGUE;
chan national_to_prefecture[NCS] = DIALOGUE;
chan prefecture_to_repair[NCS * NRES] = [REPAIRS] of { mtype:kind, envelope };
chan national_to_repair[NCS * NRES]   = [REPAIRS] of { mtype:kind, envelope };

/* The row of a resident's machine at a CS. */
#ifndef JKGEN
#define OWN_KEY (member + 1)

/* An entry goes on as it came, here with its resident or round. */
#undef forward
#define forward(LINK, KIND, TXN, EPOCH, REASON, AUTHOR) \
    JP_SAID(KIND, TXN, 0, EPOCH, REASON, AUTHOR) \
    JP_ROOM(LINK); LINK ! KIND, TXN, 0, EPOCH, REASON, AUTHOR
#endif
