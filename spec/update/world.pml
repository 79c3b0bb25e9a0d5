/* SPDX-License-Identifier: Apache-2.0 */
/* The world of a check: the clerk of a registry, the CS's loop, residences that begin and end, rows
 * of servers that are lost. */

/* 1-4, 1-5: what the special move-in writes; 1-3: what its registry reports. */
mtype:kind = { ENTRY, REMOVAL, REMOVED };

#define WRITE_OTHER(KIND) \
    ghost_head[me] = ghost_head[me] + 1; \
    SAID(ghost_head[me]) = ghost_record[me]; \
    JP_ROOM(log_to_prefecture[me]); \
    log_to_prefecture[me] ! KIND, 0, 0, ghost_head[me], 0, me + 1

proctype clerk(byte me)
{
    byte left = CHANGES;
end_MAY_CHANGE:
    do
    :: atomic { left > 0 && ghost_registered[me] ->
           left = left - 1;
           desk_registry[me] ! CHANGE, 0, 0, 0, 0, 0 }
    od
}

/* The loop of a CS: what waits, a little at a time, in any order with everything else. */
proctype feed(byte me)
{
end_LOOKS:
    do
    :: atomic { ghost_queue[me] > 0 -> desk_feed[me] ! TAKE, 0, 0, 0, 0, 0 }
    od
}

/* His residence ends: the registry removes him and reports it in order with its changes; or he has
 * died, and the CS hears of that first from elsewhere (M17). */
#define ENDS_AT_CS(ME) \
    ghost_resides[ME] = false; WRITE_OTHER(REMOVAL)

#ifdef WITH_END
proctype leaves(byte me)
{
end_MAY_LEAVE:
    atomic { ghost_registered[me] ->
        ghost_registered[me] = false;
        JP_ROOM(registry_to_cs[me]);
        registry_to_cs[me] ! REMOVED, 0, 0, 0, 0, 0 };
IS_REPORTED:
    atomic { registry_to_cs[me] ? REMOVED, _, _, _, _, _ -> ENDS_AT_CS(me) };
end_GONE:
    false
}
#endif

#ifdef WITH_DEATH
proctype dies(byte me)
{
end_MAY_DIE:
    atomic { ghost_resides[me] -> ENDS_AT_CS(me) };
IS_TOLD:
    atomic { ghost_registered[me] -> ghost_registered[me] = false };
end_GONE:
    false
}
#endif

#if NCS == 2
/* He moves into municipality 1: its ENTRY comes first (M9). */
proctype moves_in(byte me)
{
end_MAY_MOVE:
    atomic { ghost_registered[me] = true; ghost_resides[me] = true; WRITE_OTHER(ENTRY) };
end_MOVED:
    false
}
#endif

/* A server applies what other protocols' entries say; the prefecture forwards them. */
#define PASS_ON(KIND) \
    JP_ROOM(log_to_national[me]); \
    log_to_national[me] ! KIND, in.txn, in.mask, in.epoch, in.reason, in.author
#define BEGIN_AT(S) \
    d_step { NEXT_POSITION(S, in.epoch); ghost_open[AT(S)] = true; \
             ghost_row[AT(S)] = SAID(in.epoch) }; JP_CLEAR
#define END_AT(S) \
    d_step { NEXT_POSITION(S, in.epoch); ghost_open[AT(S)] = false }; JP_CLEAR

proctype prefecture_log(byte me)
{
    REGISTERS;
end_READY:
    do
    :: atomic { log_to_prefecture[me] ? ENTRY, in -> PASS_ON(ENTRY); BEGIN_AT(PREFECTURE) }
    :: atomic { log_to_prefecture[me] ? REMOVAL, in -> PASS_ON(REMOVAL); END_AT(PREFECTURE) }
    od
}

proctype national_log(byte me)
{
    REGISTERS;
end_READY:
    do
    :: atomic { log_to_national[me] ? ENTRY, in -> BEGIN_AT(NATIONAL) }
    :: atomic { log_to_national[me] ? REMOVAL, in -> END_AT(NATIONAL) }
    od
}

#if DAMAGES > 0
proctype damage()
{
    byte left = DAMAGES;
end_MAY_COME:
    do
    :: atomic { left > 0 && ghost_open[PREFECTURE * NCS] ->
           left = left - 1;
           ghost_open[PREFECTURE * NCS] = false;
           ghost_lost[PREFECTURE * NCS] = true }
    :: atomic { left > 0 && ghost_open[NATIONAL * NCS] ->
           left = left - 1;
           ghost_open[NATIONAL * NCS] = false;
           ghost_lost[NATIONAL * NCS] = true }
    od
}
#endif

bool quiet; /* raised when nothing can move any more */

proctype judge()
{
end_LOOKS_ON:
    atomic { timeout -> quiet = true };
end_RESTS:
    false
}

#define RUN_MUNICIPALITY(C) \
    run clerk(C); \
    run registry_update(C); \
    run cs_update(C); \
    run feed(C); \
    run prefecture_update(C, PREFECTURE); \
    run national_update(C, NATIONAL); \
    run prefecture_log(C); \
    run national_log(C)

init
{
    atomic {
        ghost_registered[0] = true;
        ghost_resides[0] = true;
        ghost_open[PREFECTURE * NCS] = true;
        ghost_open[NATIONAL * NCS] = true;
        RUN_MUNICIPALITY(0);
#ifdef WITH_END
        run leaves(0);
#endif
#ifdef WITH_DEATH
        run dies(0);
#endif
#if NCS == 2
        RUN_MUNICIPALITY(1);
        run moves_in(1);
#endif
#if DAMAGES > 0
        run damage();
#endif
        run judge()
    }
}
