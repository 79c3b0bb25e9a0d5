/* SPDX-License-Identifier: Apache-2.0 */
/* What the roles and the log do to registers: ghosts here, rows in C.  An effect cannot refuse.
 *
 * A record is a number, how often it has changed.  A server's row is kept per municipality (an
 * episode): open from its ENTRY to its REMOVAL. */

byte ghost_register[NCS];       /* the registry's record of the resident */
byte ghost_record[NCS];         /* the CS's */
bool ghost_registered[NCS];     /* he is in that registry */
bool ghost_resides[NCS];        /* he is current at that CS */
byte ghost_head[NCS];           /* entries in the CS's log */
byte ghost_said[NCS * (POSITIONS + 1)]; /* the record that the entry of a position says */
byte ghost_due[NCS];            /* changes at the CS that have no entry yet */
byte ghost_queue[NCS];          /* changes that wait outside of the log */
byte ghost_row[2 * NCS];        /* a server's record */
bool ghost_open[2 * NCS];       /* its episode is open */
byte ghost_applied[2 * NCS];    /* the last position that came */
bool ghost_refused[2 * NCS];    /* the last UPDATE was refused there */
bool ghost_lost[2 * NCS];       /* the row was damaged */
byte ghost_told[NCS];           /* refusals of which the CS has yet to hear */

bool broken_order;      /* U1: an entry, or a server's row, says less than one before it */
bool broken_once;       /* U2: an entry of a change that had one */
bool broken_episode;    /* U3: an UPDATE changed an episode that is not open */
bool broken_gap;        /* R1: an entry came that is not the next */

#define AT(S)     ((S) * NCS + me)
#define SAID(POS) ghost_said[me * (POSITIONS + 1) + (POS)]

/* 1-2. */
inline CHANGE_REGISTER()
{
    ghost_register[me] = ghost_register[me] + 1
}

/* 1-3: the CS's file follows the register, also when the entry has to wait. */
inline RECORD_CHANGE()
{
    ghost_record[me] = ghost_record[me] + 1;
    ghost_due[me] = ghost_due[me] + 1
}

inline QUEUE_CHANGE()
{
    ghost_queue[me] = ghost_queue[me] + 1
}

inline UNQUEUE_CHANGE()
{
    ghost_queue[me] = ghost_queue[me] - 1
}

/* A change without an entry: his residence ended first, and its REMOVAL said all there is. */
inline PASS_CHANGE(REASON)
{
    ghost_due[me] = 0
}

/* 1-4: the entry, the record as it is now. */
inline WRITE_UPDATE(POSITION)
{
    d_step {
        broken_once = broken_once || ghost_due[me] == 0;
        if
        :: ghost_due[me] > 0 -> ghost_due[me] = ghost_due[me] - 1
        :: else -> skip
        fi;
        broken_order = broken_order || ghost_record[me] < SAID(ghost_head[me]);
        SAID(POSITION) = ghost_record[me];
        ghost_head[me] = POSITION
    }
}

/* R1: at a server every position comes, in order. */
#define NEXT_POSITION(S, POSITION) \
    broken_gap = broken_gap || (POSITION) != ghost_applied[AT(S)] + 1; \
    ghost_applied[AT(S)] = POSITION

/* 1-4, 1-5: the sender's own open episode says the record. */
inline APPLY_UPDATE(POSITION)
{
    d_step {
        NEXT_POSITION(server, POSITION);
        broken_episode = broken_episode || !ghost_open[AT(server)];
        broken_order = broken_order || SAID(POSITION) < ghost_row[AT(server)];
        ghost_row[AT(server)] = SAID(POSITION);
        ghost_refused[AT(server)] = false
    }
}

/* R1: it keeps its position. */
inline PASS_UPDATE(POSITION, REASON)
{
    d_step {
        NEXT_POSITION(server, POSITION);
        ghost_refused[AT(server)] = true;
        ghost_told[me] = ghost_told[me] + 1
    }
}

inline KEEP_REFUSED(POSITION, REASON)
{
    ghost_told[me] = ghost_told[me] - 1
}
