/* SPDX-License-Identifier: Apache-2.0 */
/* The log: both prefectures and national, fed with everything that the contract of log.pml allows.
 * Three municipalities, two of them in one prefecture, so the resident moves inside a prefecture
 * and between prefectures; late entries cross. */
#define NMEMBER 1
#define NDEST 2
#define SAME_PREFECTURE 1
#define LOG_ALONE
#define CAPACITY (2 * EPOCHS) /* every entry may be on its way at once */
#ifndef EPOCHS
#define EPOCHS 4 /* at most 5 */
#endif
#include "limits.pml"
#include "../lib/role.pml"
#include "../lib/envelope.pml"
#include "messages.pml"
#include "effects.pml"
#include "log.pml"
#ifdef OBSERVED
#include "observed.pml"
#endif
#include "prefecture.pml"
#include "national.pml"

#define WRITE(KIND, CS, E) \
    LOG_OBSERVE(KIND, CS, 0, E); \
    cs_to_prefecture[(PREFECTURE_OF(CS) * NCS + CS) * NMEMBER] ! KIND, 0, 0, E, 0, CS + 1

#define MAY_WRITE(CS, E) \
    :: atomic { LOG_ENTRY_LEGAL(CS, 0, E) -> WRITE(ENTRY, CS, E) } \
    :: atomic { LOG_REMOVAL_LEGAL(CS, 0, E) -> WRITE(REMOVAL, CS, E) }

/* Any CS writes any entry that the contract allows, until the writing stops. */
proctype all_cs()
{
end_WRITING:
    do
    MAY_WRITE(0, 1) MAY_WRITE(1, 1) MAY_WRITE(2, 1)
    MAY_WRITE(0, 2) MAY_WRITE(1, 2) MAY_WRITE(2, 2)
    MAY_WRITE(0, 3) MAY_WRITE(1, 3) MAY_WRITE(2, 3)
#if EPOCHS > 3
    MAY_WRITE(0, 4) MAY_WRITE(1, 4) MAY_WRITE(2, 4)
#endif
#if EPOCHS > 4
    MAY_WRITE(0, 5) MAY_WRITE(1, 5) MAY_WRITE(2, 5)
#endif
    :: break
    od;
end_WROTE:
    false
}

bool quiet; /* raised when nothing can move any more */

proctype judge()
{
end_LOOKS_ON:
    atomic { timeout -> quiet = true };
end_RESTS:
    false
}

init
{
    atomic {
        run all_cs();
        run judge();
        run prefecture(0, 0);
        run prefecture(1, 0);
        run national(0)
    }
}

/* Every server has everything; national shows where the highest ENTRY was written, nobody if that
 * residence has ended. */
#define NATIONAL_AT(CS)      ((ghost_national[0] == (CS) + 1) == LOG_SHOWS(CS, 0))
#define NATIONAL_AGREES      (NATIONAL_AT(0) && NATIONAL_AT(1) && NATIONAL_AT(2))

/* When every earlier residence has ended: only the municipality of residence is shown, anywhere. */
#define SETTLED_AT(CS) \
    (LOG_SHOWS(CS, 0) && log_open[0] + log_open[1] + log_open[2] == LOG_OPEN(CS, 0) \
     && (LOG_OPEN(CS, 0) & (LOG_OPEN(CS, 0) - 1)) == 0)
#define SHOWN_EVERYWHERE(CS) \
    (ghost_national[0] == (CS) + 1 && ghost_prefecture[PREFECTURE_OF(CS)] == (CS) + 1 \
     && ghost_prefecture[1 - PREFECTURE_OF(CS)] == 0)
#define SETTLED_SHOWN(CS) (!SETTLED_AT(CS) || SHOWN_EVERYWHERE(CS))
#define EVERY_SETTLED_SHOWN  (SETTLED_SHOWN(0) && SETTLED_SHOWN(1) && SETTLED_SHOWN(2))
/* When every residence has ended, nobody is shown. */
#define NOBODY_SHOWN \
    (log_open[0] + log_open[1] + log_open[2] != 0 \
     || (ghost_national[0] == 0 && ghost_prefecture[0] == 0 && ghost_prefecture[1] == 0))

/* What a server shows is what it has of the highest epoch. */
#define NATIONAL_KEEPS \
    (!(national[5]@end_KEEPING) || ghost_national[0] == national[5]:current * national[5]:holder)
#define PREFECTURE_KEEPS(PID, P) \
    (!(prefecture[PID]@end_KEEPING) \
     || ghost_prefecture[P] == prefecture[PID]:current * prefecture[PID]:holder)
#define SERVERS_KEEP (NATIONAL_KEEPS && PREFECTURE_KEEPS(3, 0) && PREFECTURE_KEEPS(4, 1))

ltl promise_national_agrees   { [] (quiet -> NATIONAL_AGREES) }
ltl promise_prefectures_agree { [] (quiet -> (EVERY_SETTLED_SHOWN && NOBODY_SHOWN)) }
ltl m7_all_forwarded          { [] (quiet -> ghost_prefecture_entries[0] == 0) }
ltl m7_shown_is_current       { [] SERVERS_KEEP }
ltl m7_no_double              { [] !broken_double }
ltl log_environment           { [] !broken_log }

/* Witnesses: entries cross at national; a move inside a prefecture and one between two. */
#define TWO_RESIDENCES (log_used[0] == 6 && log_open[2] == 0)
ltl w_removal_late  { [] !(quiet && TWO_RESIDENCES && ghost_national[0] == 2) }
ltl w_entry_first   { [] !(ghost_national[0] == 1 && ghost_prefecture[0] == 3 && log_open[2] == 0) }
ltl w_same          { [] !(quiet && ghost_prefecture[0] == 2 && log_used[0] == 6) }
/* The law's case C15. */
#define BACK_HOME (ghost_national[0] == 3 && log_used[0] == 14 && SETTLED_AT(2))
ltl w_c15_there_and_back { [] !(quiet && BACK_HOME) }
/* M3: an entry below one that the log holds: registered from a grant that was overridden. */
ltl w_entry_late    { [] (log_used[0] == 4 -> [] ((log_used[0] & 2) == 0)) }
