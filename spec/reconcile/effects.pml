/* SPDX-License-Identifier: Apache-2.0 */
/* What the roles and the log do to registers: ghosts here, rows in C.  An effect cannot refuse.
 *
 * A record is the number of the entry that wrote it last; whoever damages it changes that.  A row
 * of a server is kept per municipality (an episode): what other municipalities write of the
 * resident is elsewhere (ghost_shows), and no part of what is compared (R2). */

byte ghost_head[NCS];               /* the CS's log: entries written */
byte ghost_own[NCS * NRES];         /* the CS's record of a resident; 0: none */
byte ghost_cut[NCS * NRES];         /* the same as it was at the marker, while a round is open */
byte ghost_round[NCS];              /* the round that is open at the CS */
byte ghost_applied[2 * NCS];        /* entries of that log applied at a server */
byte ghost_row[2 * NCS * NRES];     /* the server's record */
byte ghost_snapshot[2 * NCS * NRES]; /* the same as it was at the marker */
byte ghost_wrong[2 * NCS];        /* residents whose row there is not the log's, as bits */
byte ghost_wrong_cut[2 * NCS];     /* the same as it was at the marker */
bool ghost_beyond[2 * NCS];         /* it had a marker's position already; until recovered */
byte ghost_snapshot_of[2 * NCS];    /* the round of the snapshot */
byte ghost_listed[2 * NCS];         /* residents that the last result of that server names */
byte ghost_seen[2 * NCS];           /* residents whom the CS was told of, wrong since */
byte ghost_found[NCS];              /* residents whom a result at the CS names, not approved */
byte ghost_parked[NCS];             /* residents whose repair waits for a person */
byte ghost_refused[NCS * NRES];     /* repairs that were refused since a person looked */
byte ghost_refused_at[NCS * NRES];  /* the last of them: two servers may refuse one */
byte ghost_refusal[NCS * NRES];     /* the last that a server refused since the first was written */
byte ghost_restated[NCS * NRES];    /* repairs written since then: 1; after a refusal: 2, 3 */
byte ghost_shows[2];                /* where a server shows the first resident, from 1 */
byte ghost_kept[2 * NCS];           /* the round whose result of that server the CS has kept */
byte ghost_marker[NCS * (ROUNDS + 1)]; /* the position of a round's marker */
byte ghost_told[NCS];               /* results of national that its prefecture has yet to hear */
#if STALLS > 0
byte ghost_stalled[2 * NCS];        /* how often the cells of the round there were not enough */
#define MAY_STALL (ghost_stalled[AT(server)] < STALLS)
#define STALLED_ONCE_MORE ghost_stalled[AT(server)] = ghost_stalled[AT(server)] + 1
#define STALLED_NEVER     ghost_stalled[AT(server)] = 0
#else
#define MAY_STALL         false
#define STALLED_ONCE_MORE skip
#define STALLED_NEVER     skip
#endif
bool ghost_restored[NCS];           /* the CS lost its last entry */
bool ghost_alarmed;                 /* a CS was told BEYOND_HEAD, and has not recovered */

bool broken_false;      /* R2: a result names somebody who was not damaged */
bool broken_missed;     /* R2: a result leaves out somebody who was */
bool broken_mixed;      /* R3: two cuts that are not of one round were compared, or believed */
bool broken_overwrite;  /* R4: a repair overwrote something newer */
bool broken_alarm;      /* R5: an alarm about a CS that was not restored */
bool broken_restored;   /* R5: a restored CS was compared as if nothing had been */
bool broken_endless;    /* R4: a third repair of what was refused twice */
bool broken_order;      /* R1: an entry came before one that was written before it */
bool broken_refusal;    /* R1: a repair was applied or refused against what its check said */

#define BIT(R)          (1 << (R))
#define AT(S)           ((S) * NCS + me)
#define ROW(S, C, R)    (((S) * NCS + (C)) * NRES + (R))
#define OWN(C, R)       ((C) * NRES + (R))
#define NUMBER(RECORD)  ((RECORD) & 15)
#define FIELD_DAMAGED   16
#define NUMBER_DAMAGED  15

#define DIFFERS(RECORD, R) ((RECORD) == ghost_cut[OWN(me, R)] -> 0 : BIT(R))
#define CUT_DIFFERS(S, R)  DIFFERS(ghost_snapshot[ROW(S, me, R)], R)
#define ROW_DIFFERS(S, R)  DIFFERS(ghost_row[ROW(S, me, R)], R)
#if NRES == 1
#define LISTED_AT(S)     CUT_DIFFERS(S, 0)
#define ROWS_DIFFER_AT(S) ROW_DIFFERS(S, 0)
#else
#define LISTED_AT(S)     (CUT_DIFFERS(S, 0) | CUT_DIFFERS(S, 1))
#define ROWS_DIFFER_AT(S) (ROW_DIFFERS(S, 0) | ROW_DIFFERS(S, 1))
#endif

byte at;

/* The CS: its own records at the marker, kept until the round ends (in C rewound when asked). */
inline KEEP_SNAPSHOT(ROUND, POSITION)
{
    d_step {
        for (at : 0 .. NRES - 1) {
            ghost_cut[OWN(me, at)] = ghost_own[OWN(me, at)]
        }
        at = 0;
        ghost_round[me] = ROUND;
        ghost_marker[me * (ROUNDS + 1) + ROUND] = POSITION;
        ghost_head[me] = POSITION
    }
}

inline FORGET_SNAPSHOT()
{
    d_step {
        for (at : 0 .. NRES - 1) {
            ghost_cut[OWN(me, at)] = 0
        }
        at = 0;
        ghost_round[me] = 0;
        ghost_kept[AT(PREFECTURE)] = 0;
        ghost_kept[AT(NATIONAL)] = 0
    }
}

#define KEEP_RESULT(S, ROUND, REASON) \
    broken_mixed = broken_mixed || (ROUND) != ghost_round[me]; \
    ghost_kept[AT(S)] = ROUND; \
    ghost_alarmed = ghost_alarmed || (REASON) == BEYOND_HEAD; \
    if \
    :: (REASON) == DIFFERENT -> \
        ghost_seen[AT(S)] = ghost_seen[AT(S)] | \
            (ghost_listed[AT(S)] & ghost_wrong[AT(S)] & ~ghost_parked[me]); \
        ghost_found[me] = ghost_found[me] | (ghost_listed[AT(S)] & ~ghost_parked[me]) \
    :: else -> skip \
    fi

/* 6-3: what a server says is stored and shown to the operator, who may approve repairs. */
inline KEEP_PREFECTURE_RESULT(ROUND, REASON)
{
    KEEP_RESULT(PREFECTURE, ROUND, REASON)
}

inline KEEP_NATIONAL_RESULT(ROUND, REASON)
{
    KEEP_RESULT(NATIONAL, ROUND, REASON)
}

/* A repair is a new entry with the record as it is now. */
inline RESTATE(RESIDENT, POSITION)
{
    broken_endless = broken_endless || ghost_refused[OWN(me, (RESIDENT) - 1)] >= 2;
    if
    :: ghost_restated[OWN(me, (RESIDENT) - 1)] == 0 -> ghost_refusal[OWN(me, (RESIDENT) - 1)] = 0
    :: else -> skip
    fi;
    ghost_restated[OWN(me, (RESIDENT) - 1)] = ghost_refused[OWN(me, (RESIDENT) - 1)] + 1;
    ghost_own[OWN(me, (RESIDENT) - 1)] = POSITION;
    ghost_head[me] = POSITION
}

inline KEEP_REFUSAL(RESIDENT, POSITION, REASON)
{
    if
    :: (POSITION) > ghost_refused_at[OWN(me, (RESIDENT) - 1)] ->
        ghost_refused[OWN(me, (RESIDENT) - 1)] = ghost_refused[OWN(me, (RESIDENT) - 1)] + 1;
        ghost_refused_at[OWN(me, (RESIDENT) - 1)] = POSITION
    :: else -> skip
    fi
}

inline PARK(RESIDENT)
{
    ghost_found[me] = ghost_found[me] & ~BIT((RESIDENT) - 1);
    ghost_seen[AT(PREFECTURE)] = ghost_seen[AT(PREFECTURE)] & ~BIT((RESIDENT) - 1);
    ghost_seen[AT(NATIONAL)] = ghost_seen[AT(NATIONAL)] & ~BIT((RESIDENT) - 1);
    ghost_parked[me] = ghost_parked[me] | BIT((RESIDENT) - 1)
}

inline UNPARK(RESIDENT)
{
    ghost_refused[OWN(me, (RESIDENT) - 1)] = 0;
    ghost_restated[OWN(me, (RESIDENT) - 1)] = 0;
    ghost_parked[me] = ghost_parked[me] & ~BIT((RESIDENT) - 1)
}

/* R1: what is behind the last entry was written right behind it. */
#define IN_ORDER(S, POSITION) \
    broken_order = broken_order || (POSITION) > ghost_applied[AT(S)] + 1

/* A server: its rows of that municipality at the marker. */
inline TAKE_SNAPSHOT(ROUND, POSITION)
{
    d_step {
        for (at : 0 .. NRES - 1) {
            ghost_snapshot[ROW(server, me, at)] = ghost_row[ROW(server, me, at)]
        }
        at = 0;
        STALLED_NEVER;
        IN_ORDER(server, POSITION);
        ghost_wrong_cut[AT(server)] = ghost_wrong[AT(server)];
        ghost_snapshot_of[AT(server)] = ROUND;
        ghost_beyond[AT(server)] =
            ghost_beyond[AT(server)] || ghost_applied[AT(server)] >= (POSITION);
        ghost_applied[AT(server)] =
            (ghost_applied[AT(server)] >= (POSITION) -> ghost_applied[AT(server)] : (POSITION))
    }
}

/* An entry of the log like any other. */
inline PASS_MARKER(POSITION)
{
    d_step {
        IN_ORDER(server, POSITION);
        ghost_beyond[AT(server)] =
            ghost_beyond[AT(server)] || ghost_applied[AT(server)] >= (POSITION);
        ghost_applied[AT(server)] =
            (ghost_applied[AT(server)] >= (POSITION) -> ghost_applied[AT(server)] : (POSITION))
    }
}

inline DROP_SNAPSHOT()
{
    d_step {
        for (at : 0 .. NRES - 1) {
            ghost_snapshot[ROW(server, me, at)] = 0
        }
        at = 0;
        STALLED_NEVER;
        ghost_wrong_cut[AT(server)] = 0;
        ghost_snapshot_of[AT(server)] = 0
    }
}

/* 6-2: the next cells go on where these end. */
inline ASK_MORE() { STALLED_ONCE_MORE }

/* 6-2: the result, with the residents that it names.  Of a round that its CS has closed nobody
 * hears, so nothing is said of it. */
inline NOTE_RESULT(ROUND, REASON)
{
    d_step {
        if
        :: (REASON) == UNREACHED || ghost_round[me] != (ROUND) -> ghost_listed[AT(server)] = 0
        :: else ->
            broken_mixed = broken_mixed || ghost_snapshot_of[AT(server)] != in.txn;
            if
            :: (REASON) == BEYOND_HEAD ->
                broken_alarm = broken_alarm || !ghost_restored[me];
                ghost_listed[AT(server)] = 0
            :: else ->
                broken_restored = broken_restored || ghost_beyond[AT(server)];
                ghost_listed[AT(server)] = ((REASON) == DIFFERENT -> LISTED_AT(server) : 0);
                broken_false = broken_false ||
                    (ghost_listed[AT(server)] & ~ghost_wrong_cut[AT(server)]) != 0;
                broken_missed = broken_missed ||
                    (ghost_wrong_cut[AT(server)] & ~ghost_listed[AT(server)]) != 0
            fi
        fi;
        ghost_told[me] = ghost_told[me] + server
    }
}

inline HEAR_NATIONAL_RESULT(ROUND, REASON)
{
    ghost_told[me] = ghost_told[me] - 1
}

/* A row is written by an entry of its own municipality's log. */
#define WRITE_ROW(S, C, R, POSITION) \
    ghost_row[ROW(S, C, R)] = POSITION; \
    ghost_wrong[(S) * NCS + (C)] = ghost_wrong[(S) * NCS + (C)] & ~BIT(R); \
    ghost_seen[(S) * NCS + (C)] = ghost_seen[(S) * NCS + (C)] & ~BIT(R); \
    ghost_applied[(S) * NCS + (C)] = POSITION

inline APPLY_REPAIR(RESIDENT, POSITION)
{
    d_step {
        IN_ORDER(server, POSITION);
        broken_refusal = broken_refusal || answer != APPLIES;
        broken_overwrite = broken_overwrite ||
            ((ghost_wrong[AT(server)] & BIT((RESIDENT) - 1)) == 0
                && ghost_row[ROW(server, me, (RESIDENT) - 1)] > (POSITION));
        WRITE_ROW(server, me, (RESIDENT) - 1, POSITION)
    }
}

/* R1: it keeps its position; its row stays as it is, and no more is what the log says.  The CS is
 * told; the next round names the resident again. */
#define REFUSE_ENTRY(LINK, RESIDENT, POSITION, REASON) \
    IN_ORDER(server, POSITION); \
    broken_refusal = broken_refusal || (REASON) == APPLIES; \
    ghost_refusal[OWN(me, (RESIDENT) - 1)] = \
        (ghost_refusal[OWN(me, (RESIDENT) - 1)] > (POSITION) \
            -> ghost_refusal[OWN(me, (RESIDENT) - 1)] : (POSITION)); \
    ghost_applied[AT(server)] = POSITION; \
    ghost_wrong[AT(server)] = ghost_wrong[AT(server)] | BIT((RESIDENT) - 1); \
    ghost_seen[AT(server)] = ghost_seen[AT(server)] & ~BIT((RESIDENT) - 1); \
    JP_ROOM(LINK[OWN(me, (RESIDENT) - 1)]); \
    LINK[OWN(me, (RESIDENT) - 1)] ! ENTRY_REFUSED, RESIDENT, 0, POSITION, REASON, 0

inline REFUSE_AT_PREFECTURE(RESIDENT, POSITION, REASON)
{
    REFUSE_ENTRY(prefecture_to_repair, RESIDENT, POSITION, REASON)
}

inline REFUSE_AT_NATIONAL(RESIDENT, POSITION, REASON)
{
    REFUSE_ENTRY(national_to_repair, RESIDENT, POSITION, REASON)
}
