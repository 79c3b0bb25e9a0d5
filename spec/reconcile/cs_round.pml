/* SPDX-License-Identifier: Apache-2.0 */
/* Role: a municipality's CS (市町村CS) in a round of reconciliation.  Seed 6-1, 6-3.
 * One instance per municipality.  A round is two sessions on one marker, with the prefecture and
 * with national (R6); the next begins when this one has ended at both ends (R3). */

/* The round ends here; a server that is beyond our own log stops everything (R5). */
#define ROUND_ENDS \
    DISARM(round_due); \
    round = 0; \
    FORGET_SNAPSHOT(); \
    if \
    :: alarm -> NEXT(end_ALARM) \
    :: else -> NEXT(end_IDLE) \
    fi

proctype cs_round(byte me)
{
    REGISTERS;
    token round;
    bool prefecture;    /* it has yet to answer */
    bool national;      /* the same */
    bool alarm;
    TIMER(round_due);

end_IDLE:
    if
    :: atomic { desk_round[me] ? START, in ->                          /* 6-1 */
           round = in.txn;
           prefecture = true;
           national = true;
           marker_position(highest);
           KEEP_SNAPSHOT(in.txn, highest);                             /* R2 */
           send(log_to_prefecture[me], MARKER, in.txn, 0, highest, 0);
           send(cs_to_prefecture[me], CHECK, in.txn, 0, highest, 0);
           send(cs_to_national[me], CHECK, in.txn, 0, highest, 0);
           ARM(round_due);
           NEXT(WAIT_RESULTS) }
    :: NOT_NOW(desk_round[me], CLEAR_ALARM)
    :: DROP(prefecture_to_cs[me], COMPARED, MORE_CELLS)                /* of a round that is over */
    :: DROP(national_to_cs[me], COMPARED, MORE_CELLS)
    :: UNARMED(round_due)
    fi;
    goto end_IDLE;

WAIT_RESULTS:
    if
    :: atomic { prefecture_to_cs[me] ? COMPARED, in ->                 /* 6-3 */
           if
           :: in.txn == round && prefecture ->
               prefecture = false;
               KEEP_PREFECTURE_RESULT(in.txn, in.reason);
               if
               :: in.reason == BEYOND_HEAD -> alarm = true
               :: else -> skip
               fi;
               if
               :: national -> NEXT(WAIT_RESULTS)
               :: else -> ROUND_ENDS
               fi
           :: else -> NEXT(WAIT_RESULTS)
           fi }
    :: atomic { national_to_cs[me] ? COMPARED, in ->                   /* 6-3 */
           if
           :: in.txn == round && national ->
               national = false;
               KEEP_NATIONAL_RESULT(in.txn, in.reason);
               if
               :: in.reason == BEYOND_HEAD -> alarm = true
               :: else -> skip
               fi;
               if
               :: prefecture -> NEXT(WAIT_RESULTS)
               :: else -> ROUND_ENDS
               fi
           :: else -> NEXT(WAIT_RESULTS)
           fi }
    :: atomic { prefecture_to_cs[me] ? MORE_CELLS, in ->
           if
           :: in.txn == round && prefecture ->
               send(cs_to_prefecture[me], CELLS, in.txn, 0, 0, 0);
               NEXT(WAIT_RESULTS)
           :: else -> NEXT(WAIT_RESULTS)
           fi }
    :: atomic { national_to_cs[me] ? MORE_CELLS, in ->
           if
           :: in.txn == round && national ->
               send(cs_to_national[me], CELLS, in.txn, 0, 0, 0);
               NEXT(WAIT_RESULTS)
           :: else -> NEXT(WAIT_RESULTS)
           fi }
    :: atomic { EXPIRE(round_due) ->                                   /* R3 */
           if
           :: prefecture -> send(cs_to_prefecture[me], CLOSE, round, 0, 0, 0)
           :: else -> skip
           fi;
           if
           :: national -> send(cs_to_national[me], CLOSE, round, 0, 0, 0)
           :: else -> skip
           fi;
           prefecture = false;
           national = false;
           ROUND_ENDS }
    :: NOT_NOW(desk_round[me], START, CLEAR_ALARM)
    fi;
    goto WAIT_RESULTS;

end_ALARM:              /* R5: this CS was restored from a backup; nothing is compared. */
    if
    :: atomic { desk_round[me] ? CLEAR_ALARM, in -> alarm = false; NEXT(end_IDLE) }
    :: NOT_NOW(desk_round[me], START)
    :: DROP(prefecture_to_cs[me], COMPARED, MORE_CELLS)
    :: DROP(national_to_cs[me], COMPARED, MORE_CELLS)
    :: UNARMED(round_due)
    fi;
    goto end_ALARM;
}
