/* SPDX-License-Identifier: Apache-2.0 */
/* What reconciliation promises.  Every claim is run by its name. */

/* The process numbers of municipality 0. */
#define CS_PID       2
#define NATIONAL_PID 4

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

ltl promise_no_false_mismatch { [] !broken_false }
ltl promise_none_missed       { [] !broken_missed }
ltl promise_repaired          { [] ((quiet && ALL_APPROVED) -> NOBODY_UNREPAIRED) }
ltl promise_one_residence     { [] (quiet -> (SHOWN_AT(PREFECTURE) && SHOWN_AT(NATIONAL))) }
ltl r1_no_gap                 { [] (quiet -> ALL_HAVE_ALL) }
ltl r3_same_marker            { [] !broken_mixed }
ltl r3_every_round_ends       { [] (quiet -> NO_ROUND_OPEN) }
ltl r4_no_overwrite           { [] !broken_overwrite }
ltl r4_no_endless_repair      { [] !broken_endless }
ltl r5_alarm_is_true          { [] !broken_alarm }
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
