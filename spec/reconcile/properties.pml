/* SPDX-License-Identifier: Apache-2.0 */
/* What reconciliation promises.  Every claim is run by its name. */

/* The process numbers of municipality 0. */
#define CS_PID         2
#define PREFECTURE_PID 3
#define NATIONAL_PID   4
#define REPAIR_PID     9

#define CS_AT(S)            cs_round[CS_PID]@S
#define CS_VARIABLE(NAME)   cs_round[CS_PID]:NAME
#define REPAIR_AT(S)        cs_repair[REPAIR_PID]@S
#define prefecture_AT(S)    prefecture_round[PREFECTURE_PID]@S
#define national_AT(S)      national_round[NATIONAL_PID]@S
#define prefecture_HAS(NAME) prefecture_round[PREFECTURE_PID]:NAME
#define national_HAS(NAME)  national_round[NATIONAL_PID]:NAME

#define UNREPAIRED(S, C) ghost_seen[(S) * NCS + (C)]
#if NCS == 1
#define NOBODY_UNREPAIRED (UNREPAIRED(PREFECTURE, 0) == 0 && UNREPAIRED(NATIONAL, 0) == 0)
#define ALL_APPROVED      (ghost_found[0] == 0)
#define ALL_TOLD          (ghost_told[0] == 0)
#define NO_ROUND_OPEN     (ghost_round[0] == 0)
#else
#define NOBODY_UNREPAIRED \
    (UNREPAIRED(PREFECTURE, 0) == 0 && UNREPAIRED(NATIONAL, 0) == 0 \
     && UNREPAIRED(PREFECTURE, 1) == 0 && UNREPAIRED(NATIONAL, 1) == 0)
#define ALL_APPROVED      (ghost_found[0] == 0 && ghost_found[1] == 0)
#define ALL_TOLD          (ghost_told[0] == 0 && ghost_told[1] == 0)
#define NO_ROUND_OPEN     (ghost_round[0] == 0 && ghost_round[1] == 0)
#endif

#define SHOWN_AT(S) (ghost_shows[S] == ghost_lives)

/* R1: every entry of the log has come, in every place. */
#define HAS_ALL(C) \
    (ghost_restored[C] || (ghost_applied[PREFECTURE * NCS + (C)] == ghost_head[C] \
                           && ghost_applied[NATIONAL * NCS + (C)] == ghost_head[C]))
#if NCS == 1
#define ALL_HAVE_ALL HAS_ALL(0)
#else
#define ALL_HAVE_ALL (HAS_ALL(0) && HAS_ALL(1))
#endif

/* R2: a snapshot stands from its marker to the result, and the server knows both. */
#define KNOWS_MARKER(S) (S##_HAS(position) == ghost_marker[S##_HAS(round)])
#define SNAPSHOT_AGREES(S, AT_S) \
    ((!S##_AT(end_IDLE) || ghost_snapshot_of[AT_S] == 0) \
     && (!S##_AT(WAIT_MARKER) || (ghost_snapshot_of[AT_S] == 0 && KNOWS_MARKER(S))) \
     && (!S##_AT(MARKED) || (ghost_snapshot_of[AT_S] == S##_HAS(round) && KNOWS_MARKER(S))) \
     && (!S##_AT(WAIT_CELLS) || (ghost_snapshot_of[AT_S] == S##_HAS(round) && KNOWS_MARKER(S))))
#define SNAPSHOTS_AGREE (SNAPSHOT_AGREES(prefecture, 0) && SNAPSHOT_AGREES(national, NCS))

/* R3: the CS waits for exactly the results that it has not kept. */
#define WAITS_FOR(S, AT_S) (CS_VARIABLE(S) == (ghost_kept[AT_S] != ghost_round[0]))
#define WAITS_WELL \
    (!CS_AT(WAIT_RESULTS) \
     || (ghost_round[0] != 0 && CS_VARIABLE(round) == ghost_round[0] \
         && WAITS_FOR(prefecture, 0) && WAITS_FOR(national, NCS)))

/* R3: no round without its deadline, at either end. */
#define DEADLINE_RUNS(S) \
    ((!S##_AT(MARKED) && !S##_AT(WAIT_MARKER) && !S##_AT(WAIT_CELLS)) || S##_HAS(check_due))
#define DEADLINES_RUN \
    (DEADLINE_RUNS(prefecture) && DEADLINE_RUNS(national) \
     && (!CS_AT(WAIT_RESULTS) || CS_VARIABLE(round_due)))

/* R3: a round that is over leaves nothing in a row. */
#define CS_IS_EMPTY \
    (CS_VARIABLE(round) == 0 && !CS_VARIABLE(prefecture) && !CS_VARIABLE(national) \
     && !CS_VARIABLE(round_due) && ghost_round[0] == 0)
#define NOTHING_LEFT_AT(S) (!S##_AT(end_IDLE) || (S##_HAS(round) == 0 && !S##_HAS(check_due)))
#define NOTHING_LEFT \
    ((!CS_AT(end_IDLE) || (CS_IS_EMPTY && !CS_VARIABLE(alarm))) \
     && (!CS_AT(end_ALARM) || CS_IS_EMPTY) \
     && NOTHING_LEFT_AT(prefecture) && NOTHING_LEFT_AT(national))

/* R3: a server that has heard CLOSE waits no longer: it came behind the CHECK. */
#define CLOSED_ENDS(S) \
    ((!S##_AT(WAIT_MARKER) && !S##_AT(WAIT_CELLS)) \
     || S##_HAS(round) == ghost_round[0] || len(cs_to_##S[0]) != 0)

/* R3: a server that has the marker and the check of a round compares, or has given it up. */
#define CHECK_IS_TAKEN(S) \
    (!S##_AT(MARKED) || S##_HAS(round) != ghost_round[0] || len(cs_to_##S[0]) != 0 \
     || len(S##_to_cs[0]) != 0 || !CS_AT(WAIT_RESULTS) || !CS_VARIABLE(S))

/* R4: how far a repair has come: written, refused once, written again, refused twice. */
#define REPAIR_IS(REFUSED, RESTATED) \
    (ghost_refused[0] == REFUSED && ghost_restated[0] == RESTATED)
#define IS_PARKED ((ghost_parked[0] & 1) != 0)
#define REPAIR_AGREES \
    ((!REPAIR_AT(end_IDLE) || (REPAIR_IS(0, 0) && !IS_PARKED)) \
     && (!REPAIR_AT(end_REPAIRING) || (REPAIR_IS(0, 1) && !IS_PARKED)) \
     && (!REPAIR_AT(end_REFUSED) || (REPAIR_IS(1, 1) && !IS_PARKED)) \
     && (!REPAIR_AT(end_REPAIRING_AGAIN) || (REPAIR_IS(1, 2) && !IS_PARKED)) \
     && (!REPAIR_AT(end_PARKED) || (ghost_refused[0] == 2 && IS_PARKED)))

/* R4: a refusal of what is under way is not overheard. */
#define REFUSAL_HEARD \
    (REPAIR_AT(end_IDLE) || REPAIR_AT(end_PARKED) || ghost_refusal[0] <= ghost_refused_at[0])

/* R5: whoever is told BEYOND_HEAD begins no round until an operator has recovered the log. */
#define ALARM_STOPS \
    ((!CS_AT(end_IDLE) || !ghost_alarmed) \
     && (!CS_AT(WAIT_RESULTS) || CS_VARIABLE(alarm) == ghost_alarmed))
#ifdef WITH_RESTORE
#if DAMAGES > 0
#define RESTORE_PID 11
#else
#define RESTORE_PID 10
#endif
#define CLEARED restore[RESTORE_PID]@end_RESTS
#else
#define CLEARED false
#endif

ltl promise_no_false_mismatch { [] !broken_false }
ltl promise_none_missed       { [] !broken_missed }
ltl promise_repaired          { [] ((quiet && ALL_APPROVED) -> NOBODY_UNREPAIRED) }
ltl promise_one_residence     { [] (quiet -> (SHOWN_AT(PREFECTURE) && SHOWN_AT(NATIONAL))) }
ltl r1_no_gap                 { [] (quiet -> ALL_HAVE_ALL) }
ltl r1_in_order               { [] !broken_order }
ltl r1_refused_as_checked     { [] !broken_refusal }
ltl r2_snapshot_agrees        { [] (SNAPSHOTS_AGREE) }
ltl r3_same_marker            { [] !broken_mixed }
ltl r3_every_round_ends       { [] (quiet -> NO_ROUND_OPEN) }
ltl r3_waits_well             { [] WAITS_WELL }
ltl r3_deadline_runs          { [] (DEADLINES_RUN) }
ltl r3_nothing_left           { [] (NOTHING_LEFT) }
ltl r3_closed_ends            { [] (CLOSED_ENDS(prefecture) && CLOSED_ENDS(national)) }
ltl r3_check_is_taken         { [] (CHECK_IS_TAKEN(prefecture) && CHECK_IS_TAKEN(national)) }
ltl r4_no_overwrite           { [] !broken_overwrite }
ltl r4_no_endless_repair      { [] !broken_endless }
ltl r4_repair_agrees          { [] REPAIR_AGREES }
ltl r4_refusal_heard          { [] (quiet -> REFUSAL_HEARD) }
ltl r5_alarm_is_true          { [] !broken_alarm }
ltl r5_alarm_stops            { [] ALARM_STOPS }
ltl r5_alarm_ends             { [] (quiet -> !(CLEARED && CS_AT(end_ALARM))) }
ltl r5_restore_is_found       { [] !broken_restored }
ltl r6_prefecture_is_told     { [] (quiet -> ALL_TOLD) }

/* The last entry of the log was a repair of the first resident. */
#define REPAIRED(S) \
    (ghost_head[0] > 1 + UPDATES + ROUNDS && ghost_own[0] == ghost_head[0] && \
     ghost_row[ROW(S, 0, 0)] == ghost_head[0])

/* Witnesses: each must be violated, else the promises above say nothing. */
ltl w_different       { [] (ghost_found[0] == 0) }
ltl w_repaired        { [] !(quiet && REPAIRED(PREFECTURE) && REPAIRED(NATIONAL)) }
ltl w_check_first     { [] !(national_round[NATIONAL_PID]@WAIT_MARKER) }
ltl w_cells           { [] !(national_round[NATIONAL_PID]@WAIT_CELLS) }
ltl w_parked          { [] (ghost_parked[0] == 0) }
ltl w_alarm           { [] !(cs_round[CS_PID]@end_ALARM) }
ltl w_moved_damaged   { [] !(ghost_lives == 2 && ghost_found[0] != 0) }

/* 6-1 to 6-3 happen: both checks are under way, both results, and the CS shows who differs. */
ltl w_step_6_1        { [] !(cs_to_prefecture[0] ? [CHECK] && cs_to_national[0] ? [CHECK]) }
ltl w_step_6_2        { [] !(prefecture_to_cs[0] ? [COMPARED] && national_to_cs[0] ? [COMPARED]) }
ltl w_step_6_3        { [] !(ghost_kept[NCS] != 0 && ghost_found[0] != 0) }
