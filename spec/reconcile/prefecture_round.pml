/* SPDX-License-Identifier: Apache-2.0 */
/* Role: prefectural server (都道府県サーバ) in reconciliation.  Seed 6-2, 6-3.
 * One instance per municipality.  It does what national does, forwards every entry of the log,
 * refused ones included (R1), and keeps what national tells it (R6). */
#include "server.pml"

#define TELL_prefecture(ROUND, REASON) \
    send(prefecture_to_cs[me], COMPARED, ROUND, 0, 0, REASON)

#define FORWARD(KIND) \
    forward(log_to_national[me], KIND, in.txn, in.epoch, in.reason, in.author)

#define PREFECTURE_TAKES_REPAIR(STATE) \
    FORWARD(REPAIR); \
    check_repair_at_prefecture(answer); \
    if \
    :: answer == APPLIES -> APPLY_REPAIR(in.txn, in.epoch); NEXT(STATE) \
    :: else -> REFUSE_AT_PREFECTURE(in.txn, in.epoch, answer); NEXT(STATE) \
    fi

#define TAKE_NATIONAL_RESULT(STATE) \
    HEAR_NATIONAL_RESULT(in.txn, in.reason); \
    NEXT(STATE)

proctype prefecture_round(byte me; byte server)
{
    REGISTERS;
    token round;
    count position;     /* of the snapshot's marker */
    TIMER(check_due);

end_IDLE:
    if
    :: atomic { log_to_prefecture[me] ? MARKER, in ->                  /* R2 */
           FORWARD(MARKER);
           TAKE_SNAPSHOT(in.txn, in.epoch);
           round = in.txn;
           position = in.epoch;
           ARM(check_due);
           NEXT(MARKED) }
    :: atomic { cs_to_prefecture[me] ? CHECK, in ->                      /* before its marker */
           round = in.txn;
           position = in.epoch;
           ARM(check_due);
           NEXT(WAIT_MARKER) }
    :: DROP(cs_to_prefecture[me], CELLS, CLOSE)
    :: atomic { log_to_prefecture[me] ? REPAIR, in -> PREFECTURE_TAKES_REPAIR(end_IDLE) }
    :: atomic { national_to_prefecture[me] ? COMPARED, in -> TAKE_NATIONAL_RESULT(end_IDLE) }
    :: UNARMED(check_due)
    fi;
    goto end_IDLE;

MARKED:                 /* The snapshot stands, the CS's cells are to come. */
    if
    :: atomic { cs_to_prefecture[me] ? CHECK, in ->                      /* 6-1 */
           if
           :: in.txn == round ->
               compare_at_prefecture(answer);
               GO_ON(prefecture)
           :: in.txn != round && in.epoch > position ->
               DROP_SNAPSHOT();
               round = in.txn;
               position = in.epoch;
               NEXT(WAIT_MARKER)
           :: else -> NEXT(MARKED)                                     /* closed already */
           fi }
    :: atomic { log_to_prefecture[me] ? MARKER, in ->                  /* of the next round */
           FORWARD(MARKER);
           TAKE_SNAPSHOT(in.txn, in.epoch);
           round = in.txn;
           position = in.epoch;
           NEXT(MARKED) }
    :: atomic { cs_to_prefecture[me] ? CLOSE, in ->
           if
           :: in.txn == round -> ROUND_IS_OVER
           :: else -> NEXT(MARKED)
           fi }
    :: atomic { EXPIRE(check_due) -> ROUND_IS_OVER }
    :: DROP(cs_to_prefecture[me], CELLS)
    :: atomic { log_to_prefecture[me] ? REPAIR, in -> PREFECTURE_TAKES_REPAIR(MARKED) }
    :: atomic { national_to_prefecture[me] ? COMPARED, in -> TAKE_NATIONAL_RESULT(MARKED) }
    fi;
    goto MARKED;

WAIT_MARKER:            /* What was sent before the marker is still under way. */
    if
    :: atomic { log_to_prefecture[me] ? MARKER, in ->                  /* R2 */
           FORWARD(MARKER);
           if
           :: in.txn == round ->
               compare_at_prefecture(answer);
               TAKE_SNAPSHOT(in.txn, in.epoch);
               GO_ON(prefecture)
           :: in.txn != round && in.epoch > position ->                /* ours has gone by */
               TAKE_SNAPSHOT(in.txn, in.epoch);
               round = in.txn;
               position = in.epoch;
               NEXT(MARKED)
           :: else -> PASS_MARKER(in.epoch); NEXT(WAIT_MARKER)         /* of a round that is over */
           fi }
    :: atomic { cs_to_prefecture[me] ? CLOSE, in ->
           if
           :: in.txn == round -> ROUND_IS_OVER
           :: else -> NEXT(WAIT_MARKER)
           fi }
    :: atomic { EXPIRE(check_due) -> ANSWER_ROUND(prefecture, UNREACHED) }
    :: UNEXPECTED(cs_to_prefecture[me], CHECK)
    :: DROP(cs_to_prefecture[me], CELLS)
    :: atomic { log_to_prefecture[me] ? REPAIR, in -> PREFECTURE_TAKES_REPAIR(WAIT_MARKER) }
    :: atomic { national_to_prefecture[me] ? COMPARED, in -> TAKE_NATIONAL_RESULT(WAIT_MARKER) }
    fi;
    goto WAIT_MARKER;

WAIT_CELLS:
    if
    :: atomic { cs_to_prefecture[me] ? CELLS, in ->
           if
           :: in.txn == round ->
               compare_at_prefecture(answer);
               GO_ON(prefecture)
           :: else -> NEXT(WAIT_CELLS)
           fi }
    :: atomic { cs_to_prefecture[me] ? CLOSE, in ->
           if
           :: in.txn == round -> ROUND_IS_OVER
           :: else -> NEXT(WAIT_CELLS)
           fi }
    :: atomic { log_to_prefecture[me] ? MARKER, in ->                  /* its CS has closed ours */
           FORWARD(MARKER);
           TAKE_SNAPSHOT(in.txn, in.epoch);
           round = in.txn;
           position = in.epoch;
           NEXT(MARKED) }
    :: atomic { EXPIRE(check_due) -> ANSWER_ROUND(prefecture, UNREACHED) }
    :: UNEXPECTED(cs_to_prefecture[me], CHECK)
    :: atomic { log_to_prefecture[me] ? REPAIR, in -> PREFECTURE_TAKES_REPAIR(WAIT_CELLS) }
    :: atomic { national_to_prefecture[me] ? COMPARED, in -> TAKE_NATIONAL_RESULT(WAIT_CELLS) }
    fi;
    goto WAIT_CELLS;
}
