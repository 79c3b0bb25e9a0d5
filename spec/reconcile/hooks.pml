/* SPDX-License-Identifier: Apache-2.0 */
/* What a role asks of its host.  The arithmetic of comparing (src/reconcile) is a look-up here: it
 * answers what the two snapshots say, or that it needs more. */

/* R1: the next position of the CS's own log, for a marker, for a repair. */
inline marker_position(HIGHEST)
{
    HIGHEST = ghost_head[me] + 1
}

inline repair_position(HIGHEST)
{
    HIGHEST = ghost_head[me] + 1
}

/* 6-2: the server's snapshot against what the CS sent of its own.  Sketches of equal snapshots never
 * stall; those of others may, until there are enough cells, in the end the digests of all. */
#define COMPARE_AT(ANSWER) \
    if \
    :: ghost_beyond[AT(server)] -> ANSWER = BEYOND_HEAD \
    :: !ghost_beyond[AT(server)] && LISTED_AT(server) == 0 -> ANSWER = EQUAL \
    :: !ghost_beyond[AT(server)] && LISTED_AT(server) != 0 -> ANSWER = DIFFERENT \
    :: !ghost_beyond[AT(server)] && LISTED_AT(server) != 0 && MAY_STALL -> ANSWER = STALLED \
    fi

inline compare_at_prefecture(ANSWER)
{
    COMPARE_AT(ANSWER)
}

inline compare_at_national(ANSWER)
{
    COMPARE_AT(ANSWER)
}

/* R1: may this entry be applied; its record may break a rule of the server's. */
#ifdef WITH_REFUSALS
#define CHECK_REPAIR(ANSWER) \
    if \
    :: ANSWER = APPLIES \
    :: ANSWER = NOT_CANONICAL \
    fi
#else
#define CHECK_REPAIR(ANSWER) ANSWER = APPLIES
#endif

inline check_repair_at_prefecture(ANSWER)
{
    CHECK_REPAIR(ANSWER)
}

inline check_repair_at_national(ANSWER)
{
    CHECK_REPAIR(ANSWER)
}
