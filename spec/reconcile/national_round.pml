/* SPDX-License-Identifier: Apache-2.0 */
/* Role: national server (全国サーバ) in reconciliation.  Seed 6-2, 6-3.
 * One instance per municipality.  It compares its rows as they were at the marker with the CS's,
 * and tells the prefecture, too (R6).  Repairs are applied in the order of the log (R4). */
#include "server.pml"

#define TELL_national(ROUND, REASON) \
    send(national_to_prefecture[me], COMPARED, ROUND, 0, 0, REASON); \
    send(national_to_cs[me], COMPARED, ROUND, 0, 0, REASON)

#define NATIONAL_TAKES_REPAIR(STATE) \
    check_repair_at_national(answer); \
    if \
    :: answer == APPLIES -> APPLY_REPAIR(in.txn, in.epoch); NEXT(STATE) \
    :: else -> REFUSE_AT_NATIONAL(in.txn, in.epoch, answer); NEXT(STATE) \
    fi

proctype national_round(byte me; byte server)
{
    REGISTERS;
    token round;
    count position;     /* of the snapshot's marker */
    TIMER(check_due);

end_IDLE:
    if
    :: atomic { log_to_national[me] ? MARKER, in ->                    /* R2 */
           TAKE_SNAPSHOT(in.txn, in.epoch);
           round = in.txn;
           position = in.epoch;
           ARM(check_due);
           NEXT(MARKED) }
    :: atomic { cs_to_national[me] ? CHECK, in ->                      /* before its marker */
           round = in.txn;
           position = in.epoch;
           ARM(check_due);
           NEXT(WAIT_MARKER) }
    :: DROP(cs_to_national[me], CELLS, CLOSE)
    :: atomic { log_to_national[me] ? REPAIR, in -> NATIONAL_TAKES_REPAIR(end_IDLE) }
    :: UNARMED(check_due)
    fi;
    goto end_IDLE;

MARKED:                 /* The snapshot stands, the CS's cells are to come. */
    if
    :: atomic { cs_to_national[me] ? CHECK, in ->                      /* 6-1 */
           if
           :: in.txn == round ->
               compare_at_national(answer);
               GO_ON(national)
           :: in.txn != round && in.epoch > position ->
               DROP_SNAPSHOT();
               round = in.txn;
               position = in.epoch;
               NEXT(WAIT_MARKER)
           :: else -> NEXT(MARKED)                                     /* closed already */
           fi }
    :: atomic { log_to_national[me] ? MARKER, in ->                    /* of the next round */
           TAKE_SNAPSHOT(in.txn, in.epoch);
           round = in.txn;
           position = in.epoch;
           NEXT(MARKED) }
    :: atomic { cs_to_national[me] ? CLOSE, in ->
           if
           :: in.txn == round -> ROUND_IS_OVER
           :: else -> NEXT(MARKED)
           fi }
    :: atomic { EXPIRE(check_due) -> ROUND_IS_OVER }
    :: DROP(cs_to_national[me], CELLS)
    :: atomic { log_to_national[me] ? REPAIR, in -> NATIONAL_TAKES_REPAIR(MARKED) }
    fi;
    goto MARKED;

WAIT_MARKER:            /* What was sent before the marker is still under way. */
    if
    :: atomic { log_to_national[me] ? MARKER, in ->                    /* R2 */
           if
           :: in.txn == round ->
               compare_at_national(answer);
               TAKE_SNAPSHOT(in.txn, in.epoch);
               GO_ON(national)
           :: in.txn != round && in.epoch > position ->                /* ours has gone by */
               TAKE_SNAPSHOT(in.txn, in.epoch);
               round = in.txn;
               position = in.epoch;
               NEXT(MARKED)
           :: else -> PASS_MARKER(in.epoch); NEXT(WAIT_MARKER)         /* of a round that is over */
           fi }
    :: atomic { cs_to_national[me] ? CLOSE, in ->
           if
           :: in.txn == round -> ROUND_IS_OVER
           :: else -> NEXT(WAIT_MARKER)
           fi }
    :: atomic { EXPIRE(check_due) -> ANSWER_ROUND(national, UNREACHED) }
    :: UNEXPECTED(cs_to_national[me], CHECK)
    :: DROP(cs_to_national[me], CELLS)
    :: atomic { log_to_national[me] ? REPAIR, in -> NATIONAL_TAKES_REPAIR(WAIT_MARKER) }
    fi;
    goto WAIT_MARKER;

WAIT_CELLS:
    if
    :: atomic { cs_to_national[me] ? CELLS, in ->
           if
           :: in.txn == round ->
               compare_at_national(answer);
               GO_ON(national)
           :: else -> NEXT(WAIT_CELLS)
           fi }
    :: atomic { cs_to_national[me] ? CLOSE, in ->
           if
           :: in.txn == round -> ROUND_IS_OVER
           :: else -> NEXT(WAIT_CELLS)
           fi }
    :: atomic { log_to_national[me] ? MARKER, in ->                    /* its CS has closed ours */
           TAKE_SNAPSHOT(in.txn, in.epoch);
           round = in.txn;
           position = in.epoch;
           NEXT(MARKED) }
    :: atomic { EXPIRE(check_due) -> ANSWER_ROUND(national, UNREACHED) }
    :: UNEXPECTED(cs_to_national[me], CHECK)
    :: atomic { log_to_national[me] ? REPAIR, in -> NATIONAL_TAKES_REPAIR(WAIT_CELLS) }
    fi;
    goto WAIT_CELLS;
}
