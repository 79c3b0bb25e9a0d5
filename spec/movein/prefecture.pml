/* SPDX-License-Identifier: Apache-2.0 */
/* Role: prefectural server (都道府県サーバ).  Seed 1-4, 1-5.
 * One instance per resident.  It orders by epoch, not by arrival (M7), and forwards every entry. */
proctype prefecture(byte me; byte member)
{
    REGISTERS;
    token holder;       /* the municipality of the highest epoch */
    count epoch;
    bool current;       /* its episode is open */

end_KEEPING:
    if
    :: EACH(cs_to_prefecture, ENTRY,
           RECORD_PREFECTURE_ENTRY(in.epoch, in.author);
           forward(prefecture_to_national[me * NMEMBER + member], ENTRY, in.epoch, in.reason,
               in.author);
           if
           :: in.epoch > epoch ->
               epoch = in.epoch;
               holder = in.author;
               current = true;
               SHOW_AT_PREFECTURE(in.author);
               NEXT(end_KEEPING)
           :: in.epoch == epoch && in.author != holder ->
               ALARM_DOUBLE(in.epoch, in.author);
               NEXT(end_KEEPING)
           :: else -> NEXT(end_KEEPING)
           fi)
    :: EACH(cs_to_prefecture, REMOVAL,
           RECORD_PREFECTURE_REMOVAL(in.epoch, in.author);
           forward(prefecture_to_national[me * NMEMBER + member], REMOVAL, in.epoch, in.reason,
               in.author);
           if
           :: in.author == holder && in.epoch >= epoch ->           /* the sender's own episode */
               current = false;
               SHOW_AT_PREFECTURE(0);
               NEXT(end_KEEPING)
           :: else -> NEXT(end_KEEPING)
           fi)
    fi;
    goto end_KEEPING;
}
