/* SPDX-License-Identifier: Apache-2.0 */
/* Kinds, commands and links of the special move-in.  One channel per directed link and pair of
 * instances; the log has one per CS and resident, which allows every order that one log allows. */

mtype:kind = {
    VERIFY_REQUEST, VERIFY_RESULT,                        /* 2-2, 2-3, 2-4 */
    CERT_REQUEST, CERT, REFUSAL, RELEASE,                 /* 3-2, 3-3; RELEASE is ext (M3) */
    REGISTER, REGISTERED, REJECTED, STOP, STOPPED,        /* 3-4, 3-5; STOP, STOPPED ext (M4) */
    NOTICE, ACCEPTED, DISPUTED,                           /* 3-5; ACCEPTED, DISPUTED ext (M12) */
    RETRY, CORRECTED, WITHDRAWN, WITHDRAW,                /* ext (M12): what becomes of a dispute */
    GRANT_STATUS, HOLDS,                                  /* ext (M3): the origin asks the holder */
    DEATH, DIED,                                          /* ext (M17) */
    CARD_STATUS, CARD_STATE,                              /* ext (M16): may the card be used */
    CANCEL, DONE, REFUSED,                                /* ext: what the terminal asks, is told */
    FILED, REMOVED, RESTORED, CANCEL_OUT, CANCEL_OK, CANCEL_REFUSED, MOVED, /* 1-3 of the origin */
    RECODE, RECODE_OK, RECODE_REFUSED,                    /* ext (law C12): a code changes */
    ENTRY, REMOVAL,                                       /* 1-4, 1-5 */
    CONTINUE, CONTINUED, CONTINUE_REFUSED                 /* 3-6 */
};

/* What the operators at a terminal, at a registry and at a CS can ask of their own machine. */
mtype:command = {
    MOVE_IN, STOP_MOVE_IN, GIVE_UP, ENTER, REJECT, RETRY_NOTICE, CORRECT_ENTRY, WITHDRAW_ENTRY,
    END_WITHOUT_CARD, FILE_OUT, CANCEL_FILING, REPORT_DEATH, CHANGE_CODE, OVERRIDE
};

#define LINK [CAPACITY] of { mtype:kind, envelope }
#define DESK [0] of { mtype:command, envelope }

chan desk_terminal[NDEST] = DESK;
chan desk_dest[NDEST]     = DESK; /* the clerk of the destination's registry */
chan desk_origin          = DESK; /* the clerk of the origin's registry */
chan desk_dest_cs[NDEST]  = DESK; /* the operator of the destination's CS */
chan desk_origin_cs       = DESK; /* the operators of the origin's CS, two of them (M3) */

chan terminal_to_dest[NDEST] = LINK;
chan dest_to_terminal[NDEST] = LINK;
chan dest_to_registry[NDEST] = LINK;
chan registry_to_dest[NDEST] = LINK;
chan dest_to_origin[NDEST]   = LINK;
chan origin_to_dest[NDEST]   = LINK;
chan registry_to_origin      = LINK;
chan origin_to_registry      = LINK;
chan dest_to_national[NDEST] = LINK;
chan national_to_dest[NDEST] = LINK;
chan dest_to_cards[NDEST * NMEMBER]      = LINK;
chan cards_to_dest[NDEST * NMEMBER]      = LINK;
#if !defined(SPLIT_LOG)
chan cs_to_prefecture[2 * NCS * NMEMBER] = LINK; /* by prefecture, CS and resident */
chan prefecture_to_national[2 * NMEMBER] = LINK;
#endif

/* Link families: who may be at the other end. */
#define dest_to_origin_from(I)   dest_to_origin[I]
#define dest_to_national_from(I) dest_to_national[I]
#define dest_to_cards_from(I)    dest_to_cards[(I) * NMEMBER + member]
#define dest_to_states_from(I)   dest_to_cards[(I) * NMEMBER]
#define cs_to_prefecture_from(I) cs_to_prefecture[(me * NCS + (I)) * NMEMBER + member]
#define prefecture_to_national_from(I) prefecture_to_national[(I) * NMEMBER + member]
#define cards_to_dest_from(I)    cards_to_dest[me * NMEMBER + (I)]

#define prefecture_to_national_each(KIND, ...) \
    JP_EACH2(prefecture_to_national_from, KIND, __VA_ARGS__)
#if NDEST == 1
#define dest_to_origin_each(KIND, ...)   JP_EACH1(dest_to_origin_from, KIND, __VA_ARGS__)
#define dest_to_national_each(KIND, ...) JP_EACH1(dest_to_national_from, KIND, __VA_ARGS__)
#define dest_to_cards_each(KIND, ...)    JP_EACH1(dest_to_cards_from, KIND, __VA_ARGS__)
#define dest_to_states_each(KIND, ...)   JP_EACH1(dest_to_states_from, KIND, __VA_ARGS__)
#define cs_to_prefecture_each(KIND, ...) JP_EACH2(cs_to_prefecture_from, KIND, __VA_ARGS__)
#else
#define dest_to_origin_each(KIND, ...)   JP_EACH2(dest_to_origin_from, KIND, __VA_ARGS__)
#define dest_to_national_each(KIND, ...) JP_EACH2(dest_to_national_from, KIND, __VA_ARGS__)
#define dest_to_cards_each(KIND, ...)    JP_EACH2(dest_to_cards_from, KIND, __VA_ARGS__)
#define dest_to_states_each(KIND, ...)   JP_EACH2(dest_to_states_from, KIND, __VA_ARGS__)
#define cs_to_prefecture_each(KIND, ...) JP_EACH3(cs_to_prefecture_from, KIND, __VA_ARGS__)
#endif
#if NMEMBER == 1
#define cards_to_dest_each(KIND, ...)    JP_EACH1(cards_to_dest_from, KIND, __VA_ARGS__)
#else
#define cards_to_dest_each(KIND, ...)    JP_EACH2(cards_to_dest_from, KIND, __VA_ARGS__)
#endif

/* Messages that are sent a member at a time: the log (1-4) and the cards (3-6).  Where a check cuts
 * the search at the log, the observer of log.pml takes an entry where it is written; where it cuts
 * at the cards, their answer is there at once. */
#define JP_OWN(I, EPOCH) ((EPOCH) == OWN_ENTRY -> LOG_LATEST(me, I) : (EPOCH))
#define log_link(I) cs_to_prefecture[(PREFECTURE_OF(me) * NCS + me) * NMEMBER + (I)]
#if defined(SPLIT_LOG)
#define JP_LOG(I, BIT, KIND, TXN, MASK, EPOCH, REASON) \
    if \
    :: ((MASK) & (BIT)) != 0 -> LOG_OBSERVE(KIND, me, I, JP_OWN(I, EPOCH)) \
    :: else -> skip \
    fi
#else
#define JP_LOG(I, BIT, KIND, TXN, MASK, EPOCH, REASON) \
    if \
    :: ((MASK) & (BIT)) != 0 -> \
        assert(nfull(log_link(I))); \
        log_link(I) ! KIND, TXN, BIT, JP_OWN(I, EPOCH), REASON, me + 1; \
        LOG_OBSERVE(KIND, me, I, JP_OWN(I, EPOCH)) \
    :: else -> skip \
    fi
#endif
#if defined(SPLIT_CARDS)
#define JP_CARD(I, BIT, KIND, TXN, MASK, EPOCH, REASON) \
    if \
    :: ((MASK) & (BIT)) != 0 -> \
        OBSERVE_CONTINUE(me, BIT); \
        card_check(answer); \
        if \
        :: answer == CONTINUABLE -> \
            cards_to_dest[me * NMEMBER + I] ! CONTINUED, TXN, BIT, 0, 0, 0 \
        :: else -> \
            cards_to_dest[me * NMEMBER + I] ! CONTINUE_REFUSED, TXN, BIT, 0, answer, 0 \
        fi \
    :: else -> skip \
    fi
#else
#define JP_CARD(I, BIT, KIND, TXN, MASK, EPOCH, REASON) \
    JP_SPREAD(dest_to_cards[me * NMEMBER + I], BIT, KIND, TXN, MASK, EPOCH, REASON, 0)
#endif
#if NMEMBER == 1
#define cs_to_prefecture_spread(KIND, TXN, MASK, EPOCH, REASON) \
    JP_LOG(0, 1, KIND, TXN, MASK, EPOCH, REASON)
#define dest_to_cards_spread(KIND, TXN, MASK, EPOCH, REASON) \
    JP_CARD(0, 1, KIND, TXN, MASK, EPOCH, REASON)
#else
#define cs_to_prefecture_spread(KIND, TXN, MASK, EPOCH, REASON) \
    JP_LOG(0, 1, KIND, TXN, MASK, EPOCH, REASON); \
    JP_LOG(1, 2, KIND, TXN, MASK, EPOCH, REASON)
#define dest_to_cards_spread(KIND, TXN, MASK, EPOCH, REASON) \
    JP_CARD(0, 1, KIND, TXN, MASK, EPOCH, REASON); \
    JP_CARD(1, 2, KIND, TXN, MASK, EPOCH, REASON)
#endif

/* M17: a death goes to the CS that got the member, under the transaction that got him. */
#define JP_DIED(I, BIT, KIND, MASK) \
    if \
    :: ((MASK) & (BIT) & ghost_got[0]) != 0 -> \
        assert(nfull(origin_to_dest[0])); origin_to_dest[0] ! KIND, 1, BIT, 0, 0, 0 \
    :: ((MASK) & (BIT) & ~ghost_got[0]) != 0 -> \
        assert(nfull(origin_to_dest[NDEST - 1])); \
        origin_to_dest[NDEST - 1] ! KIND, NDEST, BIT, 0, 0, 0 \
    :: else -> skip \
    fi
#if NMEMBER == 1
#define origin_to_dest_spread(KIND, TXN, MASK, EPOCH, REASON) JP_DIED(0, 1, KIND, MASK)
#else
#define origin_to_dest_spread(KIND, TXN, MASK, EPOCH, REASON) \
    JP_DIED(0, 1, KIND, MASK); \
    JP_DIED(1, 2, KIND, MASK)
#endif

/* M7: a REMOVAL ends the latest ENTRY that its CS wrote of that member; the host knows which. */
#define OWN_ENTRY 0

/* The key of the machine's own row: a transaction at the destination. */
#ifndef JKGEN
#define OWN_KEY (me + 1)
#endif

/* 3-1 goes on with these results (M14, M16). */
#define IDENTITY_FOUND \
    (in.reason == MATCH_ACTIVE || in.reason == MATCH_REMOVED || in.reason == CODE_CHANGED)
