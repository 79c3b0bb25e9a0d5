/* SPDX-License-Identifier: Apache-2.0 */
/* Role: a municipality's registry (既存住基システム), whose record of a resident changes.
 * Seed 1-2, 1-3.  One instance per resident.  What the clerk may not ask is refused before this
 * machine. */
proctype registry_update(byte me)
{
    REGISTERS;

end_KEEPING:
    if
    :: atomic { desk_registry[me] ? CHANGE, in ->                      /* 1-2 */
           CHANGE_REGISTER();
           send(registry_to_cs[me], CHANGED, 0, 0, 0, 0);              /* 1-3 */
           NEXT(end_KEEPING) }
    fi;
    goto end_KEEPING;
}
