/* SPDX-License-Identifier: Apache-2.0 */
/* Kinds, commands and links of the special move-in.  One channel per directed link and pair of
 * instances; the log has one per CS and resident, which allows every order that one log allows. */

mtype:kind = {
    VERIFY_REQUEST, VERIFY_RESULT,                        /* 2-2, 2-3, 2-4 */
    CERT_REQUEST, CERT, REFUSAL, RELEASE,                 /* 3-2, 3-3; RELEASE is ext (M3) */
    REGISTER, REGISTERED, REJECTED, STOP, STOPPED,        /* 3-4, 3-5; STOP, STOPPED ext (M4) */
    NOTICE, ACCEPTED,                                     /* 3-5; ACCEPTED ext (M12) */
    CANCEL, DONE, REFUSED,                                /* ext: what the terminal asks, is told */
    FILED, REMOVED, RESTORED, CANCEL_OUT, CANCEL_OK, CANCEL_REFUSED, MOVED, /* 1-3 of the origin */
    ENTRY, REMOVAL,                                       /* 1-4, 1-5 */
    CONTINUE, CONTINUED, CONTINUE_REFUSED                 /* 3-6 */
};

/* What the operators at a terminal and at a registry can ask of their own machine. */
mtype:command = { MOVE_IN, STOP_MOVE_IN, ENTER, REJECT, FILE_OUT, CANCEL_FILING };

#define LINK [CAPACITY] of { mtype:kind, envelope }
#define DESK [0] of { mtype:command, envelope }

chan desk_terminal[NDEST] = DESK;
chan desk_dest[NDEST]     = DESK; /* the clerk of the destination's registry */
chan desk_origin          = DESK; /* the clerk of the origin's registry */

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
chan cs_to_prefecture[NCS * NMEMBER]     = LINK;
chan prefecture_to_national[2 * NMEMBER] = LINK;

/* Link families: who may be at the other end. */
#define dest_to_origin_from(I)   dest_to_origin[I]
#define dest_to_national_from(I) dest_to_national[I]
#define dest_to_cards_from(I)    dest_to_cards[(I) * NMEMBER + member]
#define cs_to_prefecture_from(I) cs_to_prefecture[(I) * NMEMBER + member]
#define prefecture_to_national_from(I) prefecture_to_national[(I) * NMEMBER + member]
#define cards_to_dest_from(I)    cards_to_dest[me * NMEMBER + (I)]

#define prefecture_to_national_each(KIND, ...) JP_EACH2(prefecture_to_national_from, KIND, __VA_ARGS__)
#if NDEST == 1
#define dest_to_origin_each(KIND, ...)   JP_EACH1(dest_to_origin_from, KIND, __VA_ARGS__)
#define dest_to_national_each(KIND, ...) JP_EACH1(dest_to_national_from, KIND, __VA_ARGS__)
#define dest_to_cards_each(KIND, ...)    JP_EACH1(dest_to_cards_from, KIND, __VA_ARGS__)
#define cs_to_prefecture_each(KIND, ...) JP_EACH2(cs_to_prefecture_from, KIND, __VA_ARGS__)
#else
#define dest_to_origin_each(KIND, ...)   JP_EACH2(dest_to_origin_from, KIND, __VA_ARGS__)
#define dest_to_national_each(KIND, ...) JP_EACH2(dest_to_national_from, KIND, __VA_ARGS__)
#define dest_to_cards_each(KIND, ...)    JP_EACH2(dest_to_cards_from, KIND, __VA_ARGS__)
#define cs_to_prefecture_each(KIND, ...) JP_EACH3(cs_to_prefecture_from, KIND, __VA_ARGS__)
#endif
#if NMEMBER == 1
#define cards_to_dest_each(KIND, ...)    JP_EACH1(cards_to_dest_from, KIND, __VA_ARGS__)
#else
#define cards_to_dest_each(KIND, ...)    JP_EACH2(cards_to_dest_from, KIND, __VA_ARGS__)
#endif

/* Messages that are sent a member at a time: the log (1-4) and the cards (3-6). */
#if NMEMBER == 1
#define cs_to_prefecture_spread(KIND, TXN, MASK, EPOCH, REASON) \
    JP_SPREAD(cs_to_prefecture[me], 1, KIND, TXN, MASK, EPOCH, REASON, me + 1)
#define dest_to_cards_spread(KIND, TXN, MASK, EPOCH, REASON) \
    JP_SPREAD(dest_to_cards[me], 1, KIND, TXN, MASK, EPOCH, REASON, 0)
#else
#define cs_to_prefecture_spread(KIND, TXN, MASK, EPOCH, REASON) \
    JP_SPREAD(cs_to_prefecture[me * 2], 1, KIND, TXN, MASK, EPOCH, REASON, me + 1); \
    JP_SPREAD(cs_to_prefecture[me * 2 + 1], 2, KIND, TXN, MASK, EPOCH, REASON, me + 1)
#define dest_to_cards_spread(KIND, TXN, MASK, EPOCH, REASON) \
    JP_SPREAD(dest_to_cards[me * 2], 1, KIND, TXN, MASK, EPOCH, REASON, 0); \
    JP_SPREAD(dest_to_cards[me * 2 + 1], 2, KIND, TXN, MASK, EPOCH, REASON, 0)
#endif

/* The key of the machine's own row: a transaction at the destination. */
#ifndef JKGEN
#define OWN_KEY (me + 1)
#endif

/* 3-1 goes on with these results (M14, M16). */
#define IDENTITY_FOUND \
    (in.reason == MATCH_ACTIVE || in.reason == MATCH_REMOVED || in.reason == CODE_CHANGED)
