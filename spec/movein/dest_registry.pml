/* SPDX-License-Identifier: Apache-2.0 */
/* Role: resident-registry system (既存住基システム) of the municipality moved into.  Seed 3-4, 3-5.
 * One instance per transaction; the clerk enters or rejects. */
proctype dest_registry(byte me)
{
    REGISTERS;
    members granted;
    count epoch;

end_IDLE:
    if
    :: atomic { dest_to_registry[me] ? REGISTER, in ->                 /* 3-4 */
           granted = in.mask;
           epoch = in.epoch;
           KEEP_CERT();
           NEXT(WAIT_CLERK) }
    :: NOT_NOW(desk_dest[me], ENTER, REJECT)
    :: UNEXPECTED(dest_to_registry[me], STOP)
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
    :: UNEXPECTED(dest_to_registry[me], REGISTER)
    fi;
    goto WAIT_CLERK;

end_REGISTERED:         /* Final.  M4: a STOP for a decided txn is dropped. */
    if
    :: DROP(dest_to_registry[me], STOP)
    :: NOT_NOW(desk_dest[me], ENTER, REJECT)
    :: UNEXPECTED(dest_to_registry[me], REGISTER)
    fi;
    goto end_REGISTERED;

end_NOT_REGISTERED:     /* Final. */
    if
    :: DROP(dest_to_registry[me], STOP)
    :: NOT_NOW(desk_dest[me], ENTER, REJECT)
    :: UNEXPECTED(dest_to_registry[me], REGISTER)
    fi;
    goto end_NOT_REGISTERED;
}
