/* SPDX-License-Identifier: Apache-2.0 */
/* Role: resident-registry system (既存住基システム) of the municipality moved out of.  Seed 1-1 to 1-3.
 * One instance per moving-out case.  It removes at the planned date or at the notice, whichever is
 * first (M8), and reports FILED, REMOVED, RESTORED, DEATH in order on its one link to the CS. */

/* Remove those of MASK that are not removed yet, and report them. */
#define REMOVE_NOW(MASK) \
    if \
    :: ((MASK) & ~removed) != 0 -> \
        REMOVE_FROM_REGISTER((MASK) & ~removed); \
        send(registry_to_origin, REMOVED, 0, (MASK) & ~removed, 0, 0); \
        removed = removed | (MASK) \
    :: else -> skip \
    fi

/* 3-5': the notice of those who moved. */
#define COMPLETE_MOVED \
    REMOVE_NOW(in.mask); \
    COMPLETE_REMOVAL(in.mask); \
    left = left & ~in.mask

/* M17: a death, of a member still here or of one who moved: his record ends as one of the dead. */
#define BURY \
    REMOVE_DEAD(in.mask); \
    send(registry_to_origin, DEATH, 0, in.mask, 0, 0); \
    removed = removed | in.mask; \
    left = left & ~in.mask

/* On with those who are left, or the end. */
#define REST_OR_END \
    if \
    :: left == 0 -> DISARM(planned_date); ERASE_DATA(); NEXT(end_MOVED) \
    :: else -> NEXT(end_FILED) \
    fi

/* Law C12: the CS answered whether a member's resident record code may change; the registry's own
 * record follows, whatever became of it meanwhile. */
#define TAKE_RECODED(HERE) \
    :: atomic { origin_to_registry ? RECODE_OK, in -> \
           if \
           :: in.mask != recoding -> IMPOSSIBLE \
           :: else -> RECODE_REGISTER(recoding); recoding = 0; NEXT(HERE) \
           fi } \
    :: atomic { origin_to_registry ? RECODE_REFUSED, in -> \
           if \
           :: in.mask != recoding -> IMPOSSIBLE \
           :: else -> FORGET_CODE(recoding); recoding = 0; NEXT(HERE) \
           fi }
#define NOTHING_RECODED \
    :: NOT_NOW(desk_origin, CHANGE_CODE) \
    :: UNEXPECTED(origin_to_registry, RECODE_OK, RECODE_REFUSED)

proctype origin_registry(byte me)
{
    REGISTERS;
    members left;        /* members of the case whose notice has not come */
    members removed;     /* members removed by this case */
    members recoding;    /* law C12: the CS is asked whether his code may change */
    TIMER(planned_date); /* M8: a legal day */

end_IDLE:
    if
    :: atomic { desk_origin ? FILE_OUT, in ->                    /* 1-1, 1-2: moving out is filed */
           left = in.mask;
           KEEP_FILING();
           BEGIN_CASE(in.mask);
           ARM(planned_date);
           send(registry_to_origin, FILED, 0, in.mask, 0, 0);          /* 1-3 */
           NEXT(end_FILED) }
    :: NOT_NOW(desk_origin, CANCEL_FILING, REPORT_DEATH)
    :: UNEXPECTED(origin_to_registry, CANCEL_OK, CANCEL_REFUSED, MOVED)
    :: UNARMED(planned_date)
    NOTHING_RECODED
    fi;
    goto end_IDLE;

end_FILED:
    if
    :: atomic { EXPIRE(planned_date) -> REMOVE_NOW(left); NEXT(end_FILED) }
    :: atomic { origin_to_registry ? MOVED, in ->
           COMPLETE_MOVED;
           REST_OR_END }
    :: atomic { desk_origin ? REPORT_DEATH, in ->                   /* M17 */
           BURY;
           REST_OR_END }
    :: atomic { desk_origin ? CANCEL_FILING, in ->                  /* M8: a question to the CS */
           send(registry_to_origin, CANCEL_OUT, 0, left, 0, 0);
           NEXT(WAIT_CANCEL) }
    :: atomic { desk_origin ? CHANGE_CODE, in ->                    /* law C12: a question, too */
           if
           :: recoding != 0 -> NEXT(end_FILED) /* one at a time; its host tells the clerk */
           :: else ->
               recoding = in.mask;
               KEEP_CODE(in.mask);
               send(registry_to_origin, RECODE, 0, in.mask, 0, 0);
               NEXT(end_FILED)
           fi }
    :: NOT_NOW(desk_origin, FILE_OUT)
    :: UNEXPECTED(origin_to_registry, CANCEL_OK, CANCEL_REFUSED)
    TAKE_RECODED(end_FILED)
    fi;
    goto end_FILED;

WAIT_CANCEL:            /* The planned date and a notice may come before the answer. */
    if
    :: atomic { origin_to_registry ? CANCEL_OK, in ->
           DISARM(planned_date);
           RESTORE_TO_REGISTER(left & removed);
           send(registry_to_origin, RESTORED, 0, left & removed, 0, 0);
           left = 0;
           ERASE_DATA();
           NEXT(end_CANCELLED) }
    :: atomic { origin_to_registry ? CANCEL_REFUSED, in -> REST_OR_END }
    :: atomic { origin_to_registry ? MOVED, in -> COMPLETE_MOVED; NEXT(WAIT_CANCEL) }
    :: atomic { EXPIRE(planned_date) -> REMOVE_NOW(left); NEXT(WAIT_CANCEL) }
    :: atomic { desk_origin ? REPORT_DEATH, in -> BURY; NEXT(WAIT_CANCEL) } /* never restored */
    :: NOT_NOW(desk_origin, FILE_OUT, CANCEL_FILING, CHANGE_CODE)
    TAKE_RECODED(WAIT_CANCEL)
    fi;
    goto WAIT_CANCEL;

end_CANCELLED:          /* Final, but for deaths, and for notices of those who moved before. */
    if
    :: atomic { desk_origin ? REPORT_DEATH, in -> BURY; NEXT(end_CANCELLED) }
    :: NOT_NOW(desk_origin, FILE_OUT, CANCEL_FILING)
    :: UNEXPECTED(origin_to_registry, CANCEL_OK, CANCEL_REFUSED, MOVED)
    :: UNARMED(planned_date)
    NOTHING_RECODED
    fi;
    goto end_CANCELLED;

end_MOVED:              /* Final, but for deaths, and for the notice of one who died. */
    if
    :: atomic { desk_origin ? REPORT_DEATH, in -> BURY; NEXT(end_MOVED) }
    :: atomic { origin_to_registry ? MOVED, in -> COMPLETE_MOVED; NEXT(end_MOVED) }
    :: NOT_NOW(desk_origin, FILE_OUT, CANCEL_FILING, CHANGE_CODE)
    :: UNEXPECTED(origin_to_registry, CANCEL_OK, CANCEL_REFUSED)
    :: UNARMED(planned_date)
    TAKE_RECODED(end_MOVED)
    fi;
    goto end_MOVED;
}
