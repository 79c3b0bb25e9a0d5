/* SPDX-License-Identifier: Apache-2.0 */
/* What the transport does to its tables and to the wire: ghosts here, rows and bytes in C.  An
 * effect cannot refuse.  What leaves the node leaves after the commit of the step (T3). */

byte ghost_asked;                    /* messages that upper steps sent */
byte ghost_row[MESSAGES + 1];        /* outbox row of a sequence: its message, 0 no row */
bool ghost_marked[MESSAGES + 1];     /* that row is marked REFUSED */
byte ghost_acked;                    /* rows up to here were acknowledged */
bool ghost_beyond_window;            /* something was transmitted outside the window */
byte ghost_committed;                /* messages consumed at the receiver */
byte ghost_delivered[MESSAGES + 1];  /* how often a message became an effect */
bool ghost_dead[MESSAGES + 1];       /* a message lies in the dead letters */
bool ghost_disorder;                 /* one was consumed before its predecessor, or again */
bool ghost_invented;                 /* one was consumed that nobody sent */

/* Sender, T1: the row is part of the step that sends the message. */
inline STORE_OUTBOX(SEQUENCE, MESSAGE)
{
    d_step { ghost_asked = MESSAGE; ghost_row[SEQUENCE] = MESSAGE }
}

/* Sender: put the waiting rows of this range on the wire, those that are there; without an open
 * channel it does nothing. */
inline TRANSMIT(SEQUENCE, UPTO)
{
    d_step {
        for (at : 1 .. MESSAGES) {
            if
            :: at >= (SEQUENCE) && at <= (UPTO) && ghost_row[at] != 0 && !ghost_marked[at] ->
                PUT_DATA(at, ghost_row[at]);
                ghost_beyond_window = ghost_beyond_window || at > ghost_acked + WINDOW
            :: else -> skip
            fi
        }
        at = 0
    }
}

/* Sender: the rows up to this one have done their work; those marked REFUSED stay to be shown. */
inline DELETE_UPTO(SEQUENCE)
{
    d_step {
        for (at : 1 .. MESSAGES) {
            if
            :: at <= (SEQUENCE) && !ghost_marked[at] -> ghost_row[at] = 0
            :: else -> skip
            fi
        }
        at = 0;
        ghost_acked = SEQUENCE
    }
}

/* Sender, T7: the row, if it is still there, is marked with the rule of the NACK and shown. */
inline REFUSE_OUTBOX(SEQUENCE)
{
    d_step {
        if
        :: ghost_row[SEQUENCE] != 0 -> ghost_marked[SEQUENCE] = true
        :: else -> skip
        fi
    }
}

/* One message is consumed. */
#define CONSUME(MESSAGE) \
    ghost_invented = ghost_invented || MESSAGE == 0 || MESSAGE > ghost_asked; \
    ghost_disorder = ghost_disorder || MESSAGE != ghost_committed + 1; \
    ghost_committed = (ghost_committed <= MESSAGES -> ghost_committed + 1 : ghost_committed)

/* Receiver: the upper machine's step. */
inline DELIVER(SEQUENCE, MESSAGE)
{
    d_step {
        CONSUME(MESSAGE);
        if
        :: ghost_delivered[MESSAGE] < 2 -> ghost_delivered[MESSAGE] = ghost_delivered[MESSAGE] + 1
        :: else -> skip
        fi
    }
}

/* Receiver, T7: the raw bytes and the rule, nothing else. */
inline DEAD_LETTER(SEQUENCE, MESSAGE)
{
    d_step {
        CONSUME(MESSAGE);
        ghost_dead[MESSAGE] = true
    }
}
