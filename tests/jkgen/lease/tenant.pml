/* SPDX-License-Identifier: Apache-2.0 */
/* Role: a tenant.  One instance a ticket. */

/* 9-2: the key goes back. */
#define RETURN_KEY \
    MOVE_OUT(); \
    send(tenant_to_landlord[me], GIVE_BACK, OWN_KEY, wanted, 0, 0)

proctype tenant(byte me)
{
    REGISTERS;
    members wanted;     /* rooms asked for */
    count term;         /* how long, as the landlord said */
    count asked;        /* how often */
    mtype:reason last;  /* why it was denied */
    bool stubborn;      /* asks a second time */
    TIMER(answer_due);
    TIMER(last_day);    /* of the lease */

end_IDLE:
    if
    :: atomic { desk_tenant[me] ? WANT, in ->                   /* 9-1 */
           wanted = in.rooms;
           asked = asked + 1;
           send(tenant_to_landlord[me], ASK, OWN_KEY, wanted, 0, 0);
           ARM(answer_due);
           NEXT(WAIT) }
    :: NOT_NOW(desk_tenant[me], LEAVE)
    :: UNEXPECTED(landlord_to_tenant[me], GRANT, DENY)
    :: UNARMED(answer_due)
    :: UNARMED(last_day)
    fi;
    goto end_IDLE;

WAIT:                   /* The landlord takes its time. */
    if
    :: atomic { landlord_to_tenant[me] ? GRANT, in ->           /* 9-1 */
           if
           :: in.ticket != OWN_KEY || in.rooms != wanted -> IMPOSSIBLE
           :: else -> skip
           fi;
           DISARM(answer_due);
           term = in.term;
           ARM(last_day);
           MOVE_IN(wanted);
           NEXT(HOME) }
    :: atomic { landlord_to_tenant[me] ? DENY, in ->
           DISARM(answer_due);
           last = in.why;
           if
           :: in.why == TAKEN && !stubborn && asked < 2 ->
               stubborn = true;
               asked = asked + 1;
               send(tenant_to_landlord[me], ASK, OWN_KEY, wanted, 0, last); /* 9-1 again */
               ARM(answer_due);
               NEXT(WAIT)
           :: !(in.why == TAKEN && !stubborn && asked < 2) -> NEXT(end_OVER)
           fi }
    :: atomic { EXPIRE(answer_due) -> NEXT(end_OVER) }
    :: NOT_NOW(desk_tenant[me], WANT, LEAVE)
    :: UNARMED(last_day)
    fi;
    goto WAIT;

HOME:
    if
    :: atomic { desk_tenant[me] ? LEAVE, in -> RETURN_KEY; DISARM(last_day); NEXT(end_OVER) }
    :: atomic { EXPIRE(last_day) -> RETURN_KEY; NEXT(end_OVER) }
    :: DROP(landlord_to_tenant[me], DENY)                       /* somebody else asked */
    :: NOT_NOW(desk_tenant[me], WANT)
    :: UNEXPECTED(landlord_to_tenant[me], GRANT)
    :: UNARMED(answer_due)
    fi;
    goto HOME;

end_OVER:               /* Final. */
    if
    :: atomic { landlord_to_tenant[me] ? GRANT, in ->           /* it came too late */
           RETURN_KEY;
           NEXT(end_OVER) }
    :: DROP(landlord_to_tenant[me], DENY)
    :: NOT_NOW(desk_tenant[me], WANT, LEAVE)
    :: UNARMED(answer_due)
    :: UNARMED(last_day)
    fi;
    goto end_OVER;
}
