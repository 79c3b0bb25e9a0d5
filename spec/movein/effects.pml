/* SPDX-License-Identifier: Apache-2.0 */
/* What a role does to registers: ghosts here, rows in C (src/step/movein.c).  An effect cannot
 * refuse.  Ghosts are read by properties only; a number of a CS indexes them. */

members ghost_current[NCS];  /* members with a current record in that municipality's register */
members ghost_open;          /* members with an open moving-out case */
members ghost_grant[NDEST];  /* members of the grant that the origin holds for that destination */
members ghost_got[NDEST];    /* members whose notice the origin's CS accepted, by destination */
members ghost_dead;          /* members whose death the origin's registry reported */
members ghost_undone[NDEST]; /* members once registered there, withdrawn or dead */
members ghost_overridden[NDEST]; /* members of grants that OVERRIDE ended (M3) */
members ghost_removing;      /* members accepted, whose old record the origin has yet to remove */
members ghost_logged[NDEST]; /* members whose ENTRY and NOTICE the destination's CS stored */
members ghost_continued;     /* members whose card request was answered (3-6) */
byte ghost_granted_txn;      /* transactions that got a grant, as bits */
count ghost_recorded;        /* highest epoch that the origin's CS allocated */

#if NDEST == 1
#define ANY_GRANT      ghost_grant[0]
#define ghost_accepted ghost_got[0]
#else
#define ANY_GRANT      (ghost_grant[0] | ghost_grant[1])
#define ghost_accepted (ghost_got[0] | ghost_got[1])
#endif

/* What must never happen, noted where it would.  properties.pml gives each a name. */
bool broken_fresh;       /* M7: an epoch allocated that is not above all before */
bool broken_removal;     /* M7: a REMOVAL's epoch is not that of the sender's latest ENTRY */
bool broken_entry;       /* M7: an ENTRY without the epoch that the origin allocated for it */
bool broken_double;      /* M7: a server saw one epoch from two municipalities */
bool broken_refused;     /* M16: a grant against the answer of case_check */
bool broken_regrant;     /* M6: a second grant for one transaction */
bool broken_release;     /* M5: a RELEASE ended a grant that its sender does not hold */
bool broken_notice;      /* M2: a notice accepted that is not the grant, the whole grant */
bool broken_register;    /* M2, M3: registered without a grant of exactly these members */
bool broken_early;       /* M8: removed before the planned date and without a notice */
bool broken_restore;     /* M8: restored while granted or after the notice */
bool broken_card;        /* M9: a card request before ENTRY and NOTICE are stored */
bool broken_dispute;     /* M12: a NOTICE not answered whole, or one of the dead accepted */
bool broken_withdraw;    /* M12: withdrawn what the register still holds, or what was accepted */
bool broken_dead;        /* M17: one of the dead was granted, or became resident again */

/* The data of a transaction, kept for later messages and erased at its end.  No ghost. */
inline KEEP_REQUEST() { skip }
inline KEEP_FILING() { skip }
inline KEEP_CERT() { skip }
inline KEEP_DISPUTE() { skip }
inline ERASE_DATA() { skip }

/* Registry of the destination: the members are entered (101), in one step with 3-5's report. */
inline ENTER_REGISTER(MASK, EPOCH)
{
    broken_register = broken_register ||
        (ghost_overridden[me] == 0 && ghost_grant[me] != (MASK));
    ghost_current[me] = ghost_current[me] | (MASK)
}

/* M12: the data of the entry are corrected; the entry was never right, and is withdrawn (209). */
inline CORRECT_REGISTER(MASK) { skip }

inline WITHDRAW_FROM_REGISTER(MASK)
{
    broken_withdraw = broken_withdraw || ((MASK) & ghost_got[me]) != 0;
    ghost_undone[me] = ghost_undone[me] | (MASK);
    ghost_current[me] = ghost_current[me] & ~(MASK)
}

/* Either registry: the record ends by death (203), one that was removed before keeps its day. */
inline REMOVE_DEAD(MASK)
{
    ghost_dead = ghost_dead | (MASK);
    ghost_current[me] = ghost_current[me] & ~(MASK);
    if
    :: me < NDEST -> ghost_undone[me] = ghost_undone[me] | (MASK)
    :: else -> ghost_removing = ghost_removing & ~(MASK)
    fi
}

/* Registry of the origin: removed by moving out (201), restored by its cancellation (109). */
inline REMOVE_FROM_REGISTER(MASK)
{
    broken_early = broken_early || (planned_date && ((MASK) & ~ghost_accepted) != 0);
    ghost_current[ORIGIN] = ghost_current[ORIGIN] & ~(MASK);
    ghost_removing = ghost_removing & ~(MASK)
}

inline RESTORE_TO_REGISTER(MASK)
{
    broken_restore = broken_restore || ANY_GRANT != 0 || ((MASK) & ghost_accepted) != 0;
    broken_dead = broken_dead || ((MASK) & ghost_dead) != 0;
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
    broken_fresh = broken_fresh || (EPOCH) <= ghost_recorded;
    broken_regrant = broken_regrant || (ghost_granted_txn & (1 << in.txn)) != 0;
    broken_refused = broken_refused || answer != GRANTABLE;
    broken_dead = broken_dead || ((MASK) & dead) != 0;
    ghost_overridden[peer] = 0;
    ghost_granted_txn = ghost_granted_txn | (1 << in.txn);
    ghost_recorded = EPOCH;
    ghost_grant[peer] = MASK
}

inline END_GRANT()
{
    broken_release = broken_release || ghost_grant[peer] == 0;
    ghost_grant[peer] = 0
}

/* M3: two persons ended the grant by a signed statement of the holder's mayor. */
inline OVERRIDE_GRANT(MASK)
{
    ghost_overridden[asked] = MASK;
    ghost_grant[asked] = 0
}

/* M12: a notice is answered: these are accepted, and the rest of the grant is disputed. */
inline ACCEPT_NOTICE(MASK)
{
    broken_notice = broken_notice || ((MASK) & ~ghost_grant[peer]) != 0;
    broken_dispute = broken_dispute || ((MASK) & dead) != 0;
    ghost_grant[peer] = ghost_grant[peer] & ~(MASK);
    ghost_got[peer] = ghost_got[peer] | (MASK);
    ghost_removing = ghost_removing | ((MASK) & ghost_current[ORIGIN])
}

inline DISPUTE_NOTICE(MASK)
{
    broken_dispute = broken_dispute || ghost_grant[peer] != (MASK)
}

/* CS of the origin: those restored are resident again, under a fresh epoch. */
inline RENEW_EPOCH(MASK, EPOCH)
{
    broken_dead = broken_dead || ((MASK) & dead) != 0;
    broken_fresh = broken_fresh || (EPOCH) <= ghost_recorded;
    ghost_recorded = EPOCH
}

/* CS of the destination: ENTRY and NOTICE stand in the outbox (M9). */
inline RECORD_RESIDENCE(MASK, EPOCH)
{
    broken_entry = broken_entry ||
        (ghost_overridden[me] == 0 && (ghost_grant[me] != (MASK) || ghost_recorded != (EPOCH)));
    ghost_logged[me] = ghost_logged[me] | (MASK)
}

/* CS of the destination: the registry withdrew or buried them; REMOVAL is in the outbox. */
inline END_RESIDENCE(MASK)
{
    broken_withdraw = broken_withdraw || (ghost_current[me] & (MASK) & ~ghost_dead) != 0;
    ghost_logged[me] = ghost_logged[me] & ~(MASK)
}

inline CORRECT_RESIDENCE(MASK) { skip }

/* Prefecture and national: an episode is opened or closed as the entry says; CURRENT is who the
 * server now shows for this resident. */
#ifdef SPLIT_LOG
inline RECORD_PREFECTURE_ENTRY(EPOCH, AUTHOR) { skip }
inline RECORD_PREFECTURE_REMOVAL(EPOCH, AUTHOR) { skip }
inline RECORD_NATIONAL_ENTRY(EPOCH, AUTHOR) { skip }
inline RECORD_NATIONAL_REMOVAL(EPOCH, AUTHOR) { skip }
inline SHOW_AT_PREFECTURE(AUTHOR) { skip }
inline SHOW_AT_NATIONAL(AUTHOR) { skip }
#else
count ghost_national[NMEMBER];       /* CS number + 1 that national shows as current, 0 nobody */
count ghost_prefecture[2 * NMEMBER]; /* the same at each prefecture */
count ghost_prefecture_entries[NMEMBER]; /* entries recorded there, not yet at national */

inline RECORD_PREFECTURE_ENTRY(EPOCH, AUTHOR)
{
    ghost_prefecture_entries[member] = ghost_prefecture_entries[member] + 1
}

inline RECORD_PREFECTURE_REMOVAL(EPOCH, AUTHOR)
{
    ghost_prefecture_entries[member] = ghost_prefecture_entries[member] + 1
}

inline RECORD_NATIONAL_ENTRY(EPOCH, AUTHOR)
{
    ghost_prefecture_entries[member] = ghost_prefecture_entries[member] - 1
}

inline RECORD_NATIONAL_REMOVAL(EPOCH, AUTHOR)
{
    ghost_prefecture_entries[member] = ghost_prefecture_entries[member] - 1
}

inline SHOW_AT_PREFECTURE(AUTHOR) { ghost_prefecture[me * NMEMBER + member] = AUTHOR }
inline SHOW_AT_NATIONAL(AUTHOR) { ghost_national[member] = AUTHOR }
#endif

inline ALARM_DOUBLE(EPOCH, AUTHOR) { broken_double = true }

/* Card management: the card goes on at the new municipality.  Who is registered there may die while
 * the request is on its way. */
inline OBSERVE_CONTINUE(CS, BIT)
{
    broken_card = broken_card ||
        (((ghost_logged[CS] & ghost_current[CS]) | ghost_dead) & (BIT)) == 0;
    ghost_continued = ghost_continued | (BIT)
}

inline CONTINUE_CARD()
{
    OBSERVE_CONTINUE(peer, 1 << member)
}

/* Law C12: a resident record code changes while the case is open. */
members ghost_recoded; /* members whose code changed */
bool broken_recode;    /* M7: changed while a grant is out, or of one who is not here any more */

/* Registry of the origin: the code asked for, until the CS has answered. */
inline KEEP_CODE(MASK) { skip }
inline FORGET_CODE(MASK) { skip }

/* The record goes on under the new code; the one under the old code ends by the change (308). */
inline RECODE_REGISTER(MASK) { skip }

/* CS of the origin: the same, between REMOVAL under the old code and ENTRY under the new one. */
inline RECODE_MEMBER(MASK, EPOCH)
{
    broken_recode = broken_recode || ANY_GRANT != 0 ||
        ((MASK) & (ghost_accepted | ~ghost_open | dead | removed)) != 0;
    broken_fresh = broken_fresh || (EPOCH) <= ghost_recorded;
    ghost_recoded = ghost_recoded | (MASK);
    ghost_recorded = EPOCH
}
