/* SPDX-License-Identifier: Apache-2.0 */
/* What a role does to registers: ghosts here, rows in C (src/step/movein.c).  An effect cannot refuse.
 * Ghosts are read by properties only; a number of a CS indexes them. */

members ghost_current[NCS];  /* members with a current record in that municipality's register */
members ghost_open;          /* members with an open moving-out case */
members ghost_granted;       /* members of the grant that the origin's CS holds now */
members ghost_removing;      /* members accepted, whose old record the origin has yet to remove */
members ghost_logged[NDEST]; /* members whose ENTRY and NOTICE the destination's CS stored */
members ghost_continued;     /* members whose card is continued (3-6) */
count ghost_recorded;        /* highest epoch that the origin's CS allocated */
count ghost_national[NMEMBER];   /* CS number + 1 that national shows as current, 0 nobody */
count ghost_prefecture[2 * NMEMBER]; /* the same at each prefecture */

/* The data of a transaction, kept for later messages and erased at its end.  No ghost. */
inline KEEP_REQUEST() { skip }
inline KEEP_FILING() { skip }
inline KEEP_CERT() { skip }
inline ERASE_DATA() { skip }

/* Registry of the destination: the members are entered (101), in one step with 3-5's report. */
inline ENTER_REGISTER(MASK, EPOCH)
{
    ghost_current[me] = ghost_current[me] | (MASK)
}

/* Registry of the origin: removed by moving out (201), restored by its cancellation (109). */
inline REMOVE_FROM_REGISTER(MASK)
{
    ghost_current[ORIGIN] = ghost_current[ORIGIN] & ~(MASK);
    ghost_removing = ghost_removing & ~(MASK)
}

inline RESTORE_TO_REGISTER(MASK)
{
    ghost_current[ORIGIN] = ghost_current[ORIGIN] | (MASK)
}

/* The notice completes the removed record: confirmed address and day (3-5'). */
inline COMPLETE_REMOVAL(MASK) { skip }

/* An open case begins when the registry stores FILED, ends for those accepted or restored. */
inline BEGIN_CASE(MASK)
{
    ghost_open = ghost_open | (MASK)
}

inline OPEN_CASE(MASK) { skip }

inline CLOSE_CASE(MASK)
{
    ghost_open = ghost_open & ~(MASK)
}

/* CS of the origin: a grant begins and ends; its epoch is burnt at once (M7). */
inline GRANT(MASK, EPOCH)
{
    assert((EPOCH) > ghost_recorded);   /* epoch_fresh: M7 */
    ghost_recorded = EPOCH;
    ghost_granted = MASK
}

inline END_GRANT() { ghost_granted = 0 }

inline ACCEPT_NOTICE(MASK)
{
    ghost_granted = 0;
    ghost_removing = ghost_removing | ((MASK) & ghost_current[ORIGIN])
}

/* CS of the origin: those restored are resident again, under a fresh epoch. */
inline RENEW_EPOCH(MASK, EPOCH)
{
    assert((EPOCH) > ghost_recorded);
    ghost_recorded = EPOCH
}

/* CS of the destination: ENTRY and NOTICE stand in the outbox (M9). */
inline RECORD_RESIDENCE(MASK, EPOCH)
{
    ghost_logged[me] = ghost_logged[me] | (MASK)
}

/* Prefecture and national: an episode is opened or closed as the entry says; CURRENT is who the
 * server now shows for this resident. */
inline RECORD_PREFECTURE_ENTRY(EPOCH, AUTHOR) { skip }
inline RECORD_PREFECTURE_REMOVAL(EPOCH, AUTHOR) { skip }
inline RECORD_NATIONAL_ENTRY(EPOCH, AUTHOR) { skip }
inline RECORD_NATIONAL_REMOVAL(EPOCH, AUTHOR) { skip }
inline SHOW_AT_PREFECTURE(AUTHOR) { ghost_prefecture[me * NMEMBER + member] = AUTHOR }
inline SHOW_AT_NATIONAL(AUTHOR) { ghost_national[member] = AUTHOR }
inline ALARM_DOUBLE(EPOCH, AUTHOR) { assert(false) } /* M7: no two municipalities share an epoch */

/* Card management: the card goes on at the new municipality. */
inline CONTINUE_CARD()
{
    assert((ghost_logged[peer] & (1 << member)) != 0); /* card_after_entry: M9 */
    ghost_continued = ghost_continued | (1 << member)
}
