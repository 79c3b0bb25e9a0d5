/* SPDX-License-Identifier: Apache-2.0 */
/* What the two servers do alike; S is prefecture or national. */

#ifndef JK_RECONCILE_SERVER
#define JK_RECONCILE_SERVER

/* 6-3: the round has a result. */
#define ANSWER_ROUND(S, REASON) \
    DISARM(check_due); \
    NOTE_RESULT(round, REASON); \
    TELL_##S(round, REASON); \
    round = 0; \
    DROP_SNAPSHOT(); \
    NEXT(end_IDLE)

/* 6-2: both cuts are there and were compared; the deadline runs already. */
#define GO_ON(S) \
    if \
    :: answer == STALLED -> \
        ASK_MORE(); \
        send(S##_to_cs[me], MORE_CELLS, round, 0, 0, 0); \
        NEXT(WAIT_CELLS) \
    :: else -> ANSWER_ROUND(S, answer) \
    fi

/* The CS has closed this round, or the answer took too long. */
#define ROUND_IS_OVER \
    DISARM(check_due); \
    round = 0; \
    DROP_SNAPSHOT(); \
    NEXT(end_IDLE)

#endif
