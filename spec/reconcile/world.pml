/* SPDX-License-Identifier: Apache-2.0 */
/* The world of a check: registries that write, the log's other entries, damage, a restore from a
 * backup, the operators of the CS. */

/* 1-4, 1-5: what other protocols write: a residence begins, ends; a record changes. */
mtype:kind = { ENTRY, REMOVAL, UPDATE };

#ifdef WITH_RESTORE
byte ghost_before;      /* the first resident's record before the last entry */
#define REMEMBER ghost_before = ghost_own[OWN(me, 0)]
#else
#define REMEMBER skip
#endif

/* What a CS writes into its log without a role of this protocol. */
#define WRITE_ENTRY(KIND, R) \
    REMEMBER; \
    ghost_head[me] = ghost_head[me] + 1; \
    ghost_own[OWN(me, R)] = ghost_head[me]; \
    JP_ROOM(log_to_prefecture[me]); \
    log_to_prefecture[me] ! KIND, (R) + 1, 0, ghost_head[me], 0, me + 1

/* A registry writes updates, at any time. */
proctype registry(byte me)
{
    byte left = UPDATES;
end_WRITES:
    do
    :: atomic { left > 0 && !ghost_restored[me] -> WRITE_ENTRY(UPDATE, 0); left = left - 1 }
#if NRES == 2
    :: atomic { left > 0 && !ghost_restored[me] -> WRITE_ENTRY(UPDATE, 1); left = left - 1 }
#endif
    od
}

byte ghost_lives;       /* where the first resident lives, from 1 */

#if NCS == 2
/* The first resident moves from municipality 0 to municipality 1; the entry comes first (M9). */
proctype move()
{
    byte me = 1;
end_MAY_MOVE:
    atomic { WRITE_ENTRY(ENTRY, 0); ghost_lives = 2; me = 0 };
LEAVES:
    atomic { WRITE_ENTRY(REMOVAL, 0) };
end_MOVED:
    false
}
#endif

/* A server applies what other protocols' entries say, in the order of the log; the prefecture
 * forwards them. */
#define PASS_ON(KIND) \
    JP_ROOM(log_to_national[me]); \
    log_to_national[me] ! KIND, in.txn, in.mask, in.epoch, in.reason, in.author

#define APPLY(SERVER) \
    IN_ORDER(SERVER, in.epoch); \
    WRITE_ROW(SERVER, me, in.txn - 1, in.epoch); \
    JP_CLEAR

proctype prefecture_log(byte me)
{
    REGISTERS;
end_READY:
    do
    :: atomic { log_to_prefecture[me] ? UPDATE, in -> PASS_ON(UPDATE); APPLY(PREFECTURE) }
#if NCS == 2
    :: atomic { log_to_prefecture[me] ? REMOVAL, in -> PASS_ON(REMOVAL); APPLY(PREFECTURE) }
    :: atomic { log_to_prefecture[me] ? ENTRY, in ->
           PASS_ON(ENTRY);
           ghost_shows[PREFECTURE] = me + 1;
           APPLY(PREFECTURE) }
#endif
    od
}

proctype national_log(byte me)
{
    REGISTERS;
end_READY:
    do
    :: atomic { log_to_national[me] ? UPDATE, in -> APPLY(NATIONAL) }
#if NCS == 2
    :: atomic { log_to_national[me] ? REMOVAL, in -> APPLY(NATIONAL) }
    :: atomic { log_to_national[me] ? ENTRY, in ->
           ghost_shows[NATIONAL] = me + 1;
           APPLY(NATIONAL) }
#endif
    od
}

/* Rows of servers are damaged: any field, the number, a row is lost, a row comes from nowhere. */
#define DAMAGE(S, C, R, RECORD) \
    ghost_row[ROW(S, C, R)] = RECORD; \
    ghost_wrong[(S) * NCS + (C)] = ghost_wrong[(S) * NCS + (C)] | BIT(R); \
    left = left - 1
#define INTACT(S, C, R) (left > 0 && (ghost_wrong[(S) * NCS + (C)] & BIT(R)) == 0)
#define MAY_DAMAGE(S, C, R) \
    :: atomic { INTACT(S, C, R) && ghost_row[ROW(S, C, R)] != 0 -> \
           DAMAGE(S, C, R, ghost_row[ROW(S, C, R)] | FIELD_DAMAGED) } \
    :: atomic { INTACT(S, C, R) && ghost_row[ROW(S, C, R)] != 0 -> \
           DAMAGE(S, C, R, NUMBER_DAMAGED) } \
    :: atomic { INTACT(S, C, R) && ghost_row[ROW(S, C, R)] != 0 -> DAMAGE(S, C, R, 0) } \
    :: atomic { INTACT(S, C, R) && ghost_row[ROW(S, C, R)] == 0 -> \
           DAMAGE(S, C, R, FIELD_DAMAGED) }

/* Or one is damaged from the beginning. */
#define DAMAGE_FIRST(S) \
    ghost_row[ROW(S, 0, 0)] = FIELD_DAMAGED; \
    ghost_wrong[(S) * NCS] = 1

#if DAMAGES > 0
proctype damage()
{
    byte left = DAMAGES;
end_MAY_COME:
    do
    MAY_DAMAGE(PREFECTURE, 0, 0)
    MAY_DAMAGE(NATIONAL, 0, 0)
#if NRES == 2
    MAY_DAMAGE(PREFECTURE, 0, 1)
    MAY_DAMAGE(NATIONAL, 0, 1)
#endif
#if NCS == 2
    MAY_DAMAGE(PREFECTURE, 1, 0)
    MAY_DAMAGE(NATIONAL, 1, 0)
#endif
    od
}
#endif

/* The CS of municipality 0 is restored from a backup that lacks its last entry; after the alarm its
 * operator recovers that entry from a server, and clears the alarm (R5). */
#ifdef WITH_RESTORE
#define LOSABLE \
    (ghost_head[0] > 1 && ghost_own[0] == ghost_head[0] && ghost_round[0] == 0)

proctype restore()
{
end_MAY_COME:
    atomic { LOSABLE ->
        ghost_own[0] = ghost_before;
        ghost_head[0] = ghost_head[0] - 1;
        ghost_restored[0] = true };
end_MAY_RECOVER:
    atomic { ghost_alarmed && ghost_round[0] == 0 ->
        ghost_own[0] = ghost_row[ROW(NATIONAL, 0, 0)];
        ghost_restored[0] = false;
        ghost_alarmed = false;
        ghost_beyond[PREFECTURE * NCS] = false;
        ghost_beyond[NATIONAL * NCS] = false };
CLEARS:
    desk_round[0] ! CLEAR_ALARM, 0, 0, 0, 0, 0;
end_RESTS:
    false
}
#endif

/* The operator of a CS starts rounds, approves repairs of what they found, and looks at what is
 * parked. */
proctype operator(byte me)
{
end_MAY_START:
    desk_round[me] ! START, 1, 0, 0, 0, 0;
#if ROUNDS > 1
end_MAY_START_AGAIN:
    desk_round[me] ! START, 2, 0, 0, 0, 0;
#endif
#if ROUNDS > 2
end_MAY_START_ONCE_MORE:
    desk_round[me] ! START, 3, 0, 0, 0, 0;
#endif
end_RESTS:
    false
}

proctype approver(byte me; byte member)
{
    byte left = REPAIRS;
end_LOOKS:
    do
    :: atomic { left > 0 && !ghost_restored[me] && (ghost_found[me] & BIT(member)) != 0 ->
           ghost_found[me] = ghost_found[me] & ~BIT(member);
           left = left - 1;
           desk_repair[me * NRES + member] ! APPROVE, 0, 0, 0, 0, 0 }
#ifdef WITH_RELEASE
    :: desk_repair[me * NRES + member] ! RELEASE_PARKED, 0, 0, 0, 0, 0
#endif
    od
}

bool quiet; /* raised when nothing can move any more */

proctype judge()
{
end_LOOKS_ON:
    atomic { timeout -> quiet = true };
end_RESTS:
    false
}

#define RUN_MUNICIPALITY(C) \
    run registry(C); \
    run cs_round(C); \
    run prefecture_round(C, PREFECTURE); \
    run national_round(C, NATIONAL); \
    run prefecture_log(C); \
    run national_log(C); \
    run operator(C); \
    run approver(C, 0); \
    run cs_repair(C, 0)

init
{
    atomic {
        ghost_lives = 1;
        ghost_head[0] = 1;
        ghost_own[0] = 1;
        ghost_applied[PREFECTURE * NCS] = 1;
        ghost_applied[NATIONAL * NCS] = 1;
        ghost_row[ROW(PREFECTURE, 0, 0)] = 1;
        ghost_row[ROW(NATIONAL, 0, 0)] = 1;
        ghost_shows[PREFECTURE] = 1;
        ghost_shows[NATIONAL] = 1;
#ifdef DAMAGED
        DAMAGE_FIRST(PREFECTURE);
        DAMAGE_FIRST(NATIONAL);
#endif
        RUN_MUNICIPALITY(0);
#if NRES == 2
        run approver(0, 1);
        run cs_repair(0, 1);
#endif
#if NCS == 2
        RUN_MUNICIPALITY(1);
        run move();
#endif
#if DAMAGES > 0
        run damage();
#endif
#ifdef WITH_RESTORE
        run restore();
#endif
        run judge()
    }
}
