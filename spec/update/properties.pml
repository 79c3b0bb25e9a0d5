/* SPDX-License-Identifier: Apache-2.0 */
/* What the change feed promises.  Every claim is run by its name. */

/* The process number of municipality 0's CS. */
#define CS_PID 3

/* At rest a server shows the register's record, unless it refused the last or lost the row. */
#define SHOWS(S, C) \
    (!ghost_open[(S) * NCS + (C)] || ghost_refused[(S) * NCS + (C)] \
     || ghost_row[(S) * NCS + (C)] == ghost_register[C])
#define AGREE(C)   (SHOWS(PREFECTURE, C) && SHOWS(NATIONAL, C))
/* The row is open where he is a resident, and only there. */
#define RIGHT(S, C) \
    (ghost_lost[(S) * NCS + (C)] || ghost_open[(S) * NCS + (C)] == ghost_resides[C])
#define RIGHTLY_OPEN(C) (RIGHT(PREFECTURE, C) && RIGHT(NATIONAL, C))
#define HAS_ALL(C) \
    (ghost_applied[PREFECTURE * NCS + (C)] == ghost_head[C] \
     && ghost_applied[NATIONAL * NCS + (C)] == ghost_head[C])
#if NCS == 1
#define ALL_AGREE    AGREE(0)
#define ALL_RIGHT    RIGHTLY_OPEN(0)
#define ALL_HAVE_ALL HAS_ALL(0)
#define NONE_DUE     (ghost_due[0] == 0)
#define ALL_TOLD     (ghost_told[0] == 0)
#else
#define ALL_AGREE    (AGREE(0) && AGREE(1))
#define ALL_RIGHT    (RIGHTLY_OPEN(0) && RIGHTLY_OPEN(1))
#define ALL_HAVE_ALL (HAS_ALL(0) && HAS_ALL(1))
#define NONE_DUE     (ghost_due[0] == 0 && ghost_due[1] == 0)
#define ALL_TOLD     (ghost_told[0] == 0 && ghost_told[1] == 0)
#endif

ltl promise_servers_follow { [] (quiet -> ALL_AGREE) }
ltl u1_in_order            { [] !broken_order }
ltl u2_none_lost           { [] (quiet -> NONE_DUE) }
ltl u2_none_twice          { [] !broken_once }
ltl u3_open_episode        { [] !broken_episode }
ltl u3_opens_none          { [] (quiet -> ALL_RIGHT) }
ltl u4_no_gap              { [] (!broken_gap && (quiet -> ALL_HAVE_ALL)) }
ltl u4_refusal_is_told     { [] (quiet -> ALL_TOLD) }

/* Witnesses: each must be violated, else the promises above say nothing. */
ltl w_followed     { [] !(quiet && ghost_row[NATIONAL * NCS] == CHANGES) }
#define WAITING_BEHIND (cs_update[CS_PID]@end_WAITING && ghost_due[0] == 1)
ltl w_overtaken    { [] !(WAITING_BEHIND && ghost_head[0] == 1) }
ltl w_ended        { [] !(quiet && ghost_register[0] == CHANGES && ghost_head[0] == 1) }
ltl w_refused      { [] !(ghost_told[0] == 2) }
ltl w_moved        { [] !(quiet && ghost_register[NCS - 1] > 0 && !ghost_resides[0]) }
