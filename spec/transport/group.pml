/* SPDX-License-Identifier: Apache-2.0 */
/* Group commit, written out in plain Promela in the place of receiver.pml: never generated.
 * Several steps work on a copy; their answers wait.  The commit makes all of them durable and lets
 * the answers go; a crash goes back to the last commit, and what waited is gone. */

byte durable;                        /* the last sequence committed */
byte copy_message[MESSAGES + 1];     /* consumed in the copy, not committed: its message, 0 none */
bool copy_refused[MESSAGES + 1];     /* that one was refused */
bool held_ACK[MESSAGES + 2];         /* answers that wait for the commit */
bool held_NACK[MESSAGES + 1];
bool held_any;

/* The answer of a step: it waits. */
#define HOLD(KIND, SEQUENCE) \
    held_##KIND[SEQUENCE] = true; \
    held_any = true

inline RELEASE_ANSWERS()
{
    for (at : 1 .. MESSAGES) {
        if
        :: held_ACK[at + 1] && channel_open -> receiver_to_sender_put(ACK, 0, at + 1)
        :: else -> skip
        fi;
        if
        :: held_NACK[at] && channel_open -> receiver_to_sender_put(NACK, 0, at)
        :: else -> skip
        fi;
        held_ACK[at + 1] = false;
        held_NACK[at] = false
    }
    at = 0;
    held_any = false
}

inline FORGET()
{
    for (at : 1 .. MESSAGES) {
        copy_message[at] = 0;
        copy_refused[at] = false;
        held_ACK[at + 1] = false;
        held_NACK[at] = false
    }
    at = 0;
    held_any = false
}

proctype receiver()
{
    REGISTERS;
    count committed;    /* of the copy */

end_READY:
    if
    :: atomic { sender_to_receiver ? DATA, in ->
           if
           :: in.sequence == committed + 1 ->
               committed = in.sequence;
               upper_check(answer);
               copy_message[in.sequence] = in.message;
               if
               :: answer == ACCEPT -> HOLD(ACK, in.sequence + 1)
               :: else -> copy_refused[in.sequence] = true; HOLD(NACK, in.sequence)
               fi
           :: in.sequence <= committed ->                          /* the copy's dead letters too */
               first_answer(answer);
               if
               :: answer == REFUSE || copy_refused[in.sequence] -> HOLD(NACK, in.sequence)
               :: else -> HOLD(ACK, in.sequence + 1)
               fi
           :: else -> skip
           fi;
           NEXT(end_READY) }
    :: atomic { held_any ->                                            /* commit */
           do
           :: durable < committed ->
               durable = durable + 1;
               if
               :: copy_refused[durable] -> DEAD_LETTER(durable, copy_message[durable])
               :: else -> DELIVER(durable, copy_message[durable])
               fi;
               copy_message[durable] = 0;
               copy_refused[durable] = false
           :: else -> break
           od;
           skip;
           d_step { RELEASE_ANSWERS() };
           NEXT(end_READY) }
    :: atomic { held_any ->                                            /* crash before the commit */
           committed = durable;
           d_step { FORGET() };
           NEXT(end_READY) }
    fi;
    goto end_READY;
}
