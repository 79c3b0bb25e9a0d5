/* SPDX-License-Identifier: Apache-2.0 */
/* Role: national server (全国サーバ).  Seed 1-5.
 * One instance per resident; prefectures forward verbatim, so the author is the municipality. */
proctype national(byte member)
{
    REGISTERS;
    token holder;       /* the municipality of the highest epoch */
    count epoch;
    bool current;       /* its episode is open */

end_KEEPING:
    if
    :: EACH(prefecture_to_national, ENTRY,
           RECORD_NATIONAL_ENTRY(in.epoch, in.author);
           if
           :: in.epoch > epoch ->
               epoch = in.epoch;
               holder = in.author;
               current = true;
               SHOW_AT_NATIONAL(in.author);
               NEXT(end_KEEPING)
           :: in.epoch == epoch && in.author != holder ->
               ALARM_DOUBLE(in.epoch, in.author);
               NEXT(end_KEEPING)
           :: else -> NEXT(end_KEEPING)
           fi)
    :: EACH(prefecture_to_national, REMOVAL,
           RECORD_NATIONAL_REMOVAL(in.epoch, in.author);
           if
           :: in.author == holder && in.epoch >= epoch ->           /* the sender's own episode */
               current = false;
               SHOW_AT_NATIONAL(0);
               NEXT(end_KEEPING)
           :: else -> NEXT(end_KEEPING)
           fi)
    fi;
    goto end_KEEPING;
}
