/* SPDX-License-Identifier: Apache-2.0 */
/* Role: the landlord.  One instance a house; who comes first lives there. */
proctype landlord()
{
    REGISTERS;
    token holder;
    peer_id home;       /* the tenant with the key */
    count credit;       /* terms that are let */
    bool busy;          /* somebody else has asked */

end_FREE_HOUSE:
    if
    :: EACH(tenant_to_landlord, ASK,                            /* 9-1 */
           may_let(answer);
           rooms_free(chosen);
           if
           :: answer == FREE && (in.rooms & ~chosen) == 0 ->
               longest(highest);
               holder = in.ticket;
               home = peer;
               credit = credit + highest;
               WRITE_BOOK(in.rooms, highest);
               send(landlord_to_tenant[peer], GRANT, holder, in.rooms, highest, 0);
               NEXT(LET)
           :: answer == FREE && (in.rooms & ~chosen) != 0 ->
               send(landlord_to_tenant[peer], DENY, in.ticket, 0, 0, TAKEN);
               NEXT(end_FREE_HOUSE)
           :: else ->
               send(landlord_to_tenant[peer], DENY, in.ticket, 0, 0, answer);
               NEXT(end_FREE_HOUSE)
           fi)
    :: EACH_DROP(tenant_to_landlord, GIVE_BACK)
    fi;
    goto end_FREE_HOUSE;

LET:
    if
    :: EACH(tenant_to_landlord, GIVE_BACK,                      /* 9-2 */
           if
           :: in.ticket == holder && peer == home ->
               holder = 0;
               home = 0;
               credit = credit - 2;
               busy = false;
               NEXT(end_FREE_HOUSE)
           :: else -> NEXT(LET)
           fi)
    :: EACH(tenant_to_landlord, ASK,
           if
           :: busy -> skip
           :: else ->
               busy = true;
               send(landlord_to_tenant[home], DENY, holder, 0, credit, TAKEN)
           fi;
           send(landlord_to_tenant[peer], DENY, in.ticket, 0, 0, TAKEN);
           NEXT(LET))
    fi;
    goto LET;
}
