/* SPDX-License-Identifier: Apache-2.0 */
/* The world of a check: the people at the desks, where the members live at the start, and who runs.
 * A person who has nothing left to do stays where he is, so nobody's end adds a state. */

/* The process numbers that properties and the world use. */
#define PID_ORIGIN_CS        1
#define PID_ORIGIN_REGISTRY  2
#define PID_TERMINAL(I)      (5 + 5 * (I))
#define PID_DEST_CS(I)       (6 + 5 * (I))
#define PID_DEST_REGISTRY(I) (7 + 5 * (I))

/* The operator at a terminal: asks once; may stop, or give up what nobody answered. */
proctype operator(byte me)
{
#ifdef WITH_STRAY
end_NEVER:
    me == 0;
#endif
ASKS:
    desk_terminal[me] ! MOVE_IN, 0, 0, 0, 0, 0;
#if defined(WITH_STOP) || defined(WITH_PARKING)
end_MAY_END:
    if
#ifdef WITH_STOP
    :: desk_terminal[me] ! STOP_MOVE_IN, 0, 0, 0, 0, 0
#endif
#ifdef WITH_PARKING
    :: desk_terminal[me] ! GIVE_UP, 0, 0, 0, 0, 0
#endif
    fi;
#endif
end_RESTS:
    false
}

/* The clerk of the destination's registry enters or rejects what is on the desk; of what the origin
 * disputes he retries or corrects once, and withdraws what stays disputed. */
proctype clerk_dest(byte me)
{
end_WAITS:
    if
    :: desk_dest[me] ! ENTER, 0, 0, 0, 0, 0
    :: desk_dest[me] ! REJECT, 0, 0, 0, 0, 0
    fi;
end_CHOOSES:
    if
    :: desk_dest[me] ! RETRY_NOTICE, 0, 0, 0, 0, 0
    :: desk_dest[me] ! CORRECT_ENTRY, 0, 0, 0, 0, 0
    :: desk_dest[me] ! WITHDRAW_ENTRY, 0, 0, 0, 0, 0 -> goto end_RESTS
    fi;
end_WITHDRAWS:
    desk_dest[me] ! WITHDRAW_ENTRY, 0, 0, 0, 0, 0;
end_RESTS:
    false
}

/* The clerk of the origin's registry takes the filing; may be asked to cancel it, once or twice. */
proctype clerk_origin()
{
#ifdef NEVER_FILED
end_NO_FILING:
    false;
#endif
FILES:
    desk_origin ! FILE_OUT, 0, ALL, 0, 0, 0;
#ifdef WITH_CANCEL_OUT
end_MAY_CANCEL:
    desk_origin ! CANCEL_FILING, 0, 0, 0, 0, 0;
#endif
#ifdef WITH_SECOND_CANCEL_OUT
end_MAY_CANCEL_AGAIN:
    desk_origin ! CANCEL_FILING, 0, 0, 0, 0, 0;
#endif
end_RESTS:
    false
}

#ifdef SPLIT_CARDS
/* The card management system where 3-6 is cut off: it answers 3-1. */
proctype card_states()
{
    REGISTERS;

end_READY:
    if
    :: EACH(dest_to_states, CARD_STATUS,
           card_state(answer);
           send(cards_to_dest[peer * NMEMBER], CARD_STATE, in.txn, 0, 0, answer);
           NEXT(end_READY))
    fi;
    goto end_READY;
}
#endif

/* M17: a death, of any member, at any time after the filing. */
proctype death()
{
end_COMES:
    if
    :: desk_origin ! REPORT_DEATH, 0, 1, 0, 0, 0
#if NMEMBER == 2
    :: desk_origin ! REPORT_DEATH, 0, 2, 0, 0, 0
#endif
    fi;
end_RESTS:
    false
}

/* Law C12: the resident record code of a member changes, once, at any time after the filing. */
proctype recoder()
{
end_MAY_COME:
    if
    :: desk_origin ! CHANGE_CODE, 0, 1, 0, 0, 0
#if NMEMBER == 2
    :: desk_origin ! CHANGE_CODE, 0, 2, 0, 0, 0
#endif
    fi;
end_RESTS:
    false
}

/* M3: the two operators at the origin's CS end a grant, once. */
proctype overriders()
{
end_MAY_OVERRIDE:
    desk_origin_cs ! OVERRIDE, 0, 0, 0, 0, 0;
end_RESTS:
    false
}

/* M13: the operator of a destination's CS does not wait for cards that are overdue; where
 * CARDS_AWAITED he does. */
proctype operator_cs(byte me)
{
end_MAY_END:
    desk_dest_cs[me] ! END_WITHOUT_CARD, 0, 0, 0, 0, 0;
end_RESTS:
    false
}

/* A certificate that belongs to no transaction (M5): it comes to the second destination, which
 * never asked, at any time; its RELEASE meets the origin in any state. */
#ifdef WITH_STRAY
#define PUT_STRAY origin_to_dest[1] ! CERT, 2, 1, 1, 0, 0
#else
#define PUT_STRAY skip
#endif

/* C20: a municipality that was granted nothing sends a NOTICE, at any time, and withdraws when it
 * is disputed.  It stands in for the second destination; nothing else of that one runs. */
#ifdef WITH_STRANGER
#define NRUN (NDEST - 1)
proctype stranger()
{
    REGISTERS;

end_MAY_SEND:
    dest_to_origin[1] ! NOTICE, 2, 1, 1, 0, 0;
WAITS:
    atomic { origin_to_dest[1] ? DISPUTED, in -> JP_CLEAR };
end_MAY_WITHDRAW:
    dest_to_origin[1] ! WITHDRAW, 2, 1, 1, 0, 0;
end_RESTS:
    false
}
#else
#define NRUN NDEST
#endif

bool begun; /* raised when everybody stands at his place */

/* Raised when nothing can move any more: whatever was to happen has happened. */
bool quiet;

proctype judge()
{
end_LOOKS_ON:
    atomic { timeout -> quiet = true };
end_RESTS:
    false
}

#define log_of_origin(I) cs_to_prefecture[(PREFECTURE_OF(ORIGIN) * NCS + ORIGIN) * NMEMBER + (I)]

init
{
    byte i;
    atomic {
        ghost_current[ORIGIN] = ALL;
        ghost_recorded = START_EPOCH;
        run origin_cs(ORIGIN);
        run origin_registry(ORIGIN);
        run clerk_origin();
        run judge();
        for (i : 0 .. NRUN - 1) {
            run terminal(i);
            run dest_cs(i);
            run dest_registry(i);
            run operator(i);
            run clerk_dest(i)
        }
#ifndef NATIONAL_SILENT
        run identity();
#endif
#ifdef SPLIT_CARDS
        run card_states();
#endif
        PUT_STRAY;
#ifdef WITH_STRANGER
        run stranger();
#endif
        /* The members' own ENTRY came long ago; their epochs differ (M7). */
        for (i : 0 .. NMEMBER - 1) {
            LOG_OBSERVE(ENTRY, ORIGIN, i, START_EPOCH - i);
#ifndef SPLIT_LOG
            log_of_origin(i) ! ENTRY, 0, 0, START_EPOCH - i, 0, ORIGIN + 1;
            run prefecture(0, i);
            run prefecture(1, i);
            run national(i);
#endif
#ifndef SPLIT_CARDS
            run cards(i);
#endif
        }
#ifdef WITH_DEATH
        run death();
#endif
#ifdef WITH_RECODE
        run recoder();
#endif
#ifdef WITH_OVERRIDE
        run overriders();
#endif
#if defined(WITH_PARKING) && !defined(CARDS_AWAITED)
        for (i : 0 .. NRUN - 1) {
            run operator_cs(i)
        }
#endif
        i = 0;
        begun = true
    }
}
