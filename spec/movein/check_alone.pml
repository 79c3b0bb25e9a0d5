/* SPDX-License-Identifier: Apache-2.0 */
/* One role alone: every kind may come by its links and desks in every state, expected or not,
 * with every answer of its host.  Nobody is behind its links, so what comes, what it sends and
 * does is on the edges only (OBSERVED); what it refuses changes nothing.  There are no
 * properties: no world brings such runs about.  But the C must do as the model does (juki
 * identity).
 *
 * The bounds name the role: -DTERMINAL_ALONE and so on; -DTHREE: the case has a third member.  A
 * field that a kind does not need has a value of its own, so who reads it by mistake is seen. */
#define OBSERVED
#define NMEMBER 2
#define NDEST 2
#define NCS 3
#define ALL 3
#define START_EPOCH 2
#define WITH_DISPUTE
#define CAPACITY 0
#define PREFECTURE_OF(CS) 0
#include "../lib/role.pml"
#include "../lib/envelope.pml"
#include "messages.pml"
#ifdef THREE
#define case_members of_two
#endif
#include "hooks.pml"
#ifdef THREE
#undef case_members
inline case_members(CHOSEN)
{
    if
    :: CHOSEN = 3
    :: CHOSEN = 4
    fi
}
#endif
#include "observed.pml"

/* An effect is its number and its arguments.  A message is its link's end, too. */
#undef JP_THEN
#define JP_THEN(EFFECT)
#undef send
#define send(LINK, KIND, TXN, MASK, EPOCH, REASON) \
    JP_DID(n_##LINK, KIND, TXN); JP_DID(MASK, EPOCH, REASON)
#undef forward
#define forward(LINK, KIND, EPOCH, REASON, AUTHOR) \
    JP_DID(n_##LINK, KIND, EPOCH); JP_DID(REASON, AUTHOR, 0)
#undef send_each
#define send_each(LINK, KIND, TXN, MASK, EPOCH, REASON) \
    JP_DID(n_##LINK##_each, KIND, TXN); JP_DID(MASK, EPOCH, REASON)
#undef JP_REFUSED
#define JP_REFUSED JP_DID(255, 0, 0); JP_UNDO; JP_CLEAR
#define JP_UNDO skip

/* What came is on the edge, too; its kind stands where the role reads nothing, as a transaction
 * that is not the role's own. */
#undef JP_TOOK
#define JP_TOOK \
    jk_heard = JP_ADD(JP_ADD(JP_ADD(jk_heard, in.txn), in.mask), in.epoch); \
    jk_heard = JP_ADD(JP_ADD(JP_ADD(jk_heard, in.reason), in.author), peer);
#define MASKS(LINK, KIND, EPOCH, REASON) \
    LINK ! KIND, KIND + 1, 1, EPOCH, REASON, 5 \
    :: LINK ! KIND, KIND + 1, 2, EPOCH, REASON, 5 \
    :: LINK ! KIND, KIND + 1, 3, EPOCH, REASON, 5
#define REASONS(LINK, KIND, ONE, TWO) \
    LINK ! KIND, KIND + 1, 3, 9, ONE, 5 \
    :: LINK ! KIND, KIND + 1, 3, 9, TWO, 5
#define PLAIN(LINK, KIND) LINK ! KIND, KIND + 1, 1, 9, DOUBLE, 5

#ifdef TERMINAL_ALONE
#define ROLE terminal(0)
byte n_terminal_to_dest[2];
#define NUMBER(I) n_terminal_to_dest[I] = 1 + I
#include "terminal.pml"
proctype anyone()
{
end_SAYS:
    do
    :: REASONS(dest_to_terminal[0], VERIFY_RESULT, MATCH_ACTIVE, MATCH_REMOVED)
    :: REASONS(dest_to_terminal[0], VERIFY_RESULT, CODE_CHANGED, NO_MATCH)
    :: REASONS(dest_to_terminal[0], VERIFY_RESULT, CARD_INVALID, UNAVAILABLE)
    :: PLAIN(dest_to_terminal[0], DONE)
    :: PLAIN(dest_to_terminal[0], REFUSED)
    :: PLAIN(dest_to_terminal[0], CONTINUED)
    :: PLAIN(desk_terminal[0], MOVE_IN)
    :: PLAIN(desk_terminal[0], STOP_MOVE_IN)
    :: PLAIN(desk_terminal[0], GIVE_UP)
    od
}
#endif

#ifdef DEST_CS_ALONE
#define ROLE dest_cs(0)
byte n_dest_to_terminal[2];
byte n_dest_to_registry[2];
byte n_dest_to_origin[2];
byte n_dest_to_national[2];
byte n_dest_to_cards[4];
byte n_dest_to_cards_each;
byte n_cs_to_prefecture_each;
#define NUMBER(I) \
    n_dest_to_terminal[I] = 1 + I; \
    n_dest_to_registry[I] = 11 + I; \
    n_dest_to_origin[I] = 21 + I; \
    n_dest_to_national[I] = 31 + I; \
    n_dest_to_cards[I] = 41 + I; \
    n_dest_to_cards[2 + I] = 43 + I; \
    n_dest_to_cards_each = 51; \
    n_cs_to_prefecture_each = 61
#include "dest_cs.pml"
proctype anyone()
{
end_SAYS:
    do
    :: PLAIN(terminal_to_dest[0], VERIFY_REQUEST)
    :: PLAIN(terminal_to_dest[0], CERT_REQUEST)
    :: PLAIN(terminal_to_dest[0], CANCEL)
    :: REASONS(national_to_dest[0], VERIFY_RESULT, MATCH_ACTIVE, MATCH_REMOVED)
    :: REASONS(national_to_dest[0], VERIFY_RESULT, CODE_CHANGED, NO_MATCH)
    :: PLAIN(origin_to_dest[0], REFUSAL)
    :: PLAIN(origin_to_dest[0], GRANT_STATUS)
    :: MASKS(origin_to_dest[0], CERT, 3, DOUBLE)
    :: MASKS(origin_to_dest[0], ACCEPTED, 9, DOUBLE)
    :: MASKS(origin_to_dest[0], DISPUTED, 9, DOUBLE)
    :: MASKS(origin_to_dest[0], DIED, 9, DOUBLE)
    :: PLAIN(desk_dest_cs[0], END_WITHOUT_CARD)
    od
}
proctype others()
{
end_SAYS:
    do
    :: MASKS(registry_to_dest[0], REGISTERED, 9, DOUBLE)
    :: PLAIN(registry_to_dest[0], REJECTED)
    :: PLAIN(registry_to_dest[0], STOPPED)
    :: PLAIN(registry_to_dest[0], RETRY)
    :: PLAIN(registry_to_dest[0], CORRECTED)
    :: PLAIN(registry_to_dest[0], WITHDRAWN)
    :: REASONS(cards_to_dest[0], CARD_STATE, CARD_USABLE, CARD_INVALID)
    :: MASKS(cards_to_dest[0], CONTINUED, 9, DOUBLE)
    :: MASKS(cards_to_dest[1], CONTINUE_REFUSED, 9, DOUBLE)
    od
}
#endif

#ifdef DEST_REGISTRY_ALONE
#define ROLE dest_registry(0)
byte n_registry_to_dest[2];
#define NUMBER(I) n_registry_to_dest[I] = 1 + I
#include "dest_registry.pml"
proctype anyone()
{
end_SAYS:
    do
    :: MASKS(dest_to_registry[0], REGISTER, 3, DOUBLE)
    :: PLAIN(dest_to_registry[0], STOP)
    :: MASKS(dest_to_registry[0], DISPUTED, 9, DOUBLE)
    :: MASKS(dest_to_registry[0], DIED, 9, DOUBLE)
    :: PLAIN(desk_dest[0], ENTER)
    :: PLAIN(desk_dest[0], REJECT)
    :: PLAIN(desk_dest[0], RETRY_NOTICE)
    :: PLAIN(desk_dest[0], CORRECT_ENTRY)
    :: PLAIN(desk_dest[0], WITHDRAW_ENTRY)
    od
}
#endif

#ifdef ORIGIN_CS_ALONE
#define ROLE origin_cs(2)
byte n_origin_to_dest[2];
byte n_origin_to_dest_each;
byte n_origin_to_registry;
byte n_cs_to_prefecture_each;
#define NUMBER(I) \
    n_origin_to_dest[I] = 1 + I; \
    n_origin_to_dest_each = 11; \
    n_origin_to_registry = 21; \
    n_cs_to_prefecture_each = 31

/* A WITHDRAW that is refused has been counted before: that is undone. */
int kept;
#undef JP_UNDO
#define JP_UNDO withdrawn = kept
#define KEEP kept = origin_cs[1]:withdrawn
#include "origin_cs.pml"

/* What takes a new epoch comes until there are so many. */
#ifndef EPOCHS
#define EPOCHS 4
#endif
#define FEW origin_cs[1]:epoch < EPOCHS
#define SAYS(LINK, KIND, TXN, MASK) \
    atomic { KEEP; LINK ! KIND, TXN, MASK, 9, DOUBLE, KIND }
#define EACH_MASK(LINK, KIND, TXN) \
    SAYS(LINK, KIND, TXN, 1) :: SAYS(LINK, KIND, TXN, 2) :: SAYS(LINK, KIND, TXN, 3)
#define SAYS_FEW(LINK, KIND, TXN, MASK) \
    atomic { FEW -> KEEP; LINK ! KIND, TXN, MASK, 9, DOUBLE, KIND }
#define EACH_MASK_FEW(LINK, KIND, TXN) \
    SAYS_FEW(LINK, KIND, TXN, 1) \
    :: SAYS_FEW(LINK, KIND, TXN, 2) \
    :: SAYS_FEW(LINK, KIND, TXN, 3)
#ifdef THREE
/* A third member, who is no part of a grant of the other two. */
proctype destinations()
{
end_SAYS:
    do
    :: SAYS_FEW(dest_to_origin[0], CERT_REQUEST, 1, 3)
    :: SAYS(dest_to_origin[0], RELEASE, 1, 3)
    :: SAYS(dest_to_origin[0], NOTICE, 1, 1)
    :: SAYS(dest_to_origin[0], NOTICE, 1, 3)
    :: SAYS(dest_to_origin[0], NOTICE, 1, 4)
    :: SAYS_FEW(dest_to_origin[1], WITHDRAW, 2, 3)
    od
}
proctype registry()
{
end_SAYS:
    do
    :: SAYS(registry_to_origin, FILED, 3, 7)
    :: SAYS(registry_to_origin, REMOVED, 3, 1)
    :: SAYS(registry_to_origin, DEATH, 3, 2)
    od
}
#else
proctype destinations()
{
end_SAYS:
    do
    :: SAYS_FEW(dest_to_origin[0], CERT_REQUEST, 1, 3)
    :: SAYS_FEW(dest_to_origin[1], CERT_REQUEST, 2, 3)
    :: SAYS(dest_to_origin[1], RELEASE, 1, 3)
    :: SAYS(dest_to_origin[0], RELEASE, 2, 3)
    :: SAYS(dest_to_origin[1], HOLDS, 1, 3)
    :: EACH_MASK(dest_to_origin[0], NOTICE, 1)
    :: EACH_MASK(dest_to_origin[1], NOTICE, 2)
    :: EACH_MASK_FEW(dest_to_origin[0], WITHDRAW, 1)
    :: EACH_MASK_FEW(dest_to_origin[1], WITHDRAW, 2)
    od
}
proctype registry()
{
end_SAYS:
    do
    :: EACH_MASK(registry_to_origin, FILED, 3)
    :: EACH_MASK(registry_to_origin, REMOVED, 3)
    :: EACH_MASK(registry_to_origin, RESTORED, 3)
    :: EACH_MASK(registry_to_origin, DEATH, 3)
    :: EACH_MASK_FEW(registry_to_origin, RECODE, 3)
    :: SAYS(registry_to_origin, CANCEL_OUT, 3, 3)
    :: PLAIN(desk_origin_cs, OVERRIDE)
    od
}
#endif
#endif

#ifdef ORIGIN_REGISTRY_ALONE
#define ROLE origin_registry(2)
byte n_registry_to_origin;
#define NUMBER(I) n_registry_to_origin = 1
#include "origin_registry.pml"
proctype anyone()
{
end_SAYS:
    do
    :: desk_origin ! FILE_OUT, FILE_OUT + 1, 0, 9, DOUBLE, 5
    :: MASKS(desk_origin, FILE_OUT, 9, DOUBLE)
    :: PLAIN(desk_origin, CANCEL_FILING)
    :: MASKS(desk_origin, REPORT_DEATH, 9, DOUBLE)
    :: MASKS(desk_origin, CHANGE_CODE, 9, DOUBLE)
    :: PLAIN(origin_to_registry, CANCEL_OK)
    :: PLAIN(origin_to_registry, CANCEL_REFUSED)
    :: MASKS(origin_to_registry, MOVED, 9, DOUBLE)
    :: MASKS(origin_to_registry, RECODE_OK, 9, DOUBLE)
    :: MASKS(origin_to_registry, RECODE_REFUSED, 9, DOUBLE)
    od
}
#endif

/* An entry of the log, by its author with that epoch. */
#define ENTRY_OF(LINK, KIND, EPOCH) \
    LINK ! KIND, KIND + 1, 3, EPOCH, DOUBLE, 1 \
    :: LINK ! KIND, KIND + 1, 3, EPOCH, DECEASED, 2
#define ENTRIES(LINK, KIND) \
    ENTRY_OF(LINK, KIND, 1) \
    :: ENTRY_OF(LINK, KIND, 2) \
    :: ENTRY_OF(LINK, KIND, 3)

#ifdef PREFECTURE_ALONE
#define ROLE prefecture(0, 1)
byte n_prefecture_to_national[4];
#define NUMBER(I) \
    n_prefecture_to_national[I] = 1 + I; \
    n_prefecture_to_national[2 + I] = 3 + I
#include "prefecture.pml"
proctype anyone()
{
end_SAYS:
    do
    :: ENTRIES(cs_to_prefecture[1], ENTRY)
    :: ENTRIES(cs_to_prefecture[5], REMOVAL)
    od
}
#endif

#ifdef NATIONAL_ALONE
#define ROLE national(1)
#define NUMBER(I) skip
#include "national.pml"
proctype anyone()
{
end_SAYS:
    do
    :: ENTRIES(prefecture_to_national[1], ENTRY)
    :: ENTRIES(prefecture_to_national[3], REMOVAL)
    od
}
#endif

#ifdef IDENTITY_ALONE
#define ROLE identity()
byte n_national_to_dest[2];
#define NUMBER(I) n_national_to_dest[I] = 1 + I
#include "identity.pml"
proctype anyone()
{
end_SAYS:
    do
    :: PLAIN(dest_to_national[0], VERIFY_REQUEST)
    :: PLAIN(dest_to_national[1], VERIFY_REQUEST)
    od
}
#endif

#ifdef CARDS_ALONE
#define ROLE cards(1)
byte n_cards_to_dest[4];
#define NUMBER(I) \
    n_cards_to_dest[I] = 1 + I; \
    n_cards_to_dest[2 + I] = 3 + I
#include "cards.pml"
proctype anyone()
{
end_SAYS:
    do
    :: MASKS(dest_to_cards[1], CONTINUE, 9, DOUBLE)
    :: MASKS(dest_to_cards[3], CONTINUE, 9, DOUBLE)
    :: MASKS(dest_to_cards[1], CARD_STATUS, 9, DOUBLE)
    :: MASKS(dest_to_cards[3], CARD_STATUS, 9, DOUBLE)
    od
}
#endif

init
{
    byte i;
    atomic {
        for (i : 0 .. 1) {
            NUMBER(i)
        }
        i = 0;
        run ROLE;
#ifdef DEST_CS_ALONE
        run others();
#endif
#ifdef ORIGIN_CS_ALONE
        run registry();
        run destinations()
#else
        run anyone()
#endif
    }
}
