/* SPDX-License-Identifier: Apache-2.0 */
/* Role: the sending end of one directed link (T1 to T5, T7).  One instance per link.  Its row is
 * durable; a restart of the node is another LINK_UP.  The transport alone repeats (T5). */

/* The rows up to UPTO are acknowledged; the next messages come into the window. */
#define ACKNOWLEDGE(UPTO) \
    window(highest); \
    DELETE_UPTO(UPTO); \
    TRANSMIT(acked + highest + 1, (UPTO) + highest); \
    acked = UPTO; \
    REPEAT_IF_WAITING

#define REPEAT_IF_WAITING \
    if \
    :: acked == last -> DISARM(resend) \
    :: else -> ARM(resend) \
    fi

/* The channel is new: what is not acknowledged goes again, up to the window. */
#define RESEND_WINDOW \
    window(highest); \
    TRANSMIT(acked + 1, acked + highest)

proctype sender()
{
    REGISTERS;
    count last;         /* T4: the sequence last assigned, never reset */
    count acked;        /* every message up to here is committed at the receiver */
    TIMER(resend);      /* T5: the host lengthens it while nothing is acknowledged */

end_DOWN:               /* No channel.  Messages are stored and wait. */
    if
    :: atomic { host_sender ? SUBMIT, in ->
           last = last + 1;
           STORE_OUTBOX(last, in.message);                             /* T1 */
           NEXT(end_DOWN) }
    :: atomic { host_sender ? LINK_UP, in ->
           RESEND_WINDOW;
           REPEAT_IF_WAITING;
           NEXT(end_UP) }
    :: DROP(host_sender, LINK_DOWN)
    :: UNEXPECTED(receiver_to_sender, ACK, NACK)
    :: UNARMED(resend)
    fi;
    goto end_DOWN;

end_UP:
    if
    :: atomic { host_sender ? SUBMIT, in ->
           last = last + 1;
           STORE_OUTBOX(last, in.message);                             /* T1 */
           window(highest);
           if
           :: last <= acked + highest -> TRANSMIT(last, last)
           :: else -> skip                                             /* an ACK will open the window */
           fi;
           if
           :: last == acked + 1 -> ARM(resend)
           :: else -> skip                                             /* it runs already */
           fi;
           NEXT(end_UP) }
    :: atomic { receiver_to_sender ? ACK, in ->                        /* the next sequence expected */
           if
           :: in.sequence == 0 || in.sequence > last + 1 -> IMPOSSIBLE
           :: else ->
               if
               :: in.sequence > acked + 1 -> ACKNOWLEDGE(in.sequence - 1); NEXT(end_UP)
               :: else -> NEXT(end_UP)                                 /* late or repeated */
               fi
           fi }
    :: atomic { receiver_to_sender ? NACK, in ->                       /* T7: consumed, and refused */
           if
           :: in.sequence == 0 || in.sequence > last -> IMPOSSIBLE
           :: else ->
               REFUSE_OUTBOX(in.sequence);
               if
               :: in.sequence > acked -> ACKNOWLEDGE(in.sequence); NEXT(end_UP)
               :: else -> NEXT(end_UP)
               fi
           fi }
    :: atomic { EXPIRE(resend) -> RESEND_WINDOW; ARM(resend); NEXT(end_UP) } /* T5 */
    :: atomic { host_sender ? LINK_UP, in ->                           /* the node, or the link, restarted */
           RESEND_WINDOW;
           REPEAT_IF_WAITING;
           NEXT(end_UP) }
    :: atomic { host_sender ? LINK_DOWN, in -> DISARM(resend); NEXT(end_DOWN) }
    fi;
    goto end_UP;
}
