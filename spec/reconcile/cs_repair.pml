/* SPDX-License-Identifier: Apache-2.0 */
/* Role: a municipality's CS, the authority of a resident's records, repairs them at the servers.
 * One instance per resident.  A repair is an entry of the log like any other, with the record as it
 * is now, so it never overtakes a newer one (R4).  What is refused twice waits for a person. */

#define WRITE_REPAIR \
    repair_position(highest); \
    RESTATE(OWN_KEY, highest); \
    send(log_to_prefecture[me], REPAIR, OWN_KEY, 0, highest, 0)

proctype cs_repair(byte me; byte member)
{
    REGISTERS;
    count refused;      /* R1: position of the last repair that was refused, by one server or two */

end_IDLE:
    if
    :: atomic { desk_repair[me * NRES + member] ? APPROVE, in ->
           WRITE_REPAIR;
           NEXT(end_REPAIRING) }
    :: NOT_NOW(desk_repair[me * NRES + member], RELEASE_PARKED)
    :: DROP(prefecture_to_repair[me * NRES + member], ENTRY_REFUSED)
    :: DROP(national_to_repair[me * NRES + member], ENTRY_REFUSED)
    fi;
    goto end_IDLE;

end_REPAIRING:          /* Nothing more is heard of it unless it is refused, or found again. */
    if
    :: atomic { desk_repair[me * NRES + member] ? APPROVE, in ->
           WRITE_REPAIR;
           NEXT(end_REPAIRING) }
    :: atomic { prefecture_to_repair[me * NRES + member] ? ENTRY_REFUSED, in ->
           KEEP_REFUSAL(in.txn, in.epoch, in.reason);
           if
           :: in.epoch > refused -> refused = in.epoch; NEXT(end_REFUSED)
           :: else -> NEXT(end_REPAIRING)
           fi }
    :: atomic { national_to_repair[me * NRES + member] ? ENTRY_REFUSED, in ->
           KEEP_REFUSAL(in.txn, in.epoch, in.reason);
           if
           :: in.epoch > refused -> refused = in.epoch; NEXT(end_REFUSED)
           :: else -> NEXT(end_REPAIRING)
           fi }
    :: NOT_NOW(desk_repair[me * NRES + member], RELEASE_PARKED)
    fi;
    goto end_REPAIRING;

end_REFUSED:            /* Once. */
    if
    :: atomic { desk_repair[me * NRES + member] ? APPROVE, in ->
           WRITE_REPAIR;
           NEXT(end_REPAIRING_AGAIN) }
    :: NOT_NOW(desk_repair[me * NRES + member], RELEASE_PARKED)
    :: atomic { prefecture_to_repair[me * NRES + member] ? ENTRY_REFUSED, in ->
           KEEP_REFUSAL(in.txn, in.epoch, in.reason);
           if
           :: in.epoch > refused -> refused = in.epoch; PARK(OWN_KEY); NEXT(end_PARKED)
           :: else -> NEXT(end_REFUSED)                                /* the other server's */
           fi }
    :: atomic { national_to_repair[me * NRES + member] ? ENTRY_REFUSED, in ->
           KEEP_REFUSAL(in.txn, in.epoch, in.reason);
           if
           :: in.epoch > refused -> refused = in.epoch; PARK(OWN_KEY); NEXT(end_PARKED)
           :: else -> NEXT(end_REFUSED)
           fi }
    fi;
    goto end_REFUSED;

end_REPAIRING_AGAIN:
    if
    :: atomic { desk_repair[me * NRES + member] ? APPROVE, in ->
           WRITE_REPAIR;
           NEXT(end_REPAIRING_AGAIN) }
    :: atomic { prefecture_to_repair[me * NRES + member] ? ENTRY_REFUSED, in ->
           KEEP_REFUSAL(in.txn, in.epoch, in.reason);
           if
           :: in.epoch > refused -> refused = in.epoch; PARK(OWN_KEY); NEXT(end_PARKED)
           :: else -> NEXT(end_REPAIRING_AGAIN)
           fi }
    :: atomic { national_to_repair[me * NRES + member] ? ENTRY_REFUSED, in ->
           KEEP_REFUSAL(in.txn, in.epoch, in.reason);
           if
           :: in.epoch > refused -> refused = in.epoch; PARK(OWN_KEY); NEXT(end_PARKED)
           :: else -> NEXT(end_REPAIRING_AGAIN)
           fi }
    :: NOT_NOW(desk_repair[me * NRES + member], RELEASE_PARKED)
    fi;
    goto end_REPAIRING_AGAIN;

end_PARKED:             /* Twice: a person looks at the record first. */
    if
    :: atomic { desk_repair[me * NRES + member] ? RELEASE_PARKED, in ->
           UNPARK(OWN_KEY);
           NEXT(end_IDLE) }
    :: NOT_NOW(desk_repair[me * NRES + member], APPROVE)
    :: DROP(prefecture_to_repair[me * NRES + member], ENTRY_REFUSED)
    :: DROP(national_to_repair[me * NRES + member], ENTRY_REFUSED)
    fi;
    goto end_PARKED;
}
