/* SPDX-License-Identifier: Apache-2.0 */
/* What a role asks of its host: a choice over a finite domain here, a look-up inside the step's
 * transaction in C (src/step/movein.c).  Hooks are the only nondeterminism of a role.  A check may
 * narrow a domain: ONLY_IDENTITY, ONLY_CASE, ONLY_CHOSEN, ONLY_NOTICE, ONLY_DISPUTE, ONLY_STATE and
 * ONLY_CARD name the one answer left; nobody is disputed without WITH_DISPUTE but the dead. */

/* 2-4: what the national server knows of the person, and what the PIN pad says (M14, M16). */
inline identity_check(ANSWER)
{
#ifdef ONLY_IDENTITY
    ANSWER = ONLY_IDENTITY
#else
    if
    :: ANSWER = MATCH_ACTIVE
    :: ANSWER = MATCH_REMOVED
    :: ANSWER = CODE_CHANGED
    :: ANSWER = NO_MATCH
    :: ANSWER = AMBIGUOUS
    :: ANSWER = PIN_LOCKED
    fi
#endif
}

/* 3-3: does the filing allow the special route for those that the request names (law R11). */
inline case_check(ANSWER)
{
#ifdef ONLY_CASE
    ANSWER = ONLY_CASE
#else
    if
    :: ANSWER = GRANTABLE
    :: ANSWER = NO_FILING
    :: ANSWER = TOO_LATE
    fi
#endif
}

/* 3-2: the members of this case that the request names. */
inline case_members(CHOSEN)
{
#if NMEMBER == 1
    CHOSEN = 1
#elif defined(ONLY_CHOSEN)
    CHOSEN = ONLY_CHOSEN
#else
    if
    :: CHOSEN = 1
    :: CHOSEN = 2
    :: CHOSEN = 3
    fi
#endif
}

/* 3-5: does the notice say what was filed, or does it deviate (M12). */
inline notice_check(ANSWER)
{
#ifdef ONLY_NOTICE
    ANSWER = ONLY_NOTICE
#else
    if
    :: ANSWER = AS_FILED
    :: ANSWER = DEVIATION
    fi
#endif
}

/* 3-5: members whom the origin does not accept, the dead apart (M12). */
inline disputed_members(CHOSEN)
{
#if !defined(WITH_DISPUTE)
    CHOSEN = 0
#elif NMEMBER == 1
    if
    :: CHOSEN = 0
    :: CHOSEN = 1
    fi
#else
    if
    :: CHOSEN = 0
    :: CHOSEN = 1
    :: CHOSEN = 2
    :: CHOSEN = 3
    fi
#endif
}

/* 3-5: why not (M12). */
inline dispute_reason(ANSWER)
{
#ifdef ONLY_DISPUTE
    ANSWER = ONLY_DISPUTE
#else
    if
    :: ANSWER = MOVED_ABROAD
    :: ANSWER = OTHER_MUNICIPALITY
    :: ANSWER = DOUBLE
    fi
#endif
}

/* M7: the highest epoch that this municipality recorded or allocated for a member of the case. */
inline highest_epoch(HIGHEST)
{
    HIGHEST = START_EPOCH
}

/* 3-1: may this card be used (M16). */
inline card_state(ANSWER)
{
#ifdef ONLY_STATE
    ANSWER = ONLY_STATE
#else
    if
    :: ANSWER = CARD_USABLE
    :: ANSWER = CARD_INVALID
    fi
#endif
}

/* 3-6: may this card go on. */
inline card_check(ANSWER)
{
#ifdef ONLY_CARD
    ANSWER = ONLY_CARD
#else
    if
    :: ANSWER = CONTINUABLE
    :: ANSWER = CARD_UNUSABLE
    fi
#endif
}

/* Law C12: may the registry's new resident record code be used here. */
inline code_check(ANSWER)
{
#ifdef ONLY_CODE
    ANSWER = ONLY_CODE
#else
    if
    :: ANSWER = CODE_FREE
    :: ANSWER = CODE_IN_USE
    fi
#endif
}
