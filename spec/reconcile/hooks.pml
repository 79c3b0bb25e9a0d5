/* SPDX-License-Identifier: Apache-2.0 */
/* What a role asks of its host.  The arithmetic of comparing (src/reconcile) is a look-up here: it
 * answers what the two snapshots say, or that it needs more.  A check may narrow the answers about
 * a repair: ONLY_REPAIR. */

/* R1: the next position of the CS's own log, for a marker, for a repair. */
inline marker_position(HIGHEST)
{
    HIGHEST = ghost_head[me] + 1
}

inline repair_position(HIGHEST)
{
    HIGHEST = ghost_head[me] + 1
}

/* 6-2: the server's snapshot against what the CS sent of its own.  A host is asked before it does
 * what the step says; where the step takes the snapshot, it is the rows as they are now.  Sketches
 * of equal snapshots never stall; others may, until there are enough cells, at last everybody's
 * digest. */
#define IS_CUT       (ghost_snapshot_of[AT(server)] == in.txn)
#define IS_BEYOND \
    (ghost_beyond[AT(server)] || (!IS_CUT && ghost_applied[AT(server)] >= in.epoch))
#define ARE_EQUAL    ((IS_CUT -> LISTED_AT(server) : ROWS_DIFFER_AT(server)) == 0)
#define COMPARE_AT(ANSWER) \
    if \
    :: IS_BEYOND -> ANSWER = BEYOND_HEAD \
    :: !IS_BEYOND && ARE_EQUAL -> ANSWER = EQUAL \
    :: !IS_BEYOND && !ARE_EQUAL -> ANSWER = DIFFERENT \
    :: !IS_BEYOND && !ARE_EQUAL && MAY_STALL -> ANSWER = STALLED \
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
#ifdef ONLY_REPAIR
#define CHECK_REPAIR(ANSWER) ANSWER = ONLY_REPAIR
#else
#define CHECK_REPAIR(ANSWER) \
    if \
    :: ANSWER = APPLIES \
    :: ANSWER = NOT_CANONICAL \
    fi
#endif

inline check_repair_at_prefecture(ANSWER)
{
    CHECK_REPAIR(ANSWER)
}

inline check_repair_at_national(ANSWER)
{
    CHECK_REPAIR(ANSWER)
}
