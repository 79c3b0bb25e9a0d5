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
        ARM(notice_due); \
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

/* M12: the members that the origin accepts; 3-6 begins for them, and for nobody else (M9). */
#define TAKE_ACCEPTED(PARKED) \
    if \
    :: (in.mask & ~granted) != 0 -> IMPOSSIBLE \
    :: else -> \
        granted = granted & ~in.mask; \
        accepted = accepted | in.mask; \
        waiting = waiting | in.mask; \
        send_each(dest_to_cards, CONTINUE, OWN_KEY, in.mask, 0, 0); \
        if \
        :: granted == 0 -> DISARM(notice_due); ARM(card_due); NEXT(WAIT_CARDS) \
        :: else -> NEXT(PARKED) /* DISPUTED names the rest */ \
        fi \
    fi

/* M12: the members that the origin disputes; the grant stays, the registry's clerk chooses. */
#define TAKE_DISPUTED \
    if \
    :: in.mask != granted -> IMPOSSIBLE \
    :: else -> \
        DISARM(notice_due); \
        send(dest_to_registry[me], DISPUTED, OWN_KEY, granted, 0, in.reason); \
        NEXT(PARKED_DISPUTED) \
    fi

/* 3-6: a card is answered; HERE is the state if more is to come before the end. */
#define TAKE_CARD(HERE) \
    waiting = waiting & ~in.mask; \
    NEXT(HERE)

/* 3-6: the terminal hears of the cards when each is answered. */
#define END_CARDS \
    DISARM(card_due); \
    send(dest_to_terminal[me], CONTINUED, OWN_KEY, continued, 0, 0); \
    accepted = 0; \
    continued = 0; \
    waiting = 0; \
    epoch = 0; \
    ERASE_DATA(); \
    NEXT(end_DONE)
#define FINISH_CARDS(HERE) \
    if \
    :: waiting == 0 -> END_CARDS \
    :: else -> NEXT(HERE) \
    fi

/* M17: a member whom the origin accepted has died: his residence here ends. */
#define TAKE_DIED(HERE) \
    send(dest_to_registry[me], DIED, OWN_KEY, in.mask, 0, 0); \
    send_each(cs_to_prefecture, REMOVAL, 0, in.mask, OWN_ENTRY, DECEASED); \
    END_RESIDENCE(in.mask); \
    NEXT(HERE)

/* M3: the transaction is open here; its end will be told as ever. */
#define TELL_HOLDS(HERE) \
    send(dest_to_origin[me], HOLDS, OWN_KEY, 0, 0, 0); \
    NEXT(HERE)

/* M3, M5: nothing is held here. */
#define TELL_RELEASED(HERE) \
    send(dest_to_origin[me], RELEASE, OWN_KEY, 0, 0, 0); \
    NEXT(HERE)

/* What cannot come in a state, by sender. */
#define NOTHING_ASKED :: UNEXPECTED(terminal_to_dest[me], VERIFY_REQUEST, CERT_REQUEST)
#define NO_IDENTITY   :: UNEXPECTED(national_to_dest[me], VERIFY_RESULT)
#define NO_CARD_STATE :: EACH_UNEXPECTED(cards_to_dest, CARD_STATE)
#define NO_CARDS      :: EACH_UNEXPECTED(cards_to_dest, CONTINUED, CONTINUE_REFUSED)
#define NO_DECISION   :: UNEXPECTED(registry_to_dest[me], REGISTERED, REJECTED, STOPPED)
#define NO_CHOICE     :: UNEXPECTED(registry_to_dest[me], RETRY, CORRECTED, WITHDRAWN)
#define NO_NOTICE     :: UNEXPECTED(origin_to_dest[me], ACCEPTED, DISPUTED, DIED)
#define NO_END        :: NOT_NOW(desk_dest_cs[me], END_WITHOUT_CARD)
#define NO_3_1        :: UNARMED(verify_due)
#define NO_3_3        :: UNARMED(cert_due)
#define NO_3_5        :: UNARMED(notice_due)
#define NO_3_6        :: UNARMED(card_due)

proctype dest_cs(byte me)
{
    REGISTERS;
    members granted;   /* of the certificate; after the NOTICE those not answered yet */
    members accepted;  /* members whose notice the origin accepted */
    members waiting;   /* members whose card is not answered yet */
    members continued; /* members whose card goes on */
    count epoch;       /* M7: travels in the certificate */
    TIMER(verify_due); /* 2-4 */
    TIMER(cert_due);   /* 3-3, M13 */
    TIMER(notice_due); /* 3-5, M13: parks */
    TIMER(card_due);   /* 3-6, M13: parks */

end_IDLE:
    if
    :: atomic { terminal_to_dest[me] ? VERIFY_REQUEST, in ->           /* 3-1: is the card usable */
           KEEP_REQUEST();
           send(dest_to_cards[me * NMEMBER], CARD_STATUS, OWN_KEY, 0, 0, 0);
           ARM(verify_due);
           NEXT(WAIT_CARD_STATE) }
    :: atomic { origin_to_dest[me] ? CERT, in -> TELL_RELEASED(end_IDLE) } /* M5: foreign */
    :: atomic { origin_to_dest[me] ? GRANT_STATUS, in -> TELL_RELEASED(end_IDLE) } /* M3 */
    :: UNEXPECTED(terminal_to_dest[me], CERT_REQUEST, CANCEL)
    :: UNEXPECTED(origin_to_dest[me], REFUSAL)
    NO_IDENTITY NO_NOTICE NO_DECISION NO_CHOICE NO_CARD_STATE NO_CARDS NO_END
    NO_3_1 NO_3_3 NO_3_5 NO_3_6
    fi;
    goto end_IDLE;

WAIT_CARD_STATE:        /* M16: an unusable card ends it before anybody else is asked. */
    if
    :: EACH(cards_to_dest, CARD_STATE,
           if
           :: in.reason == CARD_USABLE ->
               send(dest_to_national[me], VERIFY_REQUEST, OWN_KEY, 0, 0, 0); /* 2-2, 2-3 */
               NEXT(WAIT_IDENTITY)
           :: else ->
               DISARM(verify_due);
               send(dest_to_terminal[me], VERIFY_RESULT, OWN_KEY, 0, 0, CARD_INVALID);
               ERASE_DATA();
               NEXT(end_CLOSED)
           fi)
    :: atomic { EXPIRE(verify_due) ->                               /* M16: before any request */
           send(dest_to_terminal[me], VERIFY_RESULT, OWN_KEY, 0, 0, UNAVAILABLE);
           ERASE_DATA();
           NEXT(end_CLOSED) }
    :: UNEXPECTED(terminal_to_dest[me], CANCEL)
    :: UNEXPECTED(origin_to_dest[me], CERT, REFUSAL, GRANT_STATUS)
    NOTHING_ASKED NO_IDENTITY NO_NOTICE NO_DECISION NO_CHOICE NO_CARDS NO_END
    NO_3_3 NO_3_5 NO_3_6
    fi;
    goto WAIT_CARD_STATE;

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
    :: UNEXPECTED(terminal_to_dest[me], CANCEL)
    :: UNEXPECTED(origin_to_dest[me], CERT, REFUSAL, GRANT_STATUS)
    NOTHING_ASKED NO_NOTICE NO_DECISION NO_CHOICE NO_CARD_STATE NO_CARDS NO_END
    NO_3_3 NO_3_5 NO_3_6
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
    :: UNEXPECTED(origin_to_dest[me], CERT, REFUSAL, GRANT_STATUS)
    NO_IDENTITY NO_NOTICE NO_DECISION NO_CHOICE NO_CARD_STATE NO_CARDS NO_END
    NO_3_1 NO_3_3 NO_3_5 NO_3_6
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
    :: atomic { EXPIRE(cert_due) -> CLOSE(UNREACHABLE) }            /* M13; M5: no orphan grant */
    :: atomic { terminal_to_dest[me] ? CANCEL, in ->
           DISARM(cert_due);
           CLOSE(STOPPED_BY_OPERATOR) }
    :: UNEXPECTED(origin_to_dest[me], GRANT_STATUS)
    NOTHING_ASKED NO_IDENTITY NO_NOTICE NO_DECISION NO_CHOICE NO_CARD_STATE NO_CARDS NO_END
    NO_3_1 NO_3_5 NO_3_6
    fi;
    goto WAIT_CERT;

WAIT_REGISTERED:        /* M4: no limit here; only the registry's word releases the grant. */
    if
    :: atomic { registry_to_dest[me] ? REGISTERED, in -> REPORT_REGISTRATION }
    :: atomic { registry_to_dest[me] ? REJECTED, in -> CLOSE(REJECTED_BY_CLERK) }
    :: atomic { terminal_to_dest[me] ? CANCEL, in ->                   /* M4 */
           send(dest_to_registry[me], STOP, OWN_KEY, 0, 0, 0);
           NEXT(WAIT_STOPPED) }
    :: atomic { origin_to_dest[me] ? GRANT_STATUS, in -> TELL_HOLDS(WAIT_REGISTERED) }
    :: UNEXPECTED(origin_to_dest[me], CERT, REFUSAL)
    :: UNEXPECTED(registry_to_dest[me], STOPPED)
    NOTHING_ASKED NO_IDENTITY NO_NOTICE NO_CHOICE NO_CARD_STATE NO_CARDS NO_END
    NO_3_1 NO_3_3 NO_3_5 NO_3_6
    fi;
    goto WAIT_REGISTERED;

WAIT_STOPPED:           /* M4: a REGISTERED that crosses STOP wins. */
    if
    :: atomic { registry_to_dest[me] ? REGISTERED, in -> REPORT_REGISTRATION }
    :: atomic { registry_to_dest[me] ? REJECTED, in -> CLOSE(REJECTED_BY_CLERK) }
    :: atomic { registry_to_dest[me] ? STOPPED, in -> CLOSE(STOPPED_BY_OPERATOR) }
    :: atomic { origin_to_dest[me] ? GRANT_STATUS, in -> TELL_HOLDS(WAIT_STOPPED) }
    :: UNEXPECTED(terminal_to_dest[me], CANCEL)
    :: UNEXPECTED(origin_to_dest[me], CERT, REFUSAL)
    NOTHING_ASKED NO_IDENTITY NO_NOTICE NO_CHOICE NO_CARD_STATE NO_CARDS NO_END
    NO_3_1 NO_3_3 NO_3_5 NO_3_6
    fi;
    goto WAIT_STOPPED;

WAIT_ACCEPTED:          /* M12: the notice is answered by the origin, whole, in one step. */
    if
    :: atomic { origin_to_dest[me] ? ACCEPTED, in -> TAKE_ACCEPTED(WAIT_ACCEPTED) } /* 3-6, M9 */
    :: atomic { origin_to_dest[me] ? DISPUTED, in -> TAKE_DISPUTED }
    :: atomic { origin_to_dest[me] ? DIED, in -> TAKE_DIED(WAIT_ACCEPTED) }
    :: atomic { origin_to_dest[me] ? GRANT_STATUS, in -> TELL_HOLDS(WAIT_ACCEPTED) }
    :: EACH(cards_to_dest, CONTINUED, continued = continued | in.mask; TAKE_CARD(WAIT_ACCEPTED))
    :: EACH(cards_to_dest, CONTINUE_REFUSED, TAKE_CARD(WAIT_ACCEPTED))
    :: atomic { EXPIRE(notice_due) -> NEXT(PARKED_NOTICE) }         /* M13 */
    :: DROP(terminal_to_dest[me], CANCEL)                         /* too late: DONE is on its way */
    :: UNEXPECTED(origin_to_dest[me], CERT, REFUSAL)
    NOTHING_ASKED NO_IDENTITY NO_DECISION NO_CHOICE NO_CARD_STATE NO_END
    NO_3_1 NO_3_3 NO_3_6
    fi;
    goto WAIT_ACCEPTED;

PARKED_NOTICE:          /* M13: overdue.  Only the origin's answer goes on; the operator asks it. */
    if
    :: atomic { origin_to_dest[me] ? ACCEPTED, in -> TAKE_ACCEPTED(PARKED_NOTICE) }
    :: atomic { origin_to_dest[me] ? DISPUTED, in -> TAKE_DISPUTED }
    :: atomic { origin_to_dest[me] ? DIED, in -> TAKE_DIED(PARKED_NOTICE) }
    :: atomic { origin_to_dest[me] ? GRANT_STATUS, in -> TELL_HOLDS(PARKED_NOTICE) }
    :: EACH(cards_to_dest, CONTINUED, continued = continued | in.mask; TAKE_CARD(PARKED_NOTICE))
    :: EACH(cards_to_dest, CONTINUE_REFUSED, TAKE_CARD(PARKED_NOTICE))
    :: DROP(terminal_to_dest[me], CANCEL)
    :: UNEXPECTED(origin_to_dest[me], CERT, REFUSAL)
    NOTHING_ASKED NO_IDENTITY NO_DECISION NO_CHOICE NO_CARD_STATE NO_END
    NO_3_1 NO_3_3 NO_3_5 NO_3_6
    fi;
    goto PARKED_NOTICE;

PARKED_DISPUTED:        /* M12: the grant stays; the clerk retries, corrects or withdraws. */
    if
    :: atomic { registry_to_dest[me] ? RETRY, in ->
           send(dest_to_origin[me], NOTICE, OWN_KEY, granted, epoch, 0);
           ARM(notice_due);
           NEXT(WAIT_ACCEPTED) }
    :: atomic { registry_to_dest[me] ? CORRECTED, in ->
           CORRECT_RESIDENCE(granted);
           send(dest_to_origin[me], NOTICE, OWN_KEY, granted, epoch, 0);
           ARM(notice_due);
           NEXT(WAIT_ACCEPTED) }
    :: atomic { registry_to_dest[me] ? WITHDRAWN, in ->             /* the registry has done it */
           send_each(cs_to_prefecture, REMOVAL, 0, granted, OWN_ENTRY, WITHDRAWN_BY_CLERK);
           END_RESIDENCE(granted);
           send(dest_to_origin[me], WITHDRAW, OWN_KEY, granted, epoch, 0);
           granted = 0;
           if
           :: accepted == 0 ->
               send(dest_to_terminal[me], REFUSED, OWN_KEY, 0, 0, WITHDRAWN_BY_CLERK);
               epoch = 0;
               ERASE_DATA();
               NEXT(end_CLOSED)
           :: else ->
               if
               :: waiting == 0 -> END_CARDS
               :: else -> ARM(card_due); NEXT(WAIT_CARDS)
               fi
           fi }
    :: atomic { origin_to_dest[me] ? DIED, in -> TAKE_DIED(PARKED_DISPUTED) }
    :: atomic { origin_to_dest[me] ? GRANT_STATUS, in -> TELL_HOLDS(PARKED_DISPUTED) }
    :: EACH(cards_to_dest, CONTINUED, continued = continued | in.mask; TAKE_CARD(PARKED_DISPUTED))
    :: EACH(cards_to_dest, CONTINUE_REFUSED, TAKE_CARD(PARKED_DISPUTED))
    :: DROP(terminal_to_dest[me], CANCEL)
    :: UNEXPECTED(origin_to_dest[me], CERT, REFUSAL, ACCEPTED, DISPUTED)
    NOTHING_ASKED NO_IDENTITY NO_DECISION NO_CARD_STATE NO_END
    NO_3_1 NO_3_3 NO_3_5 NO_3_6
    fi;
    goto PARKED_DISPUTED;

WAIT_CARDS:             /* One answer a member. */
    if
    :: EACH(cards_to_dest, CONTINUED,
           waiting = waiting & ~in.mask;
           continued = continued | in.mask;
           FINISH_CARDS(WAIT_CARDS))
    :: EACH(cards_to_dest, CONTINUE_REFUSED,
           waiting = waiting & ~in.mask;
           FINISH_CARDS(WAIT_CARDS))
    :: atomic { EXPIRE(card_due) -> NEXT(PARKED_CARDS) }            /* M13 */
    :: atomic { origin_to_dest[me] ? DIED, in -> TAKE_DIED(WAIT_CARDS) }
    :: atomic { origin_to_dest[me] ? GRANT_STATUS, in -> TELL_HOLDS(WAIT_CARDS) }
    :: DROP(terminal_to_dest[me], CANCEL)
    :: UNEXPECTED(origin_to_dest[me], CERT, REFUSAL, ACCEPTED, DISPUTED)
    NOTHING_ASKED NO_IDENTITY NO_DECISION NO_CHOICE NO_CARD_STATE NO_END
    NO_3_1 NO_3_3 NO_3_5
    fi;
    goto WAIT_CARDS;

PARKED_CARDS:           /* M13: overdue.  The operator waits, or ends it without the card. */
    if
    :: EACH(cards_to_dest, CONTINUED,
           waiting = waiting & ~in.mask;
           continued = continued | in.mask;
           FINISH_CARDS(PARKED_CARDS))
    :: EACH(cards_to_dest, CONTINUE_REFUSED,
           waiting = waiting & ~in.mask;
           FINISH_CARDS(PARKED_CARDS))
    :: atomic { desk_dest_cs[me] ? END_WITHOUT_CARD, in -> END_CARDS }
    :: atomic { origin_to_dest[me] ? DIED, in -> TAKE_DIED(PARKED_CARDS) }
    :: atomic { origin_to_dest[me] ? GRANT_STATUS, in -> TELL_HOLDS(PARKED_CARDS) }
    :: DROP(terminal_to_dest[me], CANCEL)
    :: UNEXPECTED(origin_to_dest[me], CERT, REFUSAL, ACCEPTED, DISPUTED)
    NOTHING_ASKED NO_IDENTITY NO_DECISION NO_CHOICE NO_CARD_STATE
    NO_3_1 NO_3_3 NO_3_5 NO_3_6
    fi;
    goto PARKED_CARDS;

end_DONE:               /* Final, but for a death that the origin reports (M17). */
    if
    :: atomic { origin_to_dest[me] ? DIED, in -> TAKE_DIED(end_DONE) }
    :: atomic { origin_to_dest[me] ? GRANT_STATUS, in -> TELL_HOLDS(end_DONE) }
    :: EACH_DROP(cards_to_dest, CONTINUED, CONTINUE_REFUSED) /* after END_WITHOUT_CARD */
    :: DROP(terminal_to_dest[me], CANCEL)
    :: UNEXPECTED(origin_to_dest[me], CERT, REFUSAL, ACCEPTED, DISPUTED)
    NOTHING_ASKED NO_IDENTITY NO_DECISION NO_CHOICE NO_CARD_STATE NO_END
    NO_3_1 NO_3_3 NO_3_5 NO_3_6
    fi;
    goto end_DONE;

end_CLOSED:             /* Final: nobody is registered. */
    if
    :: atomic { origin_to_dest[me] ? CERT, in -> TELL_RELEASED(end_CLOSED) } /* M5: it crossed */
    :: atomic { origin_to_dest[me] ? GRANT_STATUS, in -> TELL_RELEASED(end_CLOSED) } /* M3 */
    :: DROP(terminal_to_dest[me], CANCEL)
    :: DROP(national_to_dest[me], VERIFY_RESULT)                   /* it came after verify_due */
    :: EACH_DROP(cards_to_dest, CARD_STATE)                        /* the same */
    :: DROP(origin_to_dest[me], REFUSAL)
    NOTHING_ASKED NO_NOTICE NO_DECISION NO_CHOICE NO_CARDS NO_END
    NO_3_1 NO_3_3 NO_3_5 NO_3_6
    fi;
    goto end_CLOSED;
}
