/* SPDX-License-Identifier: Apache-2.0 */
/* Role: resident-registry system (既存住基システム) of the municipality moved into.  Seed 3-4, 3-5.
 * One instance per transaction; the clerk enters or rejects, and decides what the origin disputes
 * (M12).  The register changes here first, then the CS hears of it: never the reverse. */

/* What the clerk can choose for a notice that is disputed. */
#define NOTHING_DISPUTED :: NOT_NOW(desk_dest[me], RETRY_NOTICE, CORRECT_ENTRY, WITHDRAW_ENTRY)

proctype dest_registry(byte me)
{
    REGISTERS;
    members granted;
    members disputed; /* members whom the origin does not accept */
    count epoch;

end_IDLE:
    if
    :: atomic { dest_to_registry[me] ? REGISTER, in ->                 /* 3-4 */
           granted = in.mask;
           epoch = in.epoch;
           KEEP_CERT();
           NEXT(WAIT_CLERK) }
    :: NOT_NOW(desk_dest[me], ENTER, REJECT)
    :: UNEXPECTED(dest_to_registry[me], STOP, DISPUTED, DIED)
    NOTHING_DISPUTED
    fi;
    goto end_IDLE;

WAIT_CLERK:
    if
    :: atomic { desk_dest[me] ? ENTER, in ->                        /* 3-5: entered and reported */
           ENTER_REGISTER(granted, epoch);
           send(registry_to_dest[me], REGISTERED, OWN_KEY, granted, epoch, 0);
           granted = 0;
           epoch = 0;
           ERASE_DATA();
           NEXT(end_REGISTERED) }
    :: atomic { desk_dest[me] ? REJECT, in ->
           send(registry_to_dest[me], REJECTED, OWN_KEY, granted, 0, REJECTED_BY_CLERK);
           granted = 0;
           epoch = 0;
           ERASE_DATA();
           NEXT(end_NOT_REGISTERED) }
    :: atomic { dest_to_registry[me] ? STOP, in ->                     /* M4 */
           send(registry_to_dest[me], STOPPED, OWN_KEY, granted, 0, STOPPED_BY_OPERATOR);
           granted = 0;
           epoch = 0;
           ERASE_DATA();
           NEXT(end_NOT_REGISTERED) }
    :: UNEXPECTED(dest_to_registry[me], REGISTER, DISPUTED, DIED)
    NOTHING_DISPUTED
    fi;
    goto WAIT_CLERK;

end_REGISTERED:         /* Decided.  M4: a STOP for a decided txn is dropped. */
    if
    :: DROP(dest_to_registry[me], STOP)
    :: atomic { dest_to_registry[me] ? DISPUTED, in ->                 /* M12 */
           disputed = in.mask;
           KEEP_DISPUTE();
           NEXT(WAIT_CHOICE) }
    :: atomic { dest_to_registry[me] ? DIED, in ->                     /* M17 */
           REMOVE_DEAD(in.mask);
           NEXT(end_REGISTERED) }
    :: NOT_NOW(desk_dest[me], ENTER, REJECT)
    :: UNEXPECTED(dest_to_registry[me], REGISTER)
    NOTHING_DISPUTED
    fi;
    goto end_REGISTERED;

WAIT_CHOICE:            /* M12, M13: parked; there is no CLOSE. */
    if
    :: atomic { desk_dest[me] ? RETRY_NOTICE, in ->
           send(registry_to_dest[me], RETRY, OWN_KEY, disputed, 0, 0);
           disputed = 0;
           ERASE_DATA();
           NEXT(end_REGISTERED) }
    :: atomic { desk_dest[me] ? CORRECT_ENTRY, in ->
           CORRECT_REGISTER(disputed);
           send(registry_to_dest[me], CORRECTED, OWN_KEY, disputed, 0, 0);
           disputed = 0;
           ERASE_DATA();
           NEXT(end_REGISTERED) }
    :: atomic { desk_dest[me] ? WITHDRAW_ENTRY, in ->
           WITHDRAW_FROM_REGISTER(disputed);
           send(registry_to_dest[me], WITHDRAWN, OWN_KEY, disputed, 0, 0);
           disputed = 0;
           ERASE_DATA();
           NEXT(end_REGISTERED) }
    :: atomic { dest_to_registry[me] ? DIED, in ->                     /* M17: of those accepted */
           REMOVE_DEAD(in.mask);
           NEXT(WAIT_CHOICE) }
    :: NOT_NOW(desk_dest[me], ENTER, REJECT)
    :: UNEXPECTED(dest_to_registry[me], REGISTER, STOP, DISPUTED)
    fi;
    goto WAIT_CHOICE;

end_NOT_REGISTERED:     /* Final. */
    if
    :: DROP(dest_to_registry[me], STOP)
    :: NOT_NOW(desk_dest[me], ENTER, REJECT)
    :: UNEXPECTED(dest_to_registry[me], REGISTER, DISPUTED, DIED)
    NOTHING_DISPUTED
    fi;
    goto end_NOT_REGISTERED;
}
