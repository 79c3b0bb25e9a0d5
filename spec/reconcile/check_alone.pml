/* SPDX-License-Identifier: Apache-2.0 */
/* One role alone: every message may come in every state, of any round and of any position, with
 * every answer of its host.  Nobody is behind its links, so what comes, what it sends and does is
 * on the edges only (OBSERVED); what it refuses changes nothing.  There are no properties: no world
 * brings such runs about.  But the C must do as the model does (juki identity).
 *
 * The bounds name the role: -DCS_ROUND_ALONE and so on.  A field that a kind does not need has a
 * value of its own, so who reads it by mistake is seen. */
#define OBSERVED
#define NCS 1
#define NRES 2
#define REPAIRS 0
#define CAPACITY 0
#define DIALOGUE_CAPACITY 0
#include "../lib/role.pml"
#include "../lib/envelope.pml"
#include "messages.pml"

inline marker_position(HIGHEST)
{
    if
    :: HIGHEST = 1
    :: HIGHEST = 2
    fi
}

inline repair_position(HIGHEST)
{
    if
    :: HIGHEST = 1
    :: HIGHEST = 2
    fi
}

#define ANY_RESULT(ANSWER) \
    if \
    :: ANSWER = EQUAL \
    :: ANSWER = DIFFERENT \
    :: ANSWER = BEYOND_HEAD \
    :: ANSWER = STALLED \
    fi

inline compare_at_prefecture(ANSWER)
{
    ANY_RESULT(ANSWER)
}

inline compare_at_national(ANSWER)
{
    ANY_RESULT(ANSWER)
}

#define ANY_WORD(ANSWER) \
    if \
    :: ANSWER = APPLIES \
    :: ANSWER = NOT_CANONICAL \
    fi

inline check_repair_at_prefecture(ANSWER)
{
    ANY_WORD(ANSWER)
}

inline check_repair_at_national(ANSWER)
{
    ANY_WORD(ANSWER)
}

#include "observed.pml"

/* An effect is its number and its arguments.  A message is its link, too. */
#undef JP_THEN
#define JP_THEN(EFFECT)
#undef send
#define send(LINK, KIND, TXN, MASK, EPOCH, REASON) \
    JP_DID(n_##LINK, KIND, TXN); JP_DID(MASK, EPOCH, REASON)
#undef forward
#define forward(LINK, KIND, TXN, EPOCH, REASON, AUTHOR) \
    JP_DID(n_##LINK, KIND, TXN); JP_DID(EPOCH, REASON, AUTHOR)
#undef JP_REFUSED
#define JP_REFUSED JP_DID(255, 0, 0); JP_CLEAR

/* What came is on the edge, too; its kind stands where the role reads nothing. */
#undef JP_TOOK
#define JP_TOOK \
    jk_heard = JP_ADD(JP_ADD(JP_ADD(jk_heard, in.txn), in.mask), in.epoch); \
    jk_heard = JP_ADD(JP_ADD(JP_ADD(jk_heard, in.reason), in.author), peer);

byte n_log_to_prefecture[1];
byte n_log_to_national[1];
byte n_cs_to_prefecture[1];
byte n_cs_to_national[1];
byte n_prefecture_to_cs[1];
byte n_national_to_cs[1];
byte n_national_to_prefecture[1];

#define PLAIN(LINK, KIND) LINK ! KIND, KIND + 3, 1, 9, DOUBLE, 5

/* Of each of two rounds. */
#define ROUNDS_OF(LINK, KIND, REASON) \
    LINK ! KIND, 1, 1, 9, REASON, KIND \
    :: LINK ! KIND, 2, 1, 9, REASON, KIND

/* Of each of two rounds, or for each of two residents, at each of three positions. */
#define AT_POSITION(LINK, KIND, EPOCH) \
    LINK ! KIND, 1, 1, EPOCH, DOUBLE, KIND \
    :: LINK ! KIND, 2, 1, EPOCH, DOUBLE, KIND
#define POSITIONS(LINK, KIND) \
    AT_POSITION(LINK, KIND, 1) \
    :: AT_POSITION(LINK, KIND, 2) \
    :: AT_POSITION(LINK, KIND, 3)

#ifdef CS_ROUND_ALONE
#define ROLE cs_round(0)
#include "cs_round.pml"
#define RESULTS(LINK) \
    ROUNDS_OF(LINK, COMPARED, EQUAL) \
    :: ROUNDS_OF(LINK, COMPARED, DIFFERENT) \
    :: ROUNDS_OF(LINK, COMPARED, UNREACHED) \
    :: ROUNDS_OF(LINK, COMPARED, BEYOND_HEAD) \
    :: ROUNDS_OF(LINK, COMPARED, STALLED) \
    :: ROUNDS_OF(LINK, MORE_CELLS, DOUBLE)
proctype anyone()
{
end_SAYS:
    do
    :: ROUNDS_OF(desk_round[0], START, DOUBLE)
    :: PLAIN(desk_round[0], CLEAR_ALARM)
    :: RESULTS(prefecture_to_cs[0])
    :: RESULTS(national_to_cs[0])
    od
}
#endif

#ifdef CS_REPAIR_ALONE
#define ROLE cs_repair(0, 1)
#include "cs_repair.pml"
#define REFUSALS(LINK) \
    POSITIONS(LINK, ENTRY_REFUSED) \
    :: LINK ! ENTRY_REFUSED, 3, 1, 3, NOT_CANONICAL, 5
proctype anyone()
{
end_SAYS:
    do
    :: PLAIN(desk_repair[1], APPROVE)
    :: PLAIN(desk_repair[1], RELEASE_PARKED)
    :: REFUSALS(prefecture_to_repair[1])
    :: REFUSALS(national_to_repair[1])
    od
}
#endif

#ifdef PREFECTURE_ROUND_ALONE
#define ROLE prefecture_round(0, 0)
#include "prefecture_round.pml"
proctype anyone()
{
end_SAYS:
    do
    :: POSITIONS(log_to_prefecture[0], MARKER)
    :: POSITIONS(log_to_prefecture[0], REPAIR)
    :: POSITIONS(cs_to_prefecture[0], CHECK)
    :: ROUNDS_OF(cs_to_prefecture[0], CELLS, DOUBLE)
    :: ROUNDS_OF(cs_to_prefecture[0], CLOSE, DOUBLE)
    :: ROUNDS_OF(national_to_prefecture[0], COMPARED, EQUAL)
    :: ROUNDS_OF(national_to_prefecture[0], COMPARED, DIFFERENT)
    od
}
#endif

#ifdef NATIONAL_ROUND_ALONE
#define ROLE national_round(0, 1)
#include "national_round.pml"
proctype anyone()
{
end_SAYS:
    do
    :: POSITIONS(log_to_national[0], MARKER)
    :: POSITIONS(log_to_national[0], REPAIR)
    :: POSITIONS(cs_to_national[0], CHECK)
    :: ROUNDS_OF(cs_to_national[0], CELLS, DOUBLE)
    :: ROUNDS_OF(cs_to_national[0], CLOSE, DOUBLE)
    od
}
#endif

init
{
    atomic {
        n_log_to_prefecture[0] = 1;
        n_log_to_national[0] = 2;
        n_cs_to_prefecture[0] = 3;
        n_cs_to_national[0] = 4;
        n_prefecture_to_cs[0] = 5;
        n_national_to_cs[0] = 6;
        n_national_to_prefecture[0] = 7;
        run ROLE;
        run anyone()
    }
}
