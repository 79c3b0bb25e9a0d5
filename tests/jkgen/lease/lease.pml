/* SPDX-License-Identifier: Apache-2.0 */
/* A lease: two tenants and a landlord.  SPIN reads this file; jkgen reads what lease.bind names. */
#include "claim.pml"
#include "limits.pml"
#include "messages.pml"
#include "hooks.pml"
#include "effects.pml"
#include "tenant.pml"
#include "landlord.pml"

/* The operator at a tenant's desk. */
proctype operator(byte me)
{
WANTS:
    desk_tenant[me] ! WANT, 0, 1, 0, 0;
end_LIVES:
    desk_tenant[me] ! LEAVE, 0, 0, 0, 0;
end_RESTS:
    false
}

init
{
    atomic {
        run landlord();
        run tenant(0);
        run tenant(1);
        run operator(0);
        run operator(1)
    }
}
