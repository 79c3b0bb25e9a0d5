/* SPDX-License-Identifier: Apache-2.0 */
/* Role: CS of the municipality moved out of (転出地市町村CS).  Seed 3-2, 3-3, 3-5, 1-4.
 * One instance per moving-out case; it alone serialises grant, cancellation and close (M1).  A
 * grant has no clock (M3).  RELEASE is legal in every state, but acts for the holder only (M5). */

/* 1-4 of the origin: what its registry removed goes to its log, with the epoch that the case has:
 * not below the latest ENTRY here of any member, below every grant (M7). */
#define LOG_REMOVAL \
    send_each(cs_to_prefecture, REMOVAL, 0, in.mask, start, 0)

proctype origin_cs(byte me)
{
    REGISTERS;
    members left;       /* members still in the case */
    members granted;    /* M2: the mask of the one grant */
    token holder;       /* M2: its transaction */
    count epoch;        /* M7: the last one allocated */
    count start;        /* M7: the residence that the case moves away from */

end_IDLE:               /* No filing is known: a case that is not there, or a txn without one. */
    if
    :: atomic { registry_to_origin ? FILED, in ->
           highest_epoch(highest);
           start = highest;
           epoch = highest;
           left = in.mask;
           KEEP_FILING();
           OPEN_CASE(in.mask);
           NEXT(end_OPEN) }
    :: EACH(dest_to_origin, CERT_REQUEST,
           send(origin_to_dest[peer], REFUSAL, in.txn, 0, 0, NO_FILING);
           NEXT(end_IDLE))
    :: EACH_DROP(dest_to_origin, RELEASE)
    :: EACH_UNEXPECTED(dest_to_origin, NOTICE)
    :: UNEXPECTED(registry_to_origin, REMOVED, RESTORED, CANCEL_OUT)
    fi;
    goto end_IDLE;

end_OPEN:               /* Filed, no grant. */
    if
    :: EACH(dest_to_origin, CERT_REQUEST,                              /* 3-2 */
           case_check(answer);
           case_members(chosen);
           if
           :: answer != GRANTABLE ->
               send(origin_to_dest[peer], REFUSAL, in.txn, 0, 0, answer);
               NEXT(end_OPEN)
           :: else ->
               if
               :: (chosen & ~left) != 0 ->
                   send(origin_to_dest[peer], REFUSAL, in.txn, 0, 0, ALREADY_USED);
                   NEXT(end_OPEN)
               :: else ->
                   epoch = epoch + 1;
                   granted = chosen;
                   holder = in.txn;
                   GRANT(granted, epoch);
                   send(origin_to_dest[peer], CERT, holder, granted, epoch, 0); /* 3-3 */
                   NEXT(GRANTED)
               fi
           fi)
    :: atomic { registry_to_origin ? REMOVED, in -> LOG_REMOVAL; NEXT(end_OPEN) } /* M8 */
    :: atomic { registry_to_origin ? CANCEL_OUT, in ->                 /* M8 */
           send(origin_to_registry, CANCEL_OK, 0, left, 0, 0);
           NEXT(CLOSING) }
    :: EACH_DROP(dest_to_origin, RELEASE)
    :: EACH_UNEXPECTED(dest_to_origin, NOTICE)
    :: UNEXPECTED(registry_to_origin, FILED, RESTORED)
    fi;
    goto end_OPEN;

GRANTED:                /* M3: ends by the holder's word alone. */
    if
    :: EACH(dest_to_origin, NOTICE,                                    /* 3-5 */
           if
           :: in.txn != holder || in.mask != granted -> IMPOSSIBLE
           :: else ->
               left = left & ~granted;
               granted = 0;
               holder = 0;
               ACCEPT_NOTICE(in.mask);
               CLOSE_CASE(in.mask);
               send(origin_to_dest[peer], ACCEPTED, in.txn, in.mask, 0, 0);
               send(origin_to_registry, MOVED, 0, in.mask, 0, 0);
               if
               :: left == 0 -> ERASE_DATA(); NEXT(end_MOVED)
               :: else -> NEXT(end_OPEN)
               fi
           fi)
    :: EACH(dest_to_origin, RELEASE,
           if
           :: in.txn == holder -> granted = 0; holder = 0; END_GRANT(); NEXT(end_OPEN)
           :: else -> NEXT(GRANTED)
           fi)
    :: EACH(dest_to_origin, CERT_REQUEST,
           send(origin_to_dest[peer], REFUSAL, in.txn, 0, 0, GRANTED_ELSEWHERE);
           NEXT(GRANTED))
    :: atomic { registry_to_origin ? REMOVED, in -> LOG_REMOVAL; NEXT(GRANTED) }
    :: atomic { registry_to_origin ? CANCEL_OUT, in ->                 /* M8: not until RELEASE */
           send(origin_to_registry, CANCEL_REFUSED, 0, 0, 0, GRANTED_ELSEWHERE);
           NEXT(GRANTED) }
    :: UNEXPECTED(registry_to_origin, FILED, RESTORED)
    fi;
    goto GRANTED;

CLOSING:                /* M8: nothing more is granted; the registry restores first. */
    if
    :: atomic { registry_to_origin ? RESTORED, in ->
           epoch = epoch + 1;
           RENEW_EPOCH(in.mask, epoch);
           send_each(cs_to_prefecture, ENTRY, 0, in.mask, epoch, 0);
           CLOSE_CASE(left);
           left = 0;
           ERASE_DATA();
           NEXT(end_CANCELLED) }
    :: atomic { registry_to_origin ? REMOVED, in -> LOG_REMOVAL; NEXT(CLOSING) } /* crossed */
    :: EACH(dest_to_origin, CERT_REQUEST,
           send(origin_to_dest[peer], REFUSAL, in.txn, 0, 0, CANCELLED);
           NEXT(CLOSING))
    :: EACH_DROP(dest_to_origin, RELEASE)
    :: EACH_UNEXPECTED(dest_to_origin, NOTICE)
    :: UNEXPECTED(registry_to_origin, FILED, CANCEL_OUT)
    fi;
    goto CLOSING;

end_CANCELLED:          /* Final. */
    if
    :: EACH(dest_to_origin, CERT_REQUEST,
           send(origin_to_dest[peer], REFUSAL, in.txn, 0, 0, CANCELLED);
           NEXT(end_CANCELLED))
    :: EACH_DROP(dest_to_origin, RELEASE)
    :: EACH_UNEXPECTED(dest_to_origin, NOTICE)
    :: UNEXPECTED(registry_to_origin, FILED, REMOVED, RESTORED, CANCEL_OUT)
    fi;
    goto end_CANCELLED;

end_MOVED:              /* Final, but for the registry's last report. */
    if
    :: EACH(dest_to_origin, CERT_REQUEST,                         /* only the first filing counts */
           send(origin_to_dest[peer], REFUSAL, in.txn, 0, 0, ALREADY_USED);
           NEXT(end_MOVED))
    :: atomic { registry_to_origin ? REMOVED, in -> LOG_REMOVAL; NEXT(end_MOVED) }
    :: atomic { registry_to_origin ? CANCEL_OUT, in ->
           send(origin_to_registry, CANCEL_REFUSED, 0, 0, 0, ALREADY_USED);
           NEXT(end_MOVED) }
    :: EACH_DROP(dest_to_origin, RELEASE)
    :: EACH_UNEXPECTED(dest_to_origin, NOTICE)
    :: UNEXPECTED(registry_to_origin, FILED, RESTORED)
    fi;
    goto end_MOVED;
}
