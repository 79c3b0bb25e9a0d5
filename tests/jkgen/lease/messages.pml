/* SPDX-License-Identifier: Apache-2.0 */
/* Kinds, commands and links of the lease: two tenants, one landlord. */
mtype:kind = { ASK, GIVE_BACK, GRANT, DENY };
mtype:command = { WANT, LEAVE };

chan desk_tenant[2] = [0] of { mtype:command, claim };
chan tenant_to_landlord[2] = [CAPACITY] of { mtype:kind, claim };
chan landlord_to_tenant[2] = [CAPACITY] of { mtype:kind, claim };

#define tenant_to_landlord_from(I) tenant_to_landlord[I]
#define tenant_to_landlord_each(KIND, ...) JP_EACH2(tenant_to_landlord_from, KIND, __VA_ARGS__)

#ifndef JKGEN
#define OWN_KEY (me + 1)
#endif
