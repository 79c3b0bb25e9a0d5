/* SPDX-License-Identifier: Apache-2.0 */
/* What a role asks of its host.  A check may narrow the answers: ONLY_CHANGE, GOOD_RECORDS. */

/* 1-3: at once, later, or not at all: who is no resident of the CS any more (he died, and that went
 * another way) has no record that could change. */
inline change_check(ANSWER)
{
    if
    :: !ghost_resides[me] -> ANSWER = NOT_RESIDENT
#ifdef ONLY_CHANGE
    :: ghost_resides[me] -> ANSWER = ONLY_CHANGE
#else
    :: ghost_resides[me] -> ANSWER = APPLIES
    :: ghost_resides[me] -> ANSWER = LATER
#endif
    fi
}

inline waiting_check(ANSWER)
{
    if
    :: ghost_resides[me] -> ANSWER = APPLIES
    :: !ghost_resides[me] -> ANSWER = NOT_RESIDENT
    fi
}

/* R1: the next position of the CS's own log. */
inline update_position(HIGHEST)
{
    HIGHEST = ghost_head[me] + 1
}

/* U3: the sender's own open episode is there; its record may break a rule of the server's. */
#ifdef GOOD_RECORDS
#define BAD_RECORD
#else
#define BAD_RECORD :: ghost_open[AT(server)] -> ANSWER = NOT_CANONICAL
#endif
inline check_at_prefecture(ANSWER)
{
    if
    :: ghost_open[AT(server)] -> ANSWER = APPLIES
    :: !ghost_open[AT(server)] -> ANSWER = NOT_RESIDENT
    BAD_RECORD
    fi
}

inline check_at_national(ANSWER)
{
    if
    :: ghost_open[AT(server)] -> ANSWER = APPLIES
    :: !ghost_open[AT(server)] -> ANSWER = NOT_RESIDENT
    BAD_RECORD
    fi
}
