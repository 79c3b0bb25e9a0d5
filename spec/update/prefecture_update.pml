/* SPDX-License-Identifier: Apache-2.0 */
/* Role: prefectural server (都道府県サーバ).  Seed 1-4, 1-5.
 * One instance per residence.  Every entry goes on as it came, a refused one, too (R1). */
proctype prefecture_update(byte me; byte server)
{
    REGISTERS;

end_KEEPING:
    if
    :: atomic { log_to_prefecture[me] ? UPDATE, in ->
           forward(log_to_national[me], UPDATE, in.epoch, in.reason, in.author); /* 1-5 */
           check_at_prefecture(answer);
           if
           :: answer == APPLIES -> APPLY_UPDATE(in.epoch); NEXT(end_KEEPING)
           :: else ->
               PASS_UPDATE(in.epoch, answer);
               send(prefecture_to_cs[me], ENTRY_REFUSED, 0, 0, in.epoch, answer);
               NEXT(end_KEEPING)
           fi }
    fi;
    goto end_KEEPING;
}
