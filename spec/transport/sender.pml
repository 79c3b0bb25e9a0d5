/* SPDX-License-Identifier: Apache-2.0 */
/* Role: the sending end of one directed link (T1 to T5, T7).  One instance per link.  Its row is
 * durable; a restart of the node is another LINK_UP.  The transport alone repeats (T5).  Every
 * message has an answer of its own and the sender takes the answers in order: one that comes early
 * is left, for an ACK taken early would delete the row of a message that was refused and whose
 * NACK is lost (T7). */

/* The oldest message is answered; the next one comes into the window. */
#define ANSWERED \
    acked = acked + 1; \
    DELETE_UPTO(acked); \
    window(highest); \
    TRANSMIT(acked + highest, acked + highest); \
    REPEAT_IF_WAITING

#define REPEAT_IF_WAITING \
    if \
    :: acked == last -> DISARM(resend) \
    :: else -> ARM(resend) \
    fi

/* What is not answered goes again, up to the window. */
#define RESEND_WINDOW \
    window(highest); \
    TRANSMIT(acked + 1, acked + highest)

proctype sender()
{
    REGISTERS;
    count last;         /* T4: the sequence last assigned, never reset */
    count acked;        /* every message up to here is answered, so committed at the receiver */
    TIMER(resend);      /* T5: the host lengthens it while nothing is answered */

end_DOWN:               /* No channel.  Messages are stored and wait. */
    if
    :: atomic { host_sender ? SUBMIT, in ->
           last = last + 1;
           STORE_OUTBOX(last, in.message);                             /* T1 */
           NEXT(end_DOWN) }
    :: atomic { host_sender ? LINK_UP, in -> RESEND_WINDOW; REPEAT_IF_WAITING; NEXT(end_UP) }
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
           :: else -> skip                                             /* an answer opens it */
           fi;
           if
           :: last == acked + 1 -> ARM(resend)
           :: else -> skip                                             /* it runs already */
           fi;
           NEXT(end_UP) }
    :: atomic { receiver_to_sender ? ACK, in ->                  /* everything below is committed */
           if
           :: in.sequence == 0 || in.sequence > last + 1 -> IMPOSSIBLE
           :: else ->
               if
               :: in.sequence == acked + 2 -> ANSWERED; NEXT(end_UP)
               :: else -> NEXT(end_UP)                                 /* repeated, or early */
               fi
           fi }
    :: atomic { receiver_to_sender ? NACK, in ->                     /* T7: consumed, but refused */
           if
           :: in.sequence == 0 || in.sequence > last -> IMPOSSIBLE
           :: else ->
               if
               :: in.sequence == acked + 1 ->
                   REFUSE_OUTBOX(in.sequence);
                   ANSWERED;
                   NEXT(end_UP)
               :: else -> NEXT(end_UP)
               fi
           fi }
    :: atomic { EXPIRE(resend) -> RESEND_WINDOW; ARM(resend); NEXT(end_UP) } /* T5 */
    :: atomic { host_sender ? LINK_UP, in -> RESEND_WINDOW; REPEAT_IF_WAITING; NEXT(end_UP) }
    :: atomic { host_sender ? LINK_DOWN, in -> DISARM(resend); NEXT(end_DOWN) }
    fi;
    goto end_UP;
}
