/* SPDX-License-Identifier: Apache-2.0 */
/* Role: integrated terminal (統合端末) of the municipality moved into.  Seed 3-1, 3-2.
 * One instance per transaction; the operator's commands come from the desk. */
proctype terminal(byte me)
{
    REGISTERS;

end_IDLE:
    if
    :: atomic { desk_terminal[me] ? MOVE_IN, in ->                  /* 3-1, by 2-2 */
           KEEP_REQUEST();
           send(terminal_to_dest[me], VERIFY_REQUEST, OWN_KEY, 0, 0, 0);
           NEXT(WAIT_IDENTITY) }
    :: NOT_NOW(desk_terminal[me], STOP_MOVE_IN, GIVE_UP)
    :: UNEXPECTED(dest_to_terminal[me], VERIFY_RESULT, DONE, REFUSED, CONTINUED)
    fi;
    goto end_IDLE;

WAIT_IDENTITY:
    if
    :: atomic { dest_to_terminal[me] ? VERIFY_RESULT, in ->            /* 2-4, M14, M16 */
           if
           :: IDENTITY_FOUND ->
               send(terminal_to_dest[me], CERT_REQUEST, OWN_KEY, 0, 0, 0); /* 3-2 */
               NEXT(WAIT_DONE)
           :: in.reason == CARD_INVALID -> ERASE_DATA(); NEXT(end_REFUSED_CARD)
           :: in.reason == UNAVAILABLE -> NEXT(end_PARKED)
           :: else -> ERASE_DATA(); NEXT(end_REFUSED_IDENTITY)
           fi }
    :: NOT_NOW(desk_terminal[me], MOVE_IN, STOP_MOVE_IN, GIVE_UP)
    :: UNEXPECTED(dest_to_terminal[me], DONE, REFUSED, CONTINUED)
    fi;
    goto WAIT_IDENTITY;

WAIT_DONE:
    if
    :: atomic { dest_to_terminal[me] ? DONE, in -> NEXT(WAIT_CARD) }   /* 3-5 is stored */
    :: atomic { dest_to_terminal[me] ? REFUSED, in -> ERASE_DATA(); NEXT(end_REFUSED) }
    :: atomic { desk_terminal[me] ? STOP_MOVE_IN, in ->             /* M4 */
           send(terminal_to_dest[me], CANCEL, OWN_KEY, 0, 0, 0);
           NEXT(STOPPING) }
    :: NOT_NOW(desk_terminal[me], MOVE_IN, GIVE_UP)
    :: UNEXPECTED(dest_to_terminal[me], VERIFY_RESULT, CONTINUED)
    fi;
    goto WAIT_DONE;

STOPPING:               /* The registration may still win; the answer tells. */
    if
    :: atomic { dest_to_terminal[me] ? DONE, in -> NEXT(WAIT_CARD) }
    :: atomic { dest_to_terminal[me] ? REFUSED, in -> ERASE_DATA(); NEXT(end_REFUSED) }
    :: NOT_NOW(desk_terminal[me], MOVE_IN, STOP_MOVE_IN, GIVE_UP)
    :: UNEXPECTED(dest_to_terminal[me], VERIFY_RESULT, CONTINUED)
    fi;
    goto STOPPING;

WAIT_CARD:              /* The move-in is done; the card follows (3-6). */
    if
    :: atomic { dest_to_terminal[me] ? CONTINUED, in -> ERASE_DATA(); NEXT(end_DONE) }
    :: atomic { dest_to_terminal[me] ? REFUSED, in -> ERASE_DATA(); NEXT(end_REFUSED) } /* M12 */
    :: NOT_NOW(desk_terminal[me], MOVE_IN, STOP_MOVE_IN, GIVE_UP)
    :: UNEXPECTED(dest_to_terminal[me], VERIFY_RESULT, DONE)
    fi;
    goto WAIT_CARD;

end_DONE:               /* Final. */
    if
    :: NOT_NOW(desk_terminal[me], MOVE_IN, STOP_MOVE_IN, GIVE_UP)
    :: UNEXPECTED(dest_to_terminal[me], VERIFY_RESULT, DONE, REFUSED, CONTINUED)
    fi;
    goto end_DONE;

end_REFUSED:            /* Final: refused by the origin, or stopped. */
    if
    :: NOT_NOW(desk_terminal[me], MOVE_IN, STOP_MOVE_IN, GIVE_UP)
    :: UNEXPECTED(dest_to_terminal[me], VERIFY_RESULT, DONE, REFUSED, CONTINUED)
    fi;
    goto end_REFUSED;

end_REFUSED_IDENTITY:   /* Final, M16: nothing was asked of the origin. */
    if
    :: NOT_NOW(desk_terminal[me], MOVE_IN, STOP_MOVE_IN, GIVE_UP)
    :: UNEXPECTED(dest_to_terminal[me], VERIFY_RESULT, DONE, REFUSED, CONTINUED)
    fi;
    goto end_REFUSED_IDENTITY;

end_REFUSED_CARD:       /* Final, M16. */
    if
    :: NOT_NOW(desk_terminal[me], MOVE_IN, STOP_MOVE_IN, GIVE_UP)
    :: UNEXPECTED(dest_to_terminal[me], VERIFY_RESULT, DONE, REFUSED, CONTINUED)
    fi;
    goto end_REFUSED_CARD;

end_PARKED:             /* M16, M13: nobody answered 3-1.  The operator asks again, as a new txn, or
                         * gives this one up. */
    if
    :: atomic { desk_terminal[me] ? GIVE_UP, in -> ERASE_DATA(); NEXT(end_REFUSED) }
    :: NOT_NOW(desk_terminal[me], MOVE_IN, STOP_MOVE_IN)
    :: UNEXPECTED(dest_to_terminal[me], VERIFY_RESULT, DONE, REFUSED, CONTINUED)
    fi;
    goto end_PARKED;
}
