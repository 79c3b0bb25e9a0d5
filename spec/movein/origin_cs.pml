/* SPDX-License-Identifier: Apache-2.0 */
/* Role: CS of the municipality moved out of (転出地市町村CS).  Seed 3-2, 3-3, 3-5, 1-4.
 * One instance per moving-out case; it alone serialises grant, cancellation and close (M1).  A
 * grant has no clock (M3).  RELEASE is legal in every state, but acts for the holder only (M5). */

/* 1-4 of the origin: what its registry removed goes to its log; a REMOVAL ends the latest ENTRY
 * that this municipality wrote of that member (M7). */
#define LOG_REMOVAL(HERE) \
    send_each(cs_to_prefecture, REMOVAL, 0, in.mask, OWN_ENTRY, 0); \
    removed = removed | in.mask; \
    NEXT(HERE)

/* M17: a death.  A member of the grant stays in it and is disputed; one who was accepted is
 * reported to the CS that got him; any other leaves the case. */
#define TAKE_DEATH \
    send_each(cs_to_prefecture, REMOVAL, 0, in.mask & ~removed, OWN_ENTRY, DECEASED); \
    removed = removed | in.mask; \
    dead = dead | in.mask; \
    send_each(origin_to_dest, DIED, 0, in.mask & accepted, 0, 0)
#define LEAVE(MASK) \
    CLOSE_CASE(MASK); \
    left = left & ~(MASK)

/* M12: whom the register still holds is resident again, under a fresh epoch: the REMOVAL of the
 * municipality that withdrew would leave nobody at national. */
#define RETURN_HOME(MASK) \
    if \
    :: ((MASK) & ~accepted & ~removed) != 0 -> \
        epoch = epoch + 1; \
        RENEW_EPOCH((MASK) & ~accepted & ~removed, epoch); \
        send_each(cs_to_prefecture, ENTRY, 0, (MASK) & ~accepted & ~removed, epoch, 0) \
    :: else -> skip \
    fi

/* No grant is out any more: on with those who are left, or the end. */
#define GO_ON_OR_END \
    RETURN_HOME(withdrawn); \
    withdrawn = 0; \
    if \
    :: left == 0 -> ERASE_DATA(); NEXT(end_MOVED) \
    :: else -> NEXT(end_OPEN) \
    fi

/* A grant ends without a notice: the dead leave the case now, they cannot be granted again. */
#define DROP_GRANT \
    granted = 0; \
    holder = 0; \
    DISARM(status_due); \
    LEAVE(left & dead); \
    GO_ON_OR_END

/* M12: a notice is answered in one step, whole: ACCEPTED, then DISPUTED for the rest. */
#define ACCEPT(MASK, REASON) \
    accepted = accepted | (MASK); \
    ACCEPT_NOTICE(MASK); \
    LEAVE(MASK); \
    send(origin_to_dest[peer], ACCEPTED, in.txn, MASK, 0, REASON); \
    send(origin_to_registry, MOVED, 0, MASK, 0, 0)
#define TELL_DISPUTED(REASON) \
    send(origin_to_dest[peer], DISPUTED, in.txn, granted, 0, REASON); \
    NEXT(GRANTED)

/* M3, M12: a notice of a grant that was overridden: all of it is disputed. */
#define DISPUTE_ALL(HERE, REASON) \
    send(origin_to_dest[peer], DISPUTED, in.txn, in.mask, 0, REASON); \
    NEXT(HERE)

#define REFUSE(HERE, REASON) \
    send(origin_to_dest[peer], REFUSAL, in.txn, 0, 0, REASON); \
    NEXT(HERE)

/* Law C12: the resident record code of a member who is still here changes.  His residence ends
 * under the old code and begins anew under the new one, with a fresh epoch (M7).  While a grant is
 * out it is refused, as a cancellation is (M8): the certificate names the old code. */
#define REFUSE_RECODE(HERE, REASON) \
    send(origin_to_registry, RECODE_REFUSED, 0, in.mask, 0, REASON); \
    NEXT(HERE)
#define CHANGE_CODES(HERE) \
    send_each(cs_to_prefecture, REMOVAL, 0, in.mask, OWN_ENTRY, CODE_CHANGED); \
    epoch = epoch + 1; \
    RECODE_MEMBER(in.mask, epoch); \
    send_each(cs_to_prefecture, ENTRY, 0, in.mask, epoch, CODE_CHANGED); \
    send(origin_to_registry, RECODE_OK, 0, in.mask, 0, 0); \
    NEXT(HERE)

#define NO_OVERRIDE :: NOT_NOW(desk_origin_cs, OVERRIDE)
#define NOT_ASKING   :: UNARMED(status_due)

proctype origin_cs(byte me)
{
    REGISTERS;
    members left;       /* members still in the case */
    members granted;    /* M2: the mask of the one grant; after a NOTICE those disputed */
    members accepted;   /* members whose notice was accepted */
    members removed;    /* members whose REMOVAL is in the log */
    members dead;       /* M17 */
    token holder;       /* M2: the grant's transaction */
    peer_id asked;      /* its CS */
    count epoch;        /* M7: the last one allocated */
    members withdrawn;  /* M12: to be returned when no grant is out */
    TIMER(status_due);  /* M3: the requester is silent, ask it */

end_IDLE:               /* No filing is known: a case that is not there, or a txn without one. */
    if
    :: atomic { registry_to_origin ? FILED, in ->
           highest_epoch(highest);
           epoch = highest;
           left = in.mask;
           KEEP_FILING();
           OPEN_CASE(in.mask);
           NEXT(end_OPEN) }
    :: EACH(dest_to_origin, CERT_REQUEST, REFUSE(end_IDLE, NO_FILING))
    :: EACH(dest_to_origin, NOTICE, DISPUTE_ALL(end_IDLE, NO_FILING)) /* law C20 */
    :: EACH_DROP(dest_to_origin, RELEASE, WITHDRAW)
    :: EACH_UNEXPECTED(dest_to_origin, HOLDS)
    :: UNEXPECTED(registry_to_origin, REMOVED, RESTORED, CANCEL_OUT, DEATH, RECODE)
    NO_OVERRIDE NOT_ASKING
    fi;
    goto end_IDLE;

end_OPEN:               /* Filed, no grant. */
    if
    :: EACH(dest_to_origin, CERT_REQUEST,                              /* 3-2 */
           case_check(answer);
           case_members(chosen);
           if
           :: answer != GRANTABLE -> REFUSE(end_OPEN, answer)
           :: else ->
               if
               :: (chosen & dead) != 0 -> REFUSE(end_OPEN, DECEASED)
               :: else ->
                   if
                   :: (chosen & ~left) != 0 -> REFUSE(end_OPEN, ALREADY_USED)
                   :: else ->
                       epoch = epoch + 1;
                       granted = chosen;
                       holder = in.txn;
                       asked = peer;
                       GRANT(granted, epoch);
                       ARM(status_due);
                       send(origin_to_dest[peer], CERT, holder, granted, epoch, 0); /* 3-3 */
                       NEXT(GRANTED)
                   fi
               fi
           fi)
    :: EACH(dest_to_origin, NOTICE, DISPUTE_ALL(end_OPEN, OVERRIDDEN))
    :: EACH(dest_to_origin, WITHDRAW, RETURN_HOME(in.mask); NEXT(end_OPEN))
    :: EACH_DROP(dest_to_origin, RELEASE, HOLDS)
    :: atomic { registry_to_origin ? REMOVED, in -> LOG_REMOVAL(end_OPEN) } /* M8 */
    :: atomic { registry_to_origin ? DEATH, in ->
           TAKE_DEATH;
           LEAVE(in.mask & left);
           GO_ON_OR_END }
    :: atomic { registry_to_origin ? CANCEL_OUT, in ->                 /* M8 */
           send(origin_to_registry, CANCEL_OK, 0, left, 0, 0);
           NEXT(CLOSING) }
    :: atomic { registry_to_origin ? RECODE, in ->                     /* law C12 */
           code_check(answer);
           if
           :: (in.mask & (removed | ~left)) != 0 -> REFUSE_RECODE(end_OPEN, NOT_RESIDENT)
           :: else ->
               if
               :: answer != CODE_FREE -> REFUSE_RECODE(end_OPEN, answer)
               :: else -> CHANGE_CODES(end_OPEN)
               fi
           fi }
    :: UNEXPECTED(registry_to_origin, FILED, RESTORED)
    NO_OVERRIDE NOT_ASKING
    fi;
    goto end_OPEN;

GRANTED:                /* M3: ends by the holder's word alone, or by OVERRIDE. */
    if
    :: EACH(dest_to_origin, NOTICE,                                    /* 3-5 */
           if
           :: in.txn != holder -> DISPUTE_ALL(GRANTED, OVERRIDDEN)
           :: else ->
               if
               :: in.mask != granted -> IMPOSSIBLE
               :: else ->
                   disputed_members(chosen);
                   if
                   :: (granted & (chosen | dead)) == 0 ->
                       notice_check(answer);
                       ACCEPT(granted, answer);
                       granted = 0;
                       holder = 0;
                       DISARM(status_due);
                       GO_ON_OR_END
                   :: else ->
                       if
                       :: (granted & ~(chosen | dead)) != 0 -> ACCEPT(granted & ~(chosen | dead), 0)
                       :: else -> skip
                       fi;
                       granted = granted & (chosen | dead);
                       DISPUTE_NOTICE(granted);
                       if
                       :: (granted & dead) != 0 -> TELL_DISPUTED(DECEASED)
                       :: else -> dispute_reason(answer); TELL_DISPUTED(answer)
                       fi
                   fi
               fi
           fi)
    :: EACH(dest_to_origin, WITHDRAW,                                  /* M12 */
           withdrawn = withdrawn | in.mask;
           if
           :: in.txn != holder -> NEXT(GRANTED)
           :: else ->
               if
               :: in.mask != granted -> IMPOSSIBLE
               :: else -> END_GRANT(); DROP_GRANT
               fi
           fi)
    :: EACH(dest_to_origin, RELEASE,
           if
           :: in.txn == holder -> END_GRANT(); DROP_GRANT
           :: else -> NEXT(GRANTED)
           fi)
    :: EACH(dest_to_origin, CERT_REQUEST, REFUSE(GRANTED, GRANTED_ELSEWHERE))
    :: EACH_DROP(dest_to_origin, HOLDS)                            /* shown to the operator */
    :: atomic { EXPIRE(status_due) ->                               /* M3: the origin asks */
           send(origin_to_dest[asked], GRANT_STATUS, holder, 0, 0, 0);
           NEXT(GRANTED) }
    :: atomic { desk_origin_cs ? OVERRIDE, in ->                    /* M3: two persons */
           OVERRIDE_GRANT(granted);
           DROP_GRANT }
    :: atomic { registry_to_origin ? REMOVED, in -> LOG_REMOVAL(GRANTED) }
    :: atomic { registry_to_origin ? DEATH, in ->
           TAKE_DEATH;
           LEAVE(in.mask & left & ~granted);
           NEXT(GRANTED) }
    :: atomic { registry_to_origin ? CANCEL_OUT, in ->                 /* M8: not until RELEASE */
           send(origin_to_registry, CANCEL_REFUSED, 0, 0, 0, GRANTED_ELSEWHERE);
           NEXT(GRANTED) }
    :: atomic { registry_to_origin ? RECODE, in ->                     /* law C12: the same */
           REFUSE_RECODE(GRANTED, GRANTED_ELSEWHERE) }
    :: UNEXPECTED(registry_to_origin, FILED, RESTORED)
    fi;
    goto GRANTED;

CLOSING:                /* M8: nothing more is granted; the registry restores first. */
    if
    :: atomic { registry_to_origin ? RESTORED, in ->
           removed = removed & ~in.mask;
           RETURN_HOME(in.mask);
           LEAVE(left);
           ERASE_DATA();
           NEXT(end_CANCELLED) }
    :: atomic { registry_to_origin ? REMOVED, in -> LOG_REMOVAL(CLOSING) } /* crossed */
    :: atomic { registry_to_origin ? DEATH, in ->
           TAKE_DEATH;
           LEAVE(in.mask & left);
           NEXT(CLOSING) }
    :: EACH(dest_to_origin, CERT_REQUEST, REFUSE(CLOSING, CANCELLED))
    :: EACH(dest_to_origin, NOTICE, DISPUTE_ALL(CLOSING, OVERRIDDEN))
    :: EACH(dest_to_origin, WITHDRAW, RETURN_HOME(in.mask); NEXT(CLOSING))
    :: EACH_DROP(dest_to_origin, RELEASE, HOLDS)
    :: UNEXPECTED(registry_to_origin, FILED, CANCEL_OUT, RECODE)
    NO_OVERRIDE NOT_ASKING
    fi;
    goto CLOSING;

end_CANCELLED:          /* Final, but for deaths of those who had moved before. */
    if
    :: EACH(dest_to_origin, CERT_REQUEST, REFUSE(end_CANCELLED, CANCELLED))
    :: EACH(dest_to_origin, NOTICE, DISPUTE_ALL(end_CANCELLED, OVERRIDDEN))
    :: EACH(dest_to_origin, WITHDRAW, RETURN_HOME(in.mask); NEXT(end_CANCELLED))
    :: EACH_DROP(dest_to_origin, RELEASE, HOLDS)
    :: atomic { registry_to_origin ? DEATH, in -> TAKE_DEATH; NEXT(end_CANCELLED) }
    :: UNEXPECTED(registry_to_origin, FILED, REMOVED, RESTORED, CANCEL_OUT, RECODE)
    NO_OVERRIDE NOT_ASKING
    fi;
    goto end_CANCELLED;

end_MOVED:              /* Final, but for the registry's last reports: nobody is left. */
    if
    :: EACH(dest_to_origin, CERT_REQUEST,                         /* only the first filing counts */
           case_members(chosen);
           if
           :: (chosen & dead) != 0 -> REFUSE(end_MOVED, DECEASED)
           :: else -> REFUSE(end_MOVED, ALREADY_USED)
           fi)
    :: EACH(dest_to_origin, NOTICE, DISPUTE_ALL(end_MOVED, OVERRIDDEN))
    :: EACH_DROP(dest_to_origin, RELEASE, WITHDRAW, HOLDS)
    :: atomic { registry_to_origin ? REMOVED, in -> LOG_REMOVAL(end_MOVED) }
    :: atomic { registry_to_origin ? DEATH, in -> TAKE_DEATH; NEXT(end_MOVED) }
    :: atomic { registry_to_origin ? CANCEL_OUT, in ->
           send(origin_to_registry, CANCEL_REFUSED, 0, 0, 0, ALREADY_USED);
           NEXT(end_MOVED) }
    :: atomic { registry_to_origin ? RECODE, in -> REFUSE_RECODE(end_MOVED, ALREADY_USED) }
    :: UNEXPECTED(registry_to_origin, FILED, RESTORED)
    NO_OVERRIDE NOT_ASKING
    fi;
    goto end_MOVED;
}
