/* SPDX-License-Identifier: Apache-2.0 */
/* Role: the receiving end of one directed link (T2, T3, T6, T7).  One instance per link.  Its
 * step, the upper machine's step and the dead letter are one transaction; the answer leaves after
 * its commit. */

proctype receiver()
{
    REGISTERS;
    count committed;    /* T2: the last sequence consumed; the next one is expected */

end_READY:
    if
    :: atomic { sender_to_receiver ? DATA, in ->
           if
           :: in.sequence == committed + 1 ->
               committed = in.sequence;                                /* T2 */
               upper_check(answer);
               if
               :: answer == ACCEPT ->
                   DELIVER(in.sequence, in.message);
                   send(receiver_to_sender, ACK, in.link_epoch, in.sequence + 1); /* T3 */
                   NEXT(end_READY)
               :: else ->                                              /* T7: the link goes on */
                   DEAD_LETTER(in.sequence, in.message);
                   send(receiver_to_sender, NACK, in.link_epoch, in.sequence);
                   NEXT(end_READY)
               fi
           :: in.sequence <= committed ->                            /* T6: the same answer again */
               first_answer(answer);
               if
               :: answer == ACCEPT ->
                   send(receiver_to_sender, ACK, in.link_epoch, in.sequence + 1);
                   NEXT(end_READY)
               :: else ->
                   send(receiver_to_sender, NACK, in.link_epoch, in.sequence);
                   NEXT(end_READY)
               fi
           :: else -> NEXT(end_READY)                                /* a gap: it will come again */
           fi }
    fi;
    goto end_READY;
}
