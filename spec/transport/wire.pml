/* SPDX-License-Identifier: Apache-2.0 */
/* The wire between the two ends.
 *
 * As a rule it loses, doubles and reorders without bound: it keeps one copy of each DATA sequence
 * and of each answer, and a second copy is a copy that stays when it is delivered.
 *
 * STREAM is the real channel: an authenticated stream, in order both ways, that loses only by a
 * cut, and then all that is under way.  Its queues hold ROOM records both ways together; where
 * there is no room for a window nothing is sent.  (With room for each way alone both could be full,
 * each waiting for the other.)
 *
 * FAULTS limits losses, copies and cuts to so many (liveness: then they stop). */

byte at;                             /* only inside a d_step */

#ifdef FAULTS
byte faults_left = FAULTS;
#define MAY_FAULT faults_left > 0
#define FAULT MAY_FAULT -> faults_left = faults_left - 1
#else
#define MAY_FAULT true
#define FAULT skip
#endif

#ifdef STREAM

#define ROOM 4
chan flying_data    = [ROOM] of { byte, byte };
chan flying_answers = [ROOM] of { mtype:kind, byte };

#define PUT_DATA(SEQUENCE, MESSAGE) flying_data ! SEQUENCE, MESSAGE
#define receiver_to_sender_put(KIND, LINK_EPOCH, SEQUENCE) \
    assert(nfull(flying_answers)); flying_answers ! KIND, SEQUENCE
#define ROOM_FOR_DATA (len(flying_data) + len(flying_answers) <= ROOM - WINDOW)
#undef EXPIRE
#define EXPIRE(NAME) NAME && ROOM_FOR_DATA -> NAME = false

inline LOSE_ALL()
{
    d_step {
        do
        :: nempty(flying_data) -> flying_data ? _, _
        :: nempty(flying_answers) -> flying_answers ? _, _
        :: empty(flying_data) && empty(flying_answers) -> break
        od
    }
}

proctype carry_data(byte sequence)
{
    byte message;
end_WAITS:
    do
    :: atomic { flying_data ? [eval(sequence), _] ->
           flying_data ? eval(sequence), message;
           sender_to_receiver ! DATA, 0, sequence, 0, message;
CARRIED:   message = 0 }
    od
}

#define CARRY(KIND) \
    atomic { flying_answers ? [KIND, eval(sequence)] -> \
        flying_answers ? KIND, eval(sequence); \
        receiver_to_sender ! KIND, 0, sequence, 0, 0 }

#else

byte flying_DATA[MESSAGES + 1];      /* the message under each sequence, 0 none */
bool flying_ACK[MESSAGES + 2];       /* the next sequence expected */
bool flying_NACK[MESSAGES + 1];

#define PUT_DATA(SEQUENCE, MESSAGE) flying_DATA[SEQUENCE] = MESSAGE
#define receiver_to_sender_put(KIND, LINK_EPOCH, SEQUENCE) flying_##KIND[SEQUENCE] = true
#define ROOM_FOR_DATA true

inline LOSE_ALL()
{
    d_step {
        for (at : 1 .. MESSAGES) {
            flying_DATA[at] = 0;
            flying_ACK[at] = false;
            flying_NACK[at] = false
        }
        flying_ACK[MESSAGES + 1] = false;
        at = 0
    }
}

/* One carrier a copy, so that fairness carries each of them. */
proctype carry_data(byte sequence)
{
    byte message;
end_WAITS:
    do
    :: atomic { flying_DATA[sequence] != 0 ->
           message = flying_DATA[sequence];
           if
           :: flying_DATA[sequence] = 0
           :: FAULT                     /* a copy stays */
           fi;
           sender_to_receiver ! DATA, 0, sequence, 0, message;
CARRIED:   message = 0 }
    od
}

#define CARRY(KIND) \
    atomic { flying_##KIND[sequence] -> \
        if \
        :: flying_##KIND[sequence] = false \
        :: FAULT \
        fi; \
        receiver_to_sender ! KIND, 0, sequence, 0, 0 }

/* Loss, one record at a time. */
#define LOSE(S) \
    atomic { flying_DATA[S] != 0 && MAY_FAULT -> FAULT; flying_DATA[S] = 0 } \
    :: atomic { flying_ACK[S] && MAY_FAULT -> FAULT; flying_ACK[S] = false } \
    :: atomic { flying_NACK[S] && MAY_FAULT -> FAULT; flying_NACK[S] = false }

proctype lose()
{
end_WAITS:
    do
    :: LOSE(1)
    :: LOSE(2)
#if MESSAGES == 3
    :: LOSE(3)
#endif
    :: atomic { flying_ACK[MESSAGES + 1] && MAY_FAULT -> FAULT; flying_ACK[MESSAGES + 1] = false }
    od
}

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
