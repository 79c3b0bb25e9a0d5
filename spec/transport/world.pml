/* SPDX-License-Identifier: Apache-2.0 */
/* The world of a check: the upper steps that send, the channel that opens and is cut, crashes. */

/* Answers that waited for a commit find the channel open, or are lost. */
#ifdef GROUP
bool channel_open;
#define IS_OPEN(ANSWER) channel_open = ANSWER
#else
#define IS_OPEN(ANSWER) skip
#endif

/* The channel opens, is cut, opens again; or the sender's node crashes, and its link knows it only
 * by the next LINK_UP.  What was under way is gone.  A crash of the receiver's node is a cut: a
 * step that was not committed is a step not taken, because its answers leave after the commit. */
proctype channel()
{
BEGINS:
    atomic { IS_OPEN(true); host_sender ! LINK_UP, 0, 0, 0, 0 };
end_UP:
    do
    :: atomic { FAULT; LOSE_ALL(); IS_OPEN(false); host_sender ! LINK_DOWN, 0, 0, 0, 0 };
DOWN:  atomic { IS_OPEN(true); host_sender ! LINK_UP, 0, 0, 0, 0 }
    :: atomic { FAULT; LOSE_ALL(); host_sender ! LINK_UP, 0, 0, 0, 0 }
    od
}

/* Steps of upper machines, each sends one message. */
proctype upper()
{
    byte message = 1;
SENDS:
    do
    :: atomic { message <= MESSAGES && ROOM_FOR_DATA ->
           host_sender ! SUBMIT, 0, 0, 0, message;
SENT:      message = message + 1 }
    :: message > MESSAGES -> break
    od
}

#ifdef FAULTS
bool quiet; /* raised when nothing can move any more; without faults it comes to that */

proctype judge()
{
end_LOOKS_ON:
    atomic { timeout -> quiet = true };
end_RESTS:
    false
}
#endif

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
            run carry_nack(i)
        }
#ifndef STREAM
        run lose();
#endif
#ifdef FAULTS
        run judge();
#endif
        i = 0
    }
}
