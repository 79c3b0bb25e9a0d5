/* SPDX-License-Identifier: Apache-2.0 */
/* Role: CS of the municipality moved into (転入地市町村CS).  Seed 2-2 to 2-4, 3-2 to 3-6, 1-4.
 * One instance per transaction.  The transport repeats what is lost; no state sends again. */

/* 3-5, and 1-4 at the same time: one step, both in the outbox (M9); the whole grant (M2). */
#define REPORT_REGISTRATION \
    if \
    :: in.mask != granted -> IMPOSSIBLE \
    :: else -> \
        RECORD_RESIDENCE(granted, epoch); \
        send_each(cs_to_prefecture, ENTRY, 0, granted, epoch, 0); \
        send(dest_to_origin[me], NOTICE, OWN_KEY, granted, epoch, 0); \
        send(dest_to_terminal[me], DONE, OWN_KEY, granted, 0, 0); \
        NEXT(WAIT_ACCEPTED) \
    fi

/* The end without a registration: nothing of the certificate stays. */
#define CLOSE(REASON) \
    send(dest_to_origin[me], RELEASE, OWN_KEY, 0, 0, 0); \
    send(dest_to_terminal[me], REFUSED, OWN_KEY, 0, 0, REASON); \
    granted = 0; \
    epoch = 0; \
    ERASE_DATA(); \
    NEXT(end_CLOSED)

/* 3-6: the terminal hears of the cards when each is answered. */
#define FINISH_CARDS \
    if \
    :: waiting == 0 -> \
        send(dest_to_terminal[me], CONTINUED, OWN_KEY, continued, 0, 0); \
        granted = 0; \
        continued = 0; \
        epoch = 0; \
        ERASE_DATA(); \
        NEXT(end_DONE) \
    :: else -> NEXT(WAIT_CARDS) \
    fi

proctype dest_cs(byte me)
{
    REGISTERS;
    members granted;   /* of the certificate */
    members waiting;   /* members whose card is not answered yet */
    members continued; /* members whose card goes on */
    count epoch;       /* M7: travels in the certificate */
    TIMER(verify_due); /* 2-4 */
    TIMER(cert_due);   /* 3-3, M13 */

end_IDLE:
    if
    :: atomic { terminal_to_dest[me] ? VERIFY_REQUEST, in ->           /* 2-2, 2-3 */
           KEEP_REQUEST();
           send(dest_to_national[me], VERIFY_REQUEST, OWN_KEY, 0, 0, 0);
           ARM(verify_due);
           NEXT(WAIT_IDENTITY) }
    :: atomic { origin_to_dest[me] ? CERT, in ->                   /* M5: a foreign certificate */
           send(dest_to_origin[me], RELEASE, OWN_KEY, 0, 0, 0);
           NEXT(end_IDLE) }
    :: UNEXPECTED(terminal_to_dest[me], CERT_REQUEST, CANCEL)
    :: UNEXPECTED(national_to_dest[me], VERIFY_RESULT)
    :: UNEXPECTED(origin_to_dest[me], REFUSAL, ACCEPTED)
    :: UNEXPECTED(registry_to_dest[me], REGISTERED, REJECTED, STOPPED)
    :: EACH_UNEXPECTED(cards_to_dest, CONTINUED, CONTINUE_REFUSED)
    :: UNARMED(verify_due)
    :: UNARMED(cert_due)
    fi;
    goto end_IDLE;

WAIT_IDENTITY:
    if
    :: atomic { national_to_dest[me] ? VERIFY_RESULT, in ->            /* 2-4 */
           DISARM(verify_due);
           send(dest_to_terminal[me], VERIFY_RESULT, OWN_KEY, 0, 0, in.reason);
           if
           :: IDENTITY_FOUND -> NEXT(WAIT_REQUEST) /* M14 */
           :: else -> ERASE_DATA(); NEXT(end_CLOSED)
           fi }
    :: atomic { EXPIRE(verify_due) ->                               /* M16: before any request */
           send(dest_to_terminal[me], VERIFY_RESULT, OWN_KEY, 0, 0, UNAVAILABLE);
           ERASE_DATA();
           NEXT(end_CLOSED) }
    :: UNEXPECTED(terminal_to_dest[me], VERIFY_REQUEST, CERT_REQUEST, CANCEL)
    :: UNEXPECTED(origin_to_dest[me], CERT, REFUSAL, ACCEPTED)
    :: UNEXPECTED(registry_to_dest[me], REGISTERED, REJECTED, STOPPED)
    :: EACH_UNEXPECTED(cards_to_dest, CONTINUED, CONTINUE_REFUSED)
    :: UNARMED(cert_due)
    fi;
    goto WAIT_IDENTITY;

WAIT_REQUEST:
    if
    :: atomic { terminal_to_dest[me] ? CERT_REQUEST, in ->           /* 3-2, handed to the origin */
           KEEP_REQUEST();
           send(dest_to_origin[me], CERT_REQUEST, OWN_KEY, 0, 0, 0);
           ARM(cert_due);
           NEXT(WAIT_CERT) }
    :: UNEXPECTED(terminal_to_dest[me], VERIFY_REQUEST, CANCEL)
    :: UNEXPECTED(national_to_dest[me], VERIFY_RESULT)
    :: UNEXPECTED(origin_to_dest[me], CERT, REFUSAL, ACCEPTED)
    :: UNEXPECTED(registry_to_dest[me], REGISTERED, REJECTED, STOPPED)
    :: EACH_UNEXPECTED(cards_to_dest, CONTINUED, CONTINUE_REFUSED)
    :: UNARMED(verify_due)
    :: UNARMED(cert_due)
    fi;
    goto WAIT_REQUEST;

WAIT_CERT:
    if
    :: atomic { origin_to_dest[me] ? CERT, in ->                       /* 3-3, handed on for 3-4 */
           DISARM(cert_due);
           granted = in.mask;
           epoch = in.epoch;
           send(dest_to_registry[me], REGISTER, OWN_KEY, granted, epoch, 0);
           NEXT(WAIT_REGISTERED) }
    :: atomic { origin_to_dest[me] ? REFUSAL, in ->
           DISARM(cert_due);
           send(dest_to_terminal[me], REFUSED, OWN_KEY, 0, 0, in.reason);
           ERASE_DATA();
           NEXT(end_CLOSED) }
    :: atomic { EXPIRE(cert_due) ->                                 /* M13; M5: no orphan grant */
           send(dest_to_origin[me], RELEASE, OWN_KEY, 0, 0, 0);
           send(dest_to_terminal[me], REFUSED, OWN_KEY, 0, 0, UNREACHABLE);
           ERASE_DATA();
           NEXT(end_CLOSED) }
    :: atomic { terminal_to_dest[me] ? CANCEL, in ->
           DISARM(cert_due);
           send(dest_to_origin[me], RELEASE, OWN_KEY, 0, 0, 0);
           send(dest_to_terminal[me], REFUSED, OWN_KEY, 0, 0, STOPPED_BY_OPERATOR);
           ERASE_DATA();
           NEXT(end_CLOSED) }
    :: UNEXPECTED(terminal_to_dest[me], VERIFY_REQUEST, CERT_REQUEST)
    :: UNEXPECTED(national_to_dest[me], VERIFY_RESULT)
    :: UNEXPECTED(origin_to_dest[me], ACCEPTED)
    :: UNEXPECTED(registry_to_dest[me], REGISTERED, REJECTED, STOPPED)
    :: EACH_UNEXPECTED(cards_to_dest, CONTINUED, CONTINUE_REFUSED)
    :: UNARMED(verify_due)
    fi;
    goto WAIT_CERT;

WAIT_REGISTERED:        /* M4: no limit here; only the registry's word releases the grant. */
    if
    :: atomic { registry_to_dest[me] ? REGISTERED, in -> REPORT_REGISTRATION }
    :: atomic { registry_to_dest[me] ? REJECTED, in -> CLOSE(REJECTED_BY_CLERK) }
    :: atomic { terminal_to_dest[me] ? CANCEL, in ->                   /* M4 */
           send(dest_to_registry[me], STOP, OWN_KEY, 0, 0, 0);
           NEXT(WAIT_STOPPED) }
    :: UNEXPECTED(terminal_to_dest[me], VERIFY_REQUEST, CERT_REQUEST)
    :: UNEXPECTED(national_to_dest[me], VERIFY_RESULT)
    :: UNEXPECTED(origin_to_dest[me], CERT, REFUSAL, ACCEPTED)
    :: UNEXPECTED(registry_to_dest[me], STOPPED)
    :: EACH_UNEXPECTED(cards_to_dest, CONTINUED, CONTINUE_REFUSED)
    :: UNARMED(verify_due)
    :: UNARMED(cert_due)
    fi;
    goto WAIT_REGISTERED;

WAIT_STOPPED:           /* M4: a REGISTERED that crosses STOP wins. */
    if
    :: atomic { registry_to_dest[me] ? REGISTERED, in -> REPORT_REGISTRATION }
    :: atomic { registry_to_dest[me] ? REJECTED, in -> CLOSE(REJECTED_BY_CLERK) }
    :: atomic { registry_to_dest[me] ? STOPPED, in -> CLOSE(STOPPED_BY_OPERATOR) }
    :: UNEXPECTED(terminal_to_dest[me], VERIFY_REQUEST, CERT_REQUEST, CANCEL)
    :: UNEXPECTED(national_to_dest[me], VERIFY_RESULT)
    :: UNEXPECTED(origin_to_dest[me], CERT, REFUSAL, ACCEPTED)
    :: EACH_UNEXPECTED(cards_to_dest, CONTINUED, CONTINUE_REFUSED)
    :: UNARMED(verify_due)
    :: UNARMED(cert_due)
    fi;
    goto WAIT_STOPPED;

WAIT_ACCEPTED:          /* M12: the notice is answered by the origin. */
    if
    :: atomic { origin_to_dest[me] ? ACCEPTED, in ->                   /* 3-6, M9 */
           if
           :: in.mask != granted -> IMPOSSIBLE
           :: else ->
               waiting = granted;
               send_each(dest_to_cards, CONTINUE, OWN_KEY, granted, 0, 0);
               NEXT(WAIT_CARDS)
           fi }
    :: DROP(terminal_to_dest[me], CANCEL)                         /* too late: DONE is on its way */
    :: UNEXPECTED(terminal_to_dest[me], VERIFY_REQUEST, CERT_REQUEST)
    :: UNEXPECTED(national_to_dest[me], VERIFY_RESULT)
    :: UNEXPECTED(origin_to_dest[me], CERT, REFUSAL)
    :: UNEXPECTED(registry_to_dest[me], REGISTERED, REJECTED, STOPPED)
    :: EACH_UNEXPECTED(cards_to_dest, CONTINUED, CONTINUE_REFUSED)
    :: UNARMED(verify_due)
    :: UNARMED(cert_due)
    fi;
    goto WAIT_ACCEPTED;

WAIT_CARDS:             /* One answer a member. */
    if
    :: EACH(cards_to_dest, CONTINUED,
           waiting = waiting & ~in.mask;
           continued = continued | in.mask;
           FINISH_CARDS)
    :: EACH(cards_to_dest, CONTINUE_REFUSED,
           waiting = waiting & ~in.mask;
           FINISH_CARDS)
    :: DROP(terminal_to_dest[me], CANCEL)
    :: UNEXPECTED(terminal_to_dest[me], VERIFY_REQUEST, CERT_REQUEST)
    :: UNEXPECTED(national_to_dest[me], VERIFY_RESULT)
    :: UNEXPECTED(origin_to_dest[me], CERT, REFUSAL, ACCEPTED)
    :: UNEXPECTED(registry_to_dest[me], REGISTERED, REJECTED, STOPPED)
    :: UNARMED(verify_due)
    :: UNARMED(cert_due)
    fi;
    goto WAIT_CARDS;

end_DONE:               /* Final. */
    if
    :: DROP(terminal_to_dest[me], CANCEL)
    :: UNEXPECTED(terminal_to_dest[me], VERIFY_REQUEST, CERT_REQUEST)
    :: UNEXPECTED(national_to_dest[me], VERIFY_RESULT)
    :: UNEXPECTED(origin_to_dest[me], CERT, REFUSAL, ACCEPTED)
    :: UNEXPECTED(registry_to_dest[me], REGISTERED, REJECTED, STOPPED)
    :: EACH_UNEXPECTED(cards_to_dest, CONTINUED, CONTINUE_REFUSED)
    :: UNARMED(verify_due)
    :: UNARMED(cert_due)
    fi;
    goto end_DONE;

end_CLOSED:             /* Final: nothing was registered. */
    if
    :: atomic { origin_to_dest[me] ? CERT, in ->                   /* M5: it crossed our RELEASE */
           send(dest_to_origin[me], RELEASE, OWN_KEY, 0, 0, 0);
           NEXT(end_CLOSED) }
    :: DROP(terminal_to_dest[me], CANCEL)
    :: DROP(national_to_dest[me], VERIFY_RESULT)                   /* it came after verify_due */
    :: DROP(origin_to_dest[me], REFUSAL)
    :: UNEXPECTED(terminal_to_dest[me], VERIFY_REQUEST, CERT_REQUEST)
    :: UNEXPECTED(origin_to_dest[me], ACCEPTED)
    :: UNEXPECTED(registry_to_dest[me], REGISTERED, REJECTED, STOPPED)
    :: EACH_UNEXPECTED(cards_to_dest, CONTINUED, CONTINUE_REFUSED)
    :: UNARMED(verify_due)
    :: UNARMED(cert_due)
    fi;
    goto end_CLOSED;
}
