/* SPDX-License-Identifier: Apache-2.0 */
/* The world of a check: the upper step that sends, the wire, and what goes wrong.
 *
 * The wire keeps one copy of each DATA sequence and of each answer; a second copy is a copy that stays
 * when it is delivered.  So loss, doubling and reordering need no bound in the safety checks.  The
 * liveness check sets FAULTS: so many losses, copies and cuts, then none.
 * ACKS_IN_ORDER: the answers come in the order in which they were sent, and are lost only by a cut: the
 * real channel (an authenticated stream).  DATA is lost, doubled and reordered all the same. */

byte at;                             /* only inside the d_step of an effect */

#ifdef FAULTS
byte faults_left = FAULTS;
#define FAULT (faults_left > 0) -> faults_left = faults_left - 1
#else
#define FAULT skip
#endif

#ifdef ACKS_IN_ORDER
#define ROOM 4
chan flying_answers = [ROOM] of { mtype:kind, byte };
#define receiver_to_sender_put(KIND, LINK_EPOCH, SEQUENCE) \
    assert(nfull(flying_answers)); flying_answers ! KIND, SEQUENCE
#define NO_ROOM (len(flying_answers) > ROOM - 2)
#else
bool flying_ACK[MESSAGES + 2];
bool flying_NACK[MESSAGES + 1];
#define receiver_to_sender_put(KIND, LINK_EPOCH, SEQUENCE) flying_##KIND[SEQUENCE] = true
#define NO_ROOM false
#endif

/* One carrier a copy, so that fairness carries each of them. */
proctype carry_data(byte sequence)
{
    byte message;
end_WAITS:
    do
    :: atomic { flying_DATA[sequence] != 0 && !NO_ROOM ->
           message = flying_DATA[sequence];
           if
           :: flying_DATA[sequence] = 0
           :: FAULT                     /* a copy stays */
           fi;
           sender_to_receiver ! DATA, 0, sequence, 0, message;
           message = 0 }
    od
}

#ifdef ACKS_IN_ORDER
#define CARRY(KIND) \
    atomic { flying_answers ? [KIND, eval(sequence)] -> \
        flying_answers ? KIND, eval(sequence); \
        receiver_to_sender ! KIND, 0, sequence, 0, 0 }
#else
#define CARRY(KIND) \
    atomic { flying_##KIND[sequence] -> \
        if \
        :: flying_##KIND[sequence] = false \
        :: FAULT \
        fi; \
        receiver_to_sender ! KIND, 0, sequence, 0, 0 }
#endif

proctype carry_ack(byte sequence)
{
end_WAITS:
    do
    :: CARRY(ACK)
    od
}

proctype carry_nack(byte sequence)
{
end_WAITS:
    do
    :: CARRY(NACK)
    od
}

proctype lose_data(byte sequence)
{
end_WAITS:
    do
    :: atomic { flying_DATA[sequence] != 0 -> FAULT; flying_DATA[sequence] = 0 }
    od
}

inline LOSE_ALL()
{
    d_step {
        for (at : 1 .. MESSAGES) { flying_DATA[at] = 0 }
#ifdef ACKS_IN_ORDER
        do
        :: nempty(flying_answers) -> flying_answers ? _, _
        :: else -> break
        od;
#else
        for (at : 1 .. MESSAGES) { flying_ACK[at] = false; flying_NACK[at] = false }
        flying_ACK[MESSAGES + 1] = false;
#endif
        at = 0
    }
}

/* The channel opens, is cut, opens again; or the sender's node crashes, and knows its link only by the
 * next LINK_UP.  What was under way is gone.  A crash of the receiver's node is a cut: a step that was
 * not committed is a step not taken, for its answers never left. */
proctype channel()
{
    host_sender ! LINK_UP, 0, 0, 0, 0;
end_UP:
    do
    :: atomic { FAULT; LOSE_ALL(); host_sender ! LINK_DOWN, 0, 0, 0, 0 };
       host_sender ! LINK_UP, 0, 0, 0, 0
    :: atomic { FAULT; LOSE_ALL(); host_sender ! LINK_UP, 0, 0, 0, 0 }
    od
}

/* Steps of upper machines, each sends one message. */
proctype upper()
{
    byte message = 1;
    do
    :: atomic { message <= MESSAGES ->
           host_sender ! SUBMIT, 0, 0, 0, message;
           message = message + 1 }
    :: message > MESSAGES -> break
    od
}

init
{
    byte i;
    atomic {
        run sender();
        run receiver();
        run upper();
        run channel();
        for (i : 1 .. MESSAGES) {
            run carry_data(i);
            run carry_ack(i + 1);
            run carry_nack(i);
            run lose_data(i)
        }
        run carry_ack(1);
        i = 0
    }
}
