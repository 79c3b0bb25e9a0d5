/* SPDX-License-Identifier: Apache-2.0 */
/* Role: national server (全国サーバ).  Seed 1-5.
 * One instance per residence, as at the prefecture; the author is the municipality. */
proctype national_update(byte me; byte server)
{
    REGISTERS;

end_KEEPING:
    if
    :: atomic { log_to_national[me] ? UPDATE, in ->
           check_at_national(answer);
           if
           :: answer == APPLIES -> APPLY_UPDATE(in.epoch); NEXT(end_KEEPING)
           :: else ->
               PASS_UPDATE(in.epoch, answer);
               send(national_to_cs[me], ENTRY_REFUSED, 0, 0, in.epoch, answer);
               NEXT(end_KEEPING)
           fi }
    fi;
    goto end_KEEPING;
}
