/* SPDX-License-Identifier: Apache-2.0 */
/* Role: a municipality's CS (市町村CS), whose record follows its registry's.  Seed 1-3, 1-4.
 * One instance per residence.  A change enters the log at once, or, as one of a mass correction,
 * waits outside of it for its turn (U2).  Either way its entry says the record as it is when the
 * entry is written, so what waited never says what is older (U1). */

#define WRITE_ENTRY \
    update_position(highest); \
    WRITE_UPDATE(highest); \
    send(log_to_prefecture[me], UPDATE, 0, 0, highest, 0)              /* 1-4 */

/* R1: shown to the operator; the next round of reconciliation finds the resident. */
#define TAKE_REFUSAL(STATE) \
    KEEP_REFUSED(in.epoch, in.reason); \
    NEXT(STATE)

proctype cs_update(byte me)
{
    REGISTERS;
    count waiting;      /* changes that have their entry before them */

end_KEEPING:
    if
    :: atomic { registry_to_cs[me] ? CHANGED, in ->                    /* 1-3 */
           change_check(answer);
           if
           :: answer == APPLIES ->
               RECORD_CHANGE();
               WRITE_ENTRY;
               NEXT(end_KEEPING)
           :: answer == LATER ->
               RECORD_CHANGE();
               QUEUE_CHANGE();
               waiting = waiting + 1;
               NEXT(end_WAITING)
           :: else -> PASS_CHANGE(answer); NEXT(end_KEEPING)           /* not resident any more */
           fi }
    :: atomic { prefecture_to_cs[me] ? ENTRY_REFUSED, in -> TAKE_REFUSAL(end_KEEPING) }
    :: atomic { national_to_cs[me] ? ENTRY_REFUSED, in -> TAKE_REFUSAL(end_KEEPING) }
    :: NOT_NOW(desk_feed[me], TAKE)
    fi;
    goto end_KEEPING;

end_WAITING:
    if
    :: atomic { desk_feed[me] ? TAKE, in ->
           waiting_check(answer);
           UNQUEUE_CHANGE();
           waiting = waiting - 1;
           if
           :: answer == APPLIES ->
               WRITE_ENTRY;
               if
               :: waiting == 0 -> NEXT(end_KEEPING)
               :: else -> NEXT(end_WAITING)
               fi
           :: else ->                                                  /* his residence has ended */
               PASS_CHANGE(answer);
               if
               :: waiting == 0 -> NEXT(end_KEEPING)
               :: else -> NEXT(end_WAITING)
               fi
           fi }
    :: atomic { registry_to_cs[me] ? CHANGED, in ->                    /* 1-3 */
           change_check(answer);
           if
           :: answer == APPLIES ->                                     /* it overtakes */
               RECORD_CHANGE();
               WRITE_ENTRY;
               NEXT(end_WAITING)
           :: answer == LATER ->
               RECORD_CHANGE();
               QUEUE_CHANGE();
               waiting = waiting + 1;
               NEXT(end_WAITING)
           :: else -> PASS_CHANGE(answer); NEXT(end_WAITING)
           fi }
    :: atomic { prefecture_to_cs[me] ? ENTRY_REFUSED, in -> TAKE_REFUSAL(end_WAITING) }
    :: atomic { national_to_cs[me] ? ENTRY_REFUSED, in -> TAKE_REFUSAL(end_WAITING) }
    fi;
    goto end_WAITING;
}
