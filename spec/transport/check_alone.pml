/* SPDX-License-Identifier: Apache-2.0 */
/* One end of a link alone: every kind may come in every state, also numbers that no peer sends,
 * with every answer of the host.  Nobody is behind its links, so what comes, what it sends and
 * does is on the edges only (OBSERVED); what it refuses changes nothing.  The C must do as the
 * model does (juki identity).  -DSENDER_ALONE or -DRECEIVER_ALONE. */
#define OBSERVED
#include "../lib/record.pml"
#include "messages.pml"

inline window(HIGHEST)
{
    if
    :: HIGHEST = 1
    :: HIGHEST = 2
    fi
}

inline upper_check(ANSWER)
{
    if
    :: ANSWER = ACCEPT
    :: ANSWER = REFUSE
    fi
}

inline first_answer(ANSWER)
{
    if
    :: ANSWER = ACCEPT
    :: ANSWER = REFUSE
    fi
}

#include "observed.pml"

#undef JP_THEN
#define JP_THEN(EFFECT)
#undef send
#define send(LINK, KIND, LINK_EPOCH, SEQUENCE) JP_DID(KIND, LINK_EPOCH, SEQUENCE)
#undef JP_REFUSED
#define JP_REFUSED JP_DID(255, 0, 0); JP_CLEAR

/* What came is on the edge, too; its kind stands where the role reads nothing. */
#undef JP_TOOK
#define JP_TOOK \
    jk_heard = JP_ADD(JP_ADD(JP_ADD(jk_heard, in.link_epoch), in.sequence), in.message);

/* Each number from 0 to 6. */
#define NUMBERS(LINK, KIND, LINK_EPOCH, MESSAGE) \
    LINK ! KIND, LINK_EPOCH, 0, 0, MESSAGE \
    :: LINK ! KIND, LINK_EPOCH, 1, 0, MESSAGE \
    :: LINK ! KIND, LINK_EPOCH, 2, 0, MESSAGE \
    :: LINK ! KIND, LINK_EPOCH, 3, 0, MESSAGE \
    :: LINK ! KIND, LINK_EPOCH, 4, 0, MESSAGE \
    :: LINK ! KIND, LINK_EPOCH, 5, 0, MESSAGE \
    :: LINK ! KIND, LINK_EPOCH, 6, 0, MESSAGE

#ifdef SENDER_ALONE
#include "sender.pml"
proctype anyone()
{
end_SAYS:
    do
    :: atomic { sender[1]:last < 4 -> host_sender ! SUBMIT, 0, 0, 0, 1 }
    :: atomic { sender[1]:last < 4 -> host_sender ! SUBMIT, 0, 0, 0, 2 }
    :: host_sender ! LINK_UP, 5, 0, 0, 0
    :: host_sender ! LINK_DOWN, 6, 0, 0, 0
    :: NUMBERS(receiver_to_sender, ACK, 7, ACK)
    :: NUMBERS(receiver_to_sender, NACK, 7, NACK)
    od
}
init
{
    atomic {
        run sender();
        run anyone()
    }
}
#endif

#ifdef RECEIVER_ALONE
#include "receiver.pml"
proctype anyone()
{
end_SAYS:
    do
    :: NUMBERS(sender_to_receiver, DATA, 7, 9)
    :: NUMBERS(sender_to_receiver, DATA, 8, 10)
    od
}
init
{
    atomic {
        run receiver();
        run anyone()
    }
}
#endif
