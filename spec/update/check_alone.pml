/* SPDX-License-Identifier: Apache-2.0 */
/* One role alone: every kind may come by its links and desks in every state, expected or not, with
 * every answer of its host.  Nobody is behind its links, so what comes, what it sends and does is
 * on the edges only (OBSERVED); what it refuses changes nothing.  There are no properties: no world
 * brings such runs about.  But the C must do as the model does (juki identity).
 *
 * The bounds name the role: -DCS_UPDATE_ALONE and so on.  A field that a kind does not need has a
 * value of its own, so who reads it by mistake is seen. */
#define OBSERVED
#define NCS 1
#define CAPACITY 0
#include "../lib/role.pml"
#include "../lib/envelope.pml"
#include "messages.pml"

inline change_check(ANSWER)
{
    if
    :: ANSWER = APPLIES
    :: ANSWER = LATER
    :: ANSWER = NOT_RESIDENT
    fi
}

inline waiting_check(ANSWER)
{
    if
    :: ANSWER = APPLIES
    :: ANSWER = NOT_RESIDENT
    fi
}

inline update_position(HIGHEST)
{
    if
    :: HIGHEST = 1
    :: HIGHEST = 2
    fi
}

inline check_at_prefecture(ANSWER)
{
    if
    :: ANSWER = APPLIES
    :: ANSWER = NOT_RESIDENT
    :: ANSWER = NOT_CANONICAL
    fi
}

inline check_at_national(ANSWER)
{
    if
    :: ANSWER = APPLIES
    :: ANSWER = NOT_RESIDENT
    :: ANSWER = NOT_CANONICAL
    fi
}

#include "observed.pml"

/* An effect is its number and its arguments.  A message is its link, too. */
#undef JP_THEN
#define JP_THEN(EFFECT)
#undef send
#define send(LINK, KIND, TXN, MASK, EPOCH, REASON) \
    JP_DID(KIND, TXN, MASK); JP_DID(EPOCH, REASON, 0)
#undef forward
#define forward(LINK, KIND, EPOCH, REASON, AUTHOR) \
    JP_DID(KIND, EPOCH, REASON); JP_DID(AUTHOR, 0, 0)
#undef JP_REFUSED
#define JP_REFUSED JP_DID(255, 0, 0); JP_CLEAR

/* What came is on the edge, too; its kind stands where the role reads nothing. */
#undef JP_TOOK
#define JP_TOOK \
    jk_heard = JP_ADD(JP_ADD(JP_ADD(jk_heard, in.txn), in.mask), in.epoch); \
    jk_heard = JP_ADD(JP_ADD(JP_ADD(jk_heard, in.reason), in.author), peer);
#define SAYS(LINK, KIND, EPOCH, REASON) LINK ! KIND, KIND + 1, 1, EPOCH, REASON, 5
#define ENTRIES(LINK, KIND) \
    SAYS(LINK, KIND, 1, NOT_RESIDENT) \
    :: SAYS(LINK, KIND, 2, NOT_RESIDENT) \
    :: SAYS(LINK, KIND, 2, NOT_CANONICAL)

#ifdef REGISTRY_UPDATE_ALONE
#define ROLE registry_update(0)
#include "registry_update.pml"
proctype anyone()
{
end_SAYS:
    do
    :: SAYS(desk_registry[0], CHANGE, 9, DOUBLE)
    od
}
#endif

#ifdef CS_UPDATE_ALONE
#define ROLE cs_update(0)
#include "cs_update.pml"
proctype anyone()
{
end_SAYS:
    do
    :: atomic { cs_update[1]:waiting < 4 -> SAYS(registry_to_cs[0], CHANGED, 9, DOUBLE) }
    :: ENTRIES(prefecture_to_cs[0], ENTRY_REFUSED)
    :: ENTRIES(national_to_cs[0], ENTRY_REFUSED)
    :: SAYS(desk_feed[0], TAKE, 9, DOUBLE)
    od
}
#endif

#ifdef PREFECTURE_UPDATE_ALONE
#define ROLE prefecture_update(0, 0)
#include "prefecture_update.pml"
proctype anyone()
{
end_SAYS:
    do
    :: ENTRIES(log_to_prefecture[0], UPDATE)
    od
}
#endif

#ifdef NATIONAL_UPDATE_ALONE
#define ROLE national_update(0, 0)
#include "national_update.pml"
proctype anyone()
{
end_SAYS:
    do
    :: ENTRIES(log_to_national[0], UPDATE)
    od
}
#endif

init
{
    atomic {
        run ROLE;
        run anyone()
    }
}
