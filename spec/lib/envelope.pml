/* SPDX-License-Identifier: Apache-2.0 */
/* What every machine above the transport may read of a message: the model-visible fields of the
 * envelope, and the reasons.  spec/wire/kinds.proto and envelope.proto carry the same names. */
#ifndef JK_ENVELOPE
#define JK_ENVELOPE

mtype:reason = {
    /* 3-1: result of the identity verification (2-4) */
    MATCH_ACTIVE, MATCH_REMOVED, CODE_CHANGED, NO_MATCH, AMBIGUOUS, CARD_INVALID, PIN_LOCKED,
    UNAVAILABLE,
    /* 3-2, 3-3: may the origin grant, and if not, why */
    GRANTABLE, NO_FILING, GRANTED_ELSEWHERE, CANCELLED, TOO_LATE, DECEASED, ALREADY_USED,
    REJECTED_BY_CLERK, UNREACHABLE, STOPPED_BY_OPERATOR, WITHDRAWN_BY_CLERK,
    /* 3-5: what the origin says of a notice (M12) */
    AS_FILED, DEVIATION, MOVED_ABROAD, OTHER_MUNICIPALITY, DOUBLE, OVERRIDDEN,
    /* law C12: may a resident record code change */
    CODE_FREE, CODE_IN_USE, NOT_RESIDENT,
    /* 3-1, 3-6: may the card be used, may it go on */
    CARD_USABLE, CONTINUABLE, CARD_UNUSABLE,
    /* 6-3: what a server says of a round (R2, R3, R5); while it is not decided; of a repair (R1) */
    EQUAL, DIFFERENT, UNREACHED, BEYOND_HEAD, STALLED, APPLIES, NOT_CANONICAL,
    /* 1-3: a change waits for its turn to enter the log */
    LATER
};

typedef envelope {
    token txn;           /* the destination's transaction, from 3-1 on */
    members mask;        /* members of the case that the message is about */
    count epoch;         /* residence epoch, M7 */
    mtype:reason reason;
    token author         /* of a log entry: the municipality that wrote it */
};

#endif
