/* SPDX-License-Identifier: Apache-2.0 */
/* What the special move-in promises, and what each rule demands, by name.  Ghosts are declared in
 * effects.pml and log.pml; `quiet` is true when nothing can move any more (world.pml), so
 * [] (quiet -> p) says how every run ends.  checks.tsv says with which bounds each is checked. */

/* Where a machine is. */
#define TERMINAL_AT(I, S) terminal[PID_TERMINAL(I)]@S
#define DEST_CS_AT(I, S)  dest_cs[PID_DEST_CS(I)]@S
#define REGISTRY_AT(I, S) dest_registry[PID_DEST_REGISTRY(I)]@S
#define ORIGIN_AT(S)      origin_cs[PID_ORIGIN_CS]@S
#define FILING_AT(S)      origin_registry[PID_ORIGIN_REGISTRY]@S

#define INSIDE(A, B)      (((A) & ~(B)) == 0) /* every member of A is in B */

/* A clause for every destination; a stranger's municipality is not looked into (world.pml). */
#if NDEST == 1 || defined(WITH_STRANGER)
#define EVERY(P) (P(0))
#else
#define EVERY(P) (P(0) && P(1))
#endif
#if NDEST == 1
#define NEW_REGISTERS ghost_current[0]
#define LOGGED ghost_logged[0]
#define UNDONE ghost_undone[0]
#define BOTH(ARRAY) 0
#define OVERRIDDEN_AT_ANY ghost_overridden[0]
#else
#define NEW_REGISTERS (ghost_current[0] | ghost_current[1])
#define LOGGED (ghost_logged[0] | ghost_logged[1])
#define UNDONE (ghost_undone[0] | ghost_undone[1])
#define BOTH(ARRAY) (ARRAY[0] & ARRAY[1])
#define OVERRIDDEN_AT_ANY (ghost_overridden[0] | ghost_overridden[1])
#endif
#if NMEMBER == 1
#define EVERY_MEMBER(P) (P(0))
#else
#define EVERY_MEMBER(P) (P(0) && P(1))
#endif

/* --- The promise ------------------------------------------------------------------------------ */

/* Never two new registers for one resident; for those whose grant two persons overrode, not at the
 * end (M3). */
#define ONE_NEW_REGISTER (INSIDE(BOTH(ghost_current), OVERRIDDEN_AT_ANY))
/* A resident has a current register or an open case, always, or is dead. */
#define NOBODY_LOST \
    (!begun || (NEW_REGISTERS | ghost_current[ORIGIN] | ghost_open | ghost_dead) == ALL)
/* Without a current register only between the planned date and the registration, or again after it
 * was withdrawn. */
#define HOMELESS (ALL & ~(NEW_REGISTERS | ghost_current[ORIGIN] | ghost_dead))
#define NOT_YET (ghost_open & (~LOGGED | UNDONE))
#define GAP (!begun || INSIDE(HOMELESS, NOT_YET))
/* Old and new register overlap only while the origin has granted or is removing. */
#define OVERLAP (INSIDE(NEW_REGISTERS & ghost_current[ORIGIN], ANY_GRANT | ghost_removing \
                        | OVERRIDDEN_AT_ANY))
/* The card goes on only after the registration was stored and is on its way. */
#define CARD_AFTER (!broken_card && INSIDE(ghost_continued, LOGGED | ghost_dead))
/* At the end the log shows each resident where he is registered, and nothing else is open in it. */
#define LIVES(CS, M) ((ghost_current[CS] & (1 << (M))) != 0)
#define ONLY_LATEST_OPEN(CS, M) \
    (LOG_SHOWS(CS, M) && (LOG_OPEN(CS, M) & (LOG_OPEN(CS, M) - 1)) == 0)
#define LOG_AGREES_AT(CS, M) \
    ((!LIVES(CS, M) || ONLY_LATEST_OPEN(CS, M)) && (LIVES(CS, M) || LOG_OPEN(CS, M) == 0))
#if NDEST == 1
#define LOG_AGREES(M) LOG_AGREES_AT(0, M) && LOG_AGREES_AT(1, M)
#else
#define LOG_AGREES(M) LOG_AGREES_AT(0, M) && LOG_AGREES_AT(1, M) && LOG_AGREES_AT(2, M)
#endif
/* A transaction has ended or parks. */
#define TERMINAL_ENDED(I) \
    (TERMINAL_AT(I, end_DONE) || TERMINAL_AT(I, end_REFUSED) \
     || TERMINAL_AT(I, end_REFUSED_IDENTITY) || TERMINAL_AT(I, end_REFUSED_CARD) \
     || TERMINAL_AT(I, end_PARKED))
#define DEST_CS_ENDED(I) (DEST_CS_AT(I, end_DONE) || DEST_CS_AT(I, end_CLOSED))
#define REGISTRY_ENDED(I) (!REGISTRY_AT(I, WAIT_CLERK) && !REGISTRY_AT(I, WAIT_CHOICE))
#define ORIGIN_ENDED (!ORIGIN_AT(GRANTED) && !ORIGIN_AT(CLOSING) && !FILING_AT(WAIT_CANCEL))
#define TXN_ENDED(I) (TERMINAL_ENDED(I) && DEST_CS_ENDED(I) && REGISTRY_ENDED(I))
#ifdef WITH_STRAY
#define ALL_ENDED (TXN_ENDED(0) && ORIGIN_ENDED) /* the second destination begins none */
#else
#define ALL_ENDED (EVERY(TXN_ENDED) && ORIGIN_ENDED)
#endif
/* A terminal that was told DONE: registered, and perhaps withdrawn or buried since.  One that was
 * told otherwise: not, and never will. */
#define DONE_TRUE(I) \
    (!(TERMINAL_AT(I, WAIT_CARD) || TERMINAL_AT(I, end_DONE)) \
     || (ghost_current[I] | ghost_undone[I]) != 0)
#define REFUSED_TRUE(I) \
    (!(TERMINAL_AT(I, end_REFUSED) || TERMINAL_AT(I, end_REFUSED_IDENTITY) \
       || TERMINAL_AT(I, end_REFUSED_CARD) || TERMINAL_AT(I, end_PARKED)) || ghost_current[I] == 0)

/* When a transaction or a case has ended, nothing of its certificate stays in its machines. */
#define CS_VARIABLE(I, NAME) dest_cs[PID_DEST_CS(I)]:NAME
#define REGISTRY_VARIABLE(I, NAME) dest_registry[PID_DEST_REGISTRY(I)]:NAME
#define ORIGIN_VARIABLE(NAME) origin_cs[PID_ORIGIN_CS]:NAME
#define CS_EMPTY(I) \
    ((CS_VARIABLE(I, granted) | CS_VARIABLE(I, accepted) | CS_VARIABLE(I, waiting) \
      | CS_VARIABLE(I, continued) | CS_VARIABLE(I, epoch)) == 0)
#define REGISTRY_EMPTY(I) \
    ((REGISTRY_VARIABLE(I, granted) | REGISTRY_VARIABLE(I, disputed) \
      | REGISTRY_VARIABLE(I, epoch)) == 0)
#define NOTHING_LEFT_AT(I) \
    ((!(DEST_CS_AT(I, end_CLOSED) || DEST_CS_AT(I, end_DONE)) || CS_EMPTY(I)) \
     && (!(REGISTRY_AT(I, end_REGISTERED) || REGISTRY_AT(I, end_NOT_REGISTERED)) \
         || REGISTRY_EMPTY(I)))
#define ORIGIN_HOLDS_NOTHING \
    (!(ORIGIN_AT(end_OPEN) || ORIGIN_AT(CLOSING) || ORIGIN_AT(end_CANCELLED) \
       || ORIGIN_AT(end_MOVED)) || (ORIGIN_VARIABLE(granted) | ORIGIN_VARIABLE(holder)) == 0)
#define NOTHING_LEFT (EVERY(NOTHING_LEFT_AT) && ORIGIN_HOLDS_NOTHING)

ltl promise_one_new_register { [] ONE_NEW_REGISTER }
ltl promise_nobody_lost      { [] NOBODY_LOST }
ltl promise_gap              { [] GAP }
ltl promise_overlap          { [] OVERLAP }
ltl promise_card_after       { [] CARD_AFTER }
ltl promise_log_agrees       { [] (quiet -> EVERY_MEMBER(LOG_AGREES)) }
ltl promise_every_txn_ends   { [] (quiet -> ALL_ENDED) }
ltl promise_done_true        { [] EVERY(DONE_TRUE) }
ltl promise_refused_true     { [] EVERY(REFUSED_TRUE) }
ltl promise_nothing_left     { [] NOTHING_LEFT }

/* --- The rules -------------------------------------------------------------------------------- */

/* M1: a grant exists only inside the open case, which one CS alone serves. */
#define CASE_SERIAL (INSIDE(ANY_GRANT, ghost_open) \
    && (ANY_GRANT == 0 \
        || !(ORIGIN_AT(CLOSING) || ORIGIN_AT(end_CANCELLED) || ORIGIN_AT(end_MOVED))))
/* M2: one grant at a time; it is registered and reported whole. */
#if NDEST == 1
#define ONE_GRANT (true)
#else
#define ONE_GRANT (ghost_grant[0] == 0 || ghost_grant[1] == 0)
#endif
#define WHOLE_GRANT (!broken_notice && !broken_register)
/* M2: the origin knows whom it granted what. */
#define GRANT_AGREES \
    (!ORIGIN_AT(GRANTED) \
     || (ORIGIN_VARIABLE(granted) == ANY_GRANT \
         && ghost_grant[ORIGIN_VARIABLE(asked)] == ANY_GRANT \
         && ORIGIN_VARIABLE(holder) == ORIGIN_VARIABLE(asked) + 1))
/* M2: DONE names the members that were registered, those who died or were withdrawn since, too. */
#define DONE_OF(M) (dest_to_terminal[0] ? [DONE, 1, M, 0, 0, 0])
#define REGISTERED_THERE (ghost_logged[0] | ghost_undone[0])
#define DONE_NAMES(M) \
    (!DONE_OF(M) || (INSIDE(M, REGISTERED_THERE | ghost_dead) && INSIDE(REGISTERED_THERE, M)))
#if NMEMBER == 1
#define DONE_WHOLE (!DONE_OF(0) && DONE_NAMES(1))
#else
#define DONE_WHOLE (!DONE_OF(0) && DONE_NAMES(1) && DONE_NAMES(2) && DONE_NAMES(3))
#endif
/* M3: what was registered stays granted until the notice is accepted; no clock ends a grant. */
#define GRANT_STAYS_AT(I) \
    INSIDE(ghost_current[I] & ~ghost_got[I], ghost_grant[I] | ghost_overridden[I])
/* M3: a notice of an overridden grant is never accepted, and at the end it is withdrawn. */
#define OVERRIDDEN_DISPUTED_AT(I) ((ghost_got[I] & ghost_overridden[I]) == 0)
#define OVERRIDDEN_ENDED \
    ((BOTH(ghost_current) | (NEW_REGISTERS & ghost_current[ORIGIN])) == 0)
/* M4: while a certificate lies with the clerk, its grant stands. */
#define DESK_GRANTED_AT(I) \
    (!REGISTRY_AT(I, WAIT_CLERK) || (ghost_grant[I] | ghost_overridden[I]) != 0)
/* M4, M12: what lies with the clerk was granted to his CS, what he chooses about is disputed. */
#define DESK_AGREES_AT(I) \
    ((!REGISTRY_AT(I, WAIT_CLERK) \
      || (REGISTRY_VARIABLE(I, granted) == CS_VARIABLE(I, granted) \
          && REGISTRY_VARIABLE(I, epoch) == CS_VARIABLE(I, epoch))) \
     && (!REGISTRY_AT(I, WAIT_CHOICE) || REGISTRY_VARIABLE(I, disputed) == CS_VARIABLE(I, granted)))
/* M5: a RELEASE ends nothing but its sender's own grant, and no grant is orphaned. */
#define RELEASE_OF_HOLDER (!broken_release)
#define NO_ORPHAN (ANY_GRANT == 0)
/* M7. */
#define EPOCHS_FRESH (!broken_fresh)
#define REMOVAL_EPOCH (!broken_removal)
#define ENTRY_EPOCH (!broken_entry && !broken_double)
/* M7: what the origin's CS remembers of the log is what the log has. */
#define ORIGIN_KEEPS \
    (ORIGIN_AT(end_OPEN) || ORIGIN_AT(GRANTED) || ORIGIN_AT(CLOSING) || ORIGIN_AT(end_CANCELLED) \
     || ORIGIN_AT(end_MOVED))
#define REMOVED_AGREES(M) \
    (((ORIGIN_VARIABLE(removed) & (1 << (M))) != 0) == (LOG_OPEN(ORIGIN, M) == 0))
#define CASE_IN_LOG \
    (!ORIGIN_KEEPS \
     || (EVERY_MEMBER(REMOVED_AGREES) && ORIGIN_VARIABLE(epoch) == ghost_recorded \
         && ORIGIN_VARIABLE(accepted) == ghost_accepted))
/* M7, law C12: nobody's code changes while a grant is out, nor when he is not here any more. */
#define RECODE_FREE (!broken_recode)
#define RECODE_ANSWERED (origin_registry[PID_ORIGIN_REGISTRY]:recoding == 0)
/* M8. */
#define REMOVED_IN_TIME (!broken_early)
#define RESTORED_WELL (!broken_restore)
#define CLOSED_AFTER (!ORIGIN_AT(end_CANCELLED) || ghost_open == 0)
#define CASE_AGREES \
    (ORIGIN_VARIABLE(left) == origin_registry[PID_ORIGIN_REGISTRY]:left \
     && ORIGIN_VARIABLE(left) == ghost_open \
     && ORIGIN_AT(end_CANCELLED) == FILING_AT(end_CANCELLED) \
     && ORIGIN_AT(end_MOVED) == FILING_AT(end_MOVED))
/* M9: whose notice is accepted, his ENTRY stands in the log: both left in one step. */
#define ENTRY_WITH_NOTICE_AT(I) \
    ((ghost_got[I] & ghost_current[I] & ~ghost_dead & 1) == 0 || LOG_OPEN(I, 0) != 0)
/* M10: what one step stores is never half there. */
#define STEP_WHOLE_AT(I) (ghost_logged[I] == ghost_current[I])
/* M11: nothing waits at the head of a link for ever. */
#define LINKS_EMPTY_AT(I) \
    (len(terminal_to_dest[I]) == 0 && len(dest_to_terminal[I]) == 0 \
     && len(dest_to_registry[I]) == 0 && len(registry_to_dest[I]) == 0 \
     && len(dest_to_origin[I]) == 0 && len(origin_to_dest[I]) == 0)
#define LINKS_EMPTY \
    (EVERY(LINKS_EMPTY_AT) && len(registry_to_origin) == 0 && len(origin_to_registry) == 0)
/* M12: whoever stays registered, the origin accepted; a notice is answered whole; nobody is
 * withdrawn whom the register holds or the origin accepted; no card goes on but of the accepted. */
#define ACCEPTED_ALL ((ghost_accepted & ~ghost_dead) == NEW_REGISTERS)
#define ANSWERED_WHOLE (!broken_dispute)
#define WITHDRAWN_WELL (!broken_withdraw)
#define CS_WAITS(I) \
    (DEST_CS_AT(I, WAIT_ACCEPTED) || DEST_CS_AT(I, PARKED_NOTICE) \
     || DEST_CS_AT(I, PARKED_DISPUTED) || DEST_CS_AT(I, WAIT_CARDS) || DEST_CS_AT(I, PARKED_CARDS))
#define CARDS_AGREE_AT(I) \
    (!CS_WAITS(I) \
     || (INSIDE(CS_VARIABLE(I, waiting) | CS_VARIABLE(I, continued), CS_VARIABLE(I, accepted)) \
         && INSIDE(CS_VARIABLE(I, accepted), ghost_got[I]) \
         && (CS_VARIABLE(I, waiting) & CS_VARIABLE(I, continued)) == 0 \
         && (CS_VARIABLE(I, granted) & CS_VARIABLE(I, accepted)) == 0))
#define CARD_OF_ACCEPTED INSIDE(ghost_continued, ghost_accepted)
/* M12: a dispute keeps the grant while the clerk chooses. */
#define DISPUTE_KEEPS_AT(I) \
    (!REGISTRY_AT(I, WAIT_CHOICE) || (ghost_grant[I] | ghost_overridden[I]) != 0)
/* M12: at the end the log shows at home whom the origin's register holds. */
#define SHOWN_AT_HOME(M) (!LIVES(ORIGIN, M) || ONLY_LATEST_OPEN(ORIGIN, M))
/* M13: a limit after the certificate gives nothing up; an operator can end what is overdue. */
#define PARKED_KEEPS_AT(I) \
    (!DEST_CS_AT(I, PARKED_NOTICE) || (ghost_grant[I] | ghost_got[I] | ghost_overridden[I]) != 0)
#define NOT_STUCK_AT(I) (!DEST_CS_AT(I, PARKED_CARDS) && !DEST_CS_AT(I, PARKED_NOTICE))
/* M13: a limit runs in each state that waits for another node, and in no other one. */
#define RUNS(I, NAME, STATE) (!DEST_CS_AT(I, STATE) || CS_VARIABLE(I, NAME))
#define LIMITS_RUN_AT(I) \
    (RUNS(I, verify_due, WAIT_CARD_STATE) && RUNS(I, verify_due, WAIT_IDENTITY) \
     && RUNS(I, cert_due, WAIT_CERT) && RUNS(I, notice_due, WAIT_ACCEPTED) \
     && RUNS(I, card_due, WAIT_CARDS))
#define WAITS_FOR_NO_NODE(I) \
    (DEST_CS_AT(I, end_IDLE) || DEST_CS_AT(I, WAIT_REQUEST) || DEST_CS_AT(I, WAIT_REGISTERED) \
     || DEST_CS_AT(I, WAIT_STOPPED) || DEST_CS_AT(I, PARKED_NOTICE) \
     || DEST_CS_AT(I, PARKED_DISPUTED) || DEST_CS_AT(I, PARKED_CARDS) \
     || DEST_CS_AT(I, end_DONE) || DEST_CS_AT(I, end_CLOSED))
#define NO_LIMIT_RUNS(I) \
    !(CS_VARIABLE(I, verify_due) || CS_VARIABLE(I, cert_due) || CS_VARIABLE(I, notice_due) \
      || CS_VARIABLE(I, card_due))
#define LIMITS_REST_AT(I) (!WAITS_FOR_NO_NODE(I) || NO_LIMIT_RUNS(I))
#define ORIGIN_LIMITS_REST \
    ((!(ORIGIN_AT(end_IDLE) || ORIGIN_AT(end_OPEN) || ORIGIN_AT(CLOSING) \
        || ORIGIN_AT(end_CANCELLED) || ORIGIN_AT(end_MOVED)) || !ORIGIN_VARIABLE(status_due)) \
     && (!(FILING_AT(end_IDLE) || FILING_AT(end_CANCELLED) || FILING_AT(end_MOVED)) \
         || !origin_registry[PID_ORIGIN_REGISTRY]:planned_date))
/* M17: nobody dead becomes resident; at the end the dead stand in no register and in no log. */
#define NEVER_RESIDENT (!broken_dead)
#define DEAD_NOWHERE ((ghost_dead & (NEW_REGISTERS | ghost_current[ORIGIN])) == 0)
#define IS_DEAD(M) ((ghost_dead & (1 << (M))) != 0)
#if NDEST == 1
#define NOBODY_OPEN(M) (LOG_OPEN(0, M) == 0 && LOG_OPEN(1, M) == 0)
#else
#define NOBODY_OPEN(M) (LOG_OPEN(0, M) == 0 && LOG_OPEN(1, M) == 0 && LOG_OPEN(2, M) == 0)
#endif
#define DEAD_NOT_SHOWN(M) (!IS_DEAD(M) || NOBODY_OPEN(M))
/* M16: after a refused 3-1 nothing was asked of the origin and nothing granted. */
#define IDENTITY_REFUSED(I) \
    (TERMINAL_AT(I, end_REFUSED_IDENTITY) || TERMINAL_AT(I, end_REFUSED_CARD) \
     || TERMINAL_AT(I, end_PARKED))
#define NOT_ASKED_AT(I) \
    (!IDENTITY_REFUSED(I) \
     || ((ghost_granted_txn & (2 << I)) == 0 && !DEST_CS_AT(I, WAIT_REQUEST) \
         && !DEST_CS_AT(I, WAIT_CERT)))
/* M16: what a terminal is told has a name. */
#define ANSWER_OF(REASON) (dest_to_terminal[0] ? [VERIFY_RESULT, 1, 0, 0, REASON, 0])
#define ANSWER_NAMED \
    (ANSWER_OF(MATCH_ACTIVE) || ANSWER_OF(MATCH_REMOVED) || ANSWER_OF(CODE_CHANGED) \
     || ANSWER_OF(NO_MATCH) || ANSWER_OF(AMBIGUOUS) || ANSWER_OF(CARD_INVALID) \
     || ANSWER_OF(PIN_LOCKED) || ANSWER_OF(UNAVAILABLE))
#define REFUSAL_OF(REASON) (dest_to_terminal[0] ? [REFUSED, 1, 0, 0, REASON, 0])
#define REFUSAL_NAMED \
    (REFUSAL_OF(NO_FILING) || REFUSAL_OF(GRANTED_ELSEWHERE) || REFUSAL_OF(CANCELLED) \
     || REFUSAL_OF(TOO_LATE) || REFUSAL_OF(DECEASED) || REFUSAL_OF(ALREADY_USED) \
     || REFUSAL_OF(REJECTED_BY_CLERK) || REFUSAL_OF(UNREACHABLE) \
     || REFUSAL_OF(STOPPED_BY_OPERATOR) || REFUSAL_OF(WITHDRAWN_BY_CLERK))
#define TOLD_NAMED \
    ((!(dest_to_terminal[0] ? [VERIFY_RESULT]) || ANSWER_NAMED) \
     && (!(dest_to_terminal[0] ? [REFUSED]) || REFUSAL_NAMED))
#define GRANTED_AS_CHECKED (!broken_refused)
/* M12: what a registry tells its CS names a member. */
#define OF_NOBODY(I, KIND) (registry_to_dest[I] ? [KIND, _, 0, _, _, _])
#define NAMES_SOMEBODY_AT(I) \
    (!OF_NOBODY(I, REGISTERED) && !OF_NOBODY(I, REJECTED) && !OF_NOBODY(I, STOPPED) \
     && !OF_NOBODY(I, RETRY) && !OF_NOBODY(I, CORRECTED) && !OF_NOBODY(I, WITHDRAWN))
#define CANCEL_NAMES_SOMEBODY \
    (!(registry_to_origin ? [CANCEL_OUT, _, 0, _, _, _]) \
     && !(origin_to_registry ? [CANCEL_OK, _, 0, _, _, _]))
/* M4: what a registry tells its CS is what it has decided. */
#define DECIDES(I, KIND) (registry_to_dest[I] ? [KIND])
#define WORD_DECIDED_AT(I) \
    ((!DECIDES(I, REGISTERED) || REGISTRY_AT(I, end_REGISTERED) || REGISTRY_AT(I, WAIT_CHOICE)) \
     && (!(DECIDES(I, REJECTED) || DECIDES(I, STOPPED)) || REGISTRY_AT(I, end_NOT_REGISTERED)))
/* M16: a refusal has a reason, and one that belongs to it. */
#define WORD_OF(I, KIND, REASON) (registry_to_dest[I] ? [KIND, _, _, _, REASON, _])
#define DISPUTE_OF(I, REASON) (origin_to_dest[I] ? [DISPUTED, _, _, _, REASON, _])
#define DISPUTE_NAMED_AT(I) \
    (!(origin_to_dest[I] ? [DISPUTED]) || DISPUTE_OF(I, MOVED_ABROAD) || DISPUTE_OF(I, DOUBLE) \
     || DISPUTE_OF(I, OTHER_MUNICIPALITY) || DISPUTE_OF(I, DECEASED) || DISPUTE_OF(I, OVERRIDDEN) \
     || DISPUTE_OF(I, NO_FILING))
#define WORDS_NAMED_AT(I) \
    ((!(registry_to_dest[I] ? [REJECTED]) || WORD_OF(I, REJECTED, REJECTED_BY_CLERK)) \
     && (!(registry_to_dest[I] ? [STOPPED]) || WORD_OF(I, STOPPED, STOPPED_BY_OPERATOR)))
#define CARD_WORD_NAMED_AT(I) (!(cards_to_dest[I] ? [CONTINUE_REFUSED, _, _, _, 0, _]))
#define REASONS_NAMED_AT(I) \
    (WORDS_NAMED_AT(I) && DISPUTE_NAMED_AT(I) && CARD_WORD_NAMED_AT(I))
/* M16: who stopped, and who withdrew, is told apart. */
#define WITHDRAWN_TOLD_AT(I) \
    (!(dest_to_terminal[I] ? [REFUSED, _, _, _, WITHDRAWN_BY_CLERK, _]) || ghost_undone[I] != 0)
/* M7: whoever asked for another code is told what became of it. */
#define RECODED_WELL \
    ((!(origin_to_registry ? [RECODE_OK, _, 1, _, _, _]) || (ghost_recoded & 1) != 0) \
     && (!(origin_to_registry ? [RECODE_REFUSED, _, 1, _, _, _]) || (ghost_recoded & 1) == 0))
#define NOT_GRANTED ((ghost_granted_txn & 2) == 0)
#define CARD_ANSWERED(REASON) (cards_to_dest[0] ? [CARD_STATE, 1, 0, 0, REASON, 0])

ltl m1_case_serial        { [] CASE_SERIAL }
ltl m2_one_grant          { [] ONE_GRANT }
ltl m2_whole_grant        { [] WHOLE_GRANT }
ltl m2_grant_agrees       { [] GRANT_AGREES }
ltl m2_done_whole         { [] DONE_WHOLE }
ltl m3_grant_stays        { [] EVERY(GRANT_STAYS_AT) }
ltl m3_overridden_disputed { [] EVERY(OVERRIDDEN_DISPUTED_AT) }
ltl m3_overridden_ended   { [] (quiet -> OVERRIDDEN_ENDED) }
ltl m4_desk_granted       { [] EVERY(DESK_GRANTED_AT) }
ltl m4_desk_agrees        { [] EVERY(DESK_AGREES_AT) }
ltl m5_release_of_holder  { [] RELEASE_OF_HOLDER }
ltl m5_no_orphan          { [] (quiet -> NO_ORPHAN) }
ltl m6_txn_granted_once   { [] !broken_regrant }
ltl m7_epoch_fresh        { [] EPOCHS_FRESH }
ltl m7_removal_epoch      { [] REMOVAL_EPOCH }
ltl m7_entry_epoch        { [] ENTRY_EPOCH }
ltl m7_case_in_log        { [] CASE_IN_LOG }
ltl m7_recode_free        { [] RECODE_FREE }
ltl m7_recode_answered    { [] (quiet -> RECODE_ANSWERED) }
ltl log_contract          { [] !broken_log }
ltl m8_removed_in_time    { [] REMOVED_IN_TIME }
ltl m8_restored_well      { [] RESTORED_WELL }
ltl m8_closed_after       { [] CLOSED_AFTER }
ltl m8_case_agrees        { [] (quiet -> CASE_AGREES) }
ltl m9_card_after_entry   { [] !broken_card }
ltl m9_entry_with_notice  { [] EVERY(ENTRY_WITH_NOTICE_AT) }
ltl m10_step_whole        { [] (quiet -> EVERY(STEP_WHOLE_AT)) }
ltl m11_links_empty       { [] (quiet -> LINKS_EMPTY) }
ltl m12_accepted_all      { [] (quiet -> ACCEPTED_ALL) }
ltl m12_answered_whole    { [] ANSWERED_WHOLE }
ltl m12_withdrawn_well    { [] WITHDRAWN_WELL }
ltl m12_card_of_accepted  { [] CARD_OF_ACCEPTED }
ltl m12_cards_agree       { [] EVERY(CARDS_AGREE_AT) }
ltl m12_dispute_keeps     { [] EVERY(DISPUTE_KEEPS_AT) }
ltl m12_shown_at_home     { [] (quiet -> EVERY_MEMBER(SHOWN_AT_HOME)) }
ltl m13_parked_keeps      { [] EVERY(PARKED_KEEPS_AT) }
ltl m13_limits_run        { [] EVERY(LIMITS_RUN_AT) }
ltl m13_limits_rest       { [] (EVERY(LIMITS_REST_AT) && ORIGIN_LIMITS_REST) }
ltl m13_not_stuck         { [] (quiet -> EVERY(NOT_STUCK_AT)) }
ltl m17_never_resident    { [] NEVER_RESIDENT }
ltl m17_dead_nowhere      { [] (quiet -> DEAD_NOWHERE) }
ltl m17_dead_not_shown    { [] (quiet -> EVERY_MEMBER(DEAD_NOT_SHOWN)) }
ltl m16_not_asked         { [] EVERY(NOT_ASKED_AT) }
ltl m16_card_unusable     { [] (CARD_ANSWERED(CARD_INVALID) -> [] NOT_GRANTED) }
ltl m16_granted_as_checked { [] GRANTED_AS_CHECKED }
ltl m16_told_named        { [] TOLD_NAMED }
ltl m4_word_decided       { [] EVERY(WORD_DECIDED_AT) }
ltl m12_names_somebody    { [] (EVERY(NAMES_SOMEBODY_AT) && CANCEL_NAMES_SOMEBODY) }
ltl m16_reasons_named     { [] EVERY(REASONS_NAMED_AT) }
ltl m16_withdrawn_told    { [] EVERY(WITHDRAWN_TOLD_AT) }
ltl m7_recoded_well       { [] RECODED_WELL }

/* All of the above in one search, for the large bounds. */
#define AT_ALL_TIMES \
    (ONE_NEW_REGISTER && NOBODY_LOST && GAP && OVERLAP && CARD_AFTER && EVERY(DONE_TRUE) \
     && EVERY(REFUSED_TRUE) && CASE_SERIAL && ONE_GRANT && WHOLE_GRANT && EVERY(GRANT_STAYS_AT) \
     && EVERY(DESK_GRANTED_AT) && RELEASE_OF_HOLDER && !broken_regrant && EPOCHS_FRESH \
     && REMOVAL_EPOCH && ENTRY_EPOCH && !broken_log && REMOVED_IN_TIME && RESTORED_WELL \
     && CLOSED_AFTER && EVERY(ENTRY_WITH_NOTICE_AT) && EVERY(NOT_ASKED_AT) && GRANTED_AS_CHECKED \
     && EVERY(OVERRIDDEN_DISPUTED_AT) && ANSWERED_WHOLE && WITHDRAWN_WELL && CARD_OF_ACCEPTED \
     && EVERY(DISPUTE_KEEPS_AT) && EVERY(PARKED_KEEPS_AT) && NEVER_RESIDENT && RECODE_FREE \
     && NOTHING_LEFT && DONE_WHOLE && EVERY(LIMITS_RUN_AT) && EVERY(LIMITS_REST_AT) \
     && ORIGIN_LIMITS_REST && TOLD_NAMED && EVERY(DESK_AGREES_AT) && GRANT_AGREES && CASE_IN_LOG \
     && EVERY(CARDS_AGREE_AT) && EVERY(WORD_DECIDED_AT) && EVERY(NAMES_SOMEBODY_AT) \
     && CANCEL_NAMES_SOMEBODY && EVERY(REASONS_NAMED_AT) && EVERY(WITHDRAWN_TOLD_AT) \
     && RECODED_WELL)
#define AT_THE_END \
    (EVERY_MEMBER(LOG_AGREES) && ALL_ENDED && NO_ORPHAN && EVERY(STEP_WHOLE_AT) && LINKS_EMPTY \
     && ACCEPTED_ALL && OVERRIDDEN_ENDED && EVERY(NOT_STUCK_AT) && DEAD_NOWHERE \
     && EVERY_MEMBER(DEAD_NOT_SHOWN) && EVERY_MEMBER(SHOWN_AT_HOME) && CASE_AGREES \
     && RECODE_ANSWERED)
never safety_all /* too long for an ltl: it means [] (AT_ALL_TIMES && (quiet -> AT_THE_END)) */
{
    do
    :: !(AT_ALL_TIMES) || (quiet && !(AT_THE_END)) -> break
    :: else
    od
}

/* --- Prefectures and national, where they are not cut off ------------------------------------- */

#ifndef SPLIT_LOG
#define NATIONAL_AT(CS, M) ((ghost_national[M] == (CS) + 1) == LIVES(CS, M))
#define PREFECTURE_AT(P, CS, M) \
    ((ghost_prefecture[(P) * NMEMBER + (M)] == (CS) + 1) \
     == (LIVES(CS, M) & (PREFECTURE_OF(CS) == (P))))
#define SERVERS_AT(CS, M) \
    (NATIONAL_AT(CS, M) && PREFECTURE_AT(0, CS, M) && PREFECTURE_AT(1, CS, M))
#if NDEST == 1
#define SERVERS_AGREE(M) (SERVERS_AT(0, M) && SERVERS_AT(1, M))
#else
#define SERVERS_AGREE(M) (SERVERS_AT(0, M) && SERVERS_AT(1, M) && SERVERS_AT(2, M))
#endif
#define ALL_FORWARDED(M) (ghost_prefecture_entries[M] == 0)

ltl promise_servers_agree { [] (quiet -> EVERY_MEMBER(SERVERS_AGREE)) }
ltl m7_all_forwarded      { [] (quiet -> EVERY_MEMBER(ALL_FORWARDED)) }
#define SERVERS_DONE (EVERY_MEMBER(SERVERS_AGREE) && EVERY_MEMBER(ALL_FORWARDED))
ltl servers_all           { [] (quiet -> SERVERS_DONE) }
#endif

/* --- Liveness: every run gets there ----------------------------------------------------------- */

#define GRANT_ENDS_AT(I) ([] (ghost_grant[I] != 0 -> <> (ghost_grant[I] == 0)))
#define TXN_ENDS_AT(I) (<> TXN_ENDED(I))
#define ACCEPT_FOLLOWS_AT(I) \
    ([] (ghost_current[I] != 0 -> <> INSIDE(ghost_current[I], ghost_accepted)))
#define REMOVAL_FOLLOWS ([] (ghost_removing != 0 -> <> (ghost_removing == 0)))
#define CARD_FOLLOWS_AT(I) \
    ([] (ghost_logged[I] != 0 -> <> INSIDE(ghost_logged[I], ghost_continued)))
#define CANCEL_ANSWERED ([] (FILING_AT(WAIT_CANCEL) -> <> !FILING_AT(WAIT_CANCEL)))
/* M3: GRANT_STATUS is answered: the grant is held, or it is not. */
#define ASKED (origin_to_dest[0] ? [GRANT_STATUS])
#define TOLD_ORIGIN (dest_to_origin[0] ? [HOLDS] || dest_to_origin[0] ? [RELEASE])
ltl live_txn_ends       { EVERY(TXN_ENDS_AT) }
ltl live_grant_ends     { EVERY(GRANT_ENDS_AT) }
ltl live_accepted       { EVERY(ACCEPT_FOLLOWS_AT) }
ltl live_removed        { REMOVAL_FOLLOWS }
ltl live_card           { EVERY(CARD_FOLLOWS_AT) }
ltl live_cancel_answered { CANCEL_ANSWERED }
ltl live_asked_answered { [] (ASKED -> <> TOLD_ORIGIN) }
/* Nothing moves after quiet, so this is for good.  (Not <> [] p: SPIN, asked so under fairness,
 * does not find that it fails where a run just stops; mutant m11_wildcard shows it.) */
ltl live_log_agrees     { <> (quiet && EVERY_MEMBER(LOG_AGREES)) }
#ifndef SPLIT_LOG
ltl live_servers_agree  { <> (quiet && EVERY_MEMBER(SERVERS_AGREE)) }
#endif

/* --- Outcomes: what a terminal was told, and how its transaction then ends -------------------- */

/* M14, M16: the answers of 3-1 as the terminal of destination 0 gets them, the refusals of 3-3
 * as its CS gets them. */
#define FOUND(REASON) (dest_to_terminal[0] ? [VERIFY_RESULT, 1, 0, 0, REASON, 0])
#define REFUSED_BY(REASON) (origin_to_dest[0] ? [REFUSAL, 1, 0, 0, REASON, 0])
#define ENDS_IN(STATE) [] (quiet -> TERMINAL_AT(0, STATE))
ltl m14_active       { [] (FOUND(MATCH_ACTIVE) -> [] !IDENTITY_REFUSED(0)) }
ltl m14_removed      { [] (FOUND(MATCH_REMOVED) -> [] !IDENTITY_REFUSED(0)) }
ltl m16_code_changed { [] (FOUND(CODE_CHANGED) -> [] !IDENTITY_REFUSED(0)) }
ltl m16_no_match     { [] (FOUND(NO_MATCH) -> ENDS_IN(end_REFUSED_IDENTITY)) }
ltl m16_ambiguous    { [] (FOUND(AMBIGUOUS) -> ENDS_IN(end_REFUSED_IDENTITY)) }
ltl m16_pin_locked   { [] (FOUND(PIN_LOCKED) -> ENDS_IN(end_REFUSED_IDENTITY)) }
ltl m16_card_invalid { [] (FOUND(CARD_INVALID) -> ENDS_IN(end_REFUSED_CARD)) }
ltl m16_unavailable  { [] (FOUND(UNAVAILABLE) -> ENDS_IN(end_PARKED)) }
ltl m16_no_filing    { [] (REFUSED_BY(NO_FILING) -> ENDS_IN(end_REFUSED)) }
ltl m16_too_late     { [] (REFUSED_BY(TOO_LATE) -> ENDS_IN(end_REFUSED)) }
ltl m16_deceased     { [] (REFUSED_BY(DECEASED) -> ENDS_IN(end_REFUSED)) }
ltl m16_cancelled    { [] (REFUSED_BY(CANCELLED) -> ENDS_IN(end_REFUSED)) }
ltl m16_elsewhere    { [] (REFUSED_BY(GRANTED_ELSEWHERE) -> ENDS_IN(end_REFUSED)) }
ltl m16_used         { [] (REFUSED_BY(ALREADY_USED) -> ENDS_IN(end_REFUSED)) }

/* M9: the terminal hears of the first member's card what the card management said; not of one that
 * an operator did not wait for, so with WITH_PARKING this is checked where CARDS_AWAITED. */
#define CARD_IS(ANSWER) (cards_to_dest[0] ? [ANSWER])
#define CONTINUED_FOR(M) (dest_to_terminal[0] ? [CONTINUED, 1, M, 0, 0, 0])
#if NMEMBER == 1
#define TOLD_WITHOUT_FIRST CONTINUED_FOR(0)
#define TOLD_WITH_FIRST    CONTINUED_FOR(1)
#else
#define TOLD_WITHOUT_FIRST (CONTINUED_FOR(0) || CONTINUED_FOR(2))
#define TOLD_WITH_FIRST    (CONTINUED_FOR(1) || CONTINUED_FOR(3))
#endif
ltl m9_continued_told { [] (CARD_IS(CONTINUED) -> [] !TOLD_WITHOUT_FIRST) }
ltl m9_refused_told   { [] (CARD_IS(CONTINUE_REFUSED) -> [] !TOLD_WITH_FIRST) }

/* --- Witnesses: each must be violated; the trail shows that it can happen --------------------- */

#define TOLD(REASON) (dest_to_terminal[0] ? [REFUSED, 1, 0, 0, REASON, 0])
ltl w_done              { [] !TERMINAL_AT(0, end_DONE) }
/* M14: both answers get to the end. */
ltl w_active_done       { [] (FOUND(MATCH_ACTIVE) -> [] !TERMINAL_AT(0, end_DONE)) }
ltl w_removed_done      { [] (FOUND(MATCH_REMOVED) -> [] !TERMINAL_AT(0, end_DONE)) }
ltl w_told_no_filing    { [] !TOLD(NO_FILING) }
ltl w_told_elsewhere    { [] !TOLD(GRANTED_ELSEWHERE) }
ltl w_told_rejected     { [] !TOLD(REJECTED_BY_CLERK) }
ltl w_told_stopped      { [] !TOLD(STOPPED_BY_OPERATOR) }
ltl w_refused_identity  { [] !TERMINAL_AT(0, end_REFUSED_IDENTITY) }
ltl w_parked            { [] !TERMINAL_AT(0, end_PARKED) }
/* M3: the origin asks; OVERRIDE, and what follows a registration from the overridden grant. */
ltl w_holds             { [] !(dest_to_origin[0] ? [HOLDS]) }
ltl w_holds_nothing     { [] !(ASKED && DEST_CS_AT(0, end_CLOSED)) }
#define HELD_AFTER_ALL (ghost_overridden[0] != 0 && ghost_undone[0] != 0)
ltl w_overridden        { [] !(quiet && HELD_AFTER_ALL) }
#define NOT_REGISTERED  (ghost_current[0] == 0)
ltl w_overridden_cancelled { [] (ORIGIN_AT(end_CANCELLED) && NOT_REGISTERED -> [] NOT_REGISTERED) }
/* M4: the registration wins against a STOP; a STOP is in time. */
ltl w_stop_loses        { [] !(DEST_CS_AT(0, WAIT_STOPPED) && ghost_current[0] != 0) }
ltl w_stop_told_done    { [] !(TERMINAL_AT(0, STOPPING) && dest_to_terminal[0] ? [DONE]) }
ltl w_stop_in_time      { [] !(DEST_CS_AT(0, WAIT_STOPPED) && registry_to_dest[0] ? [STOPPED]) }
/* M5: a certificate that crossed the end of its transaction. */
ltl w_cert_too_late     { [] !(DEST_CS_AT(0, end_CLOSED) && origin_to_dest[0] ? [CERT]) }
/* M7, M8: removed by the planned date; the gap of the law; both registers. */
ltl w_gap               { [] (!begun || INSIDE(ALL, NEW_REGISTERS | ghost_current[ORIGIN])) }
ltl w_overlap           { [] ((NEW_REGISTERS & ghost_current[ORIGIN]) == 0) }
ltl w_late_removal      { [] !(ORIGIN_AT(end_MOVED) && len(registry_to_origin) != 0) }
/* M8: cancelled after the planned date and restored; cancelled with nothing to restore; refused. */
#define FIRST_ENDED     ((LOG_OPEN(ORIGIN, 0) & (1 << START_EPOCH)) == 0)
#define ALL_BACK        (ghost_current[ORIGIN] == ALL && log_top[0] > START_EPOCH)
ltl w_restored          { [] !(ORIGIN_AT(end_CANCELLED) && FIRST_ENDED && ALL_BACK) }
ltl w_nothing_to_restore { [] !(ORIGIN_AT(end_CANCELLED) && log_top[0] == START_EPOCH) }
#define NO_CANCEL(REASON) (origin_to_registry ? [CANCEL_REFUSED, 0, 0, 0, REASON, 0])
ltl w_cancel_used       { [] !NO_CANCEL(ALREADY_USED) }
ltl w_date_crosses      { [] !(ORIGIN_AT(CLOSING) && registry_to_origin ? [REMOVED]) }
/* M12: accepted with a deviation; withdrawn and at home, or in the law's gap again. */
ltl w_deviation         { [] !(origin_to_dest[0] ? [ACCEPTED, 1, 1, 0, DEVIATION, 0]) }
#define HOME_AGAIN      (ghost_current[ORIGIN] == ALL && log_top[0] > START_EPOCH + 1)
ltl w_withdrawn         { [] !(quiet && ghost_undone[0] != 0 && HOME_AGAIN) }
ltl w_withdrawn_gap     { [] !(quiet && (ghost_undone[0] & HOMELESS) != 0) }
/* M13: what is overdue parks; it ends all the same, or by an operator's choice. */
ltl w_parked_notice     { [] (DEST_CS_AT(0, PARKED_NOTICE) -> [] !TERMINAL_AT(0, end_DONE)) }
ltl w_parked_cards      { [] !(DEST_CS_AT(0, end_DONE) && cards_to_dest[0] ? [CONTINUED]) }
ltl w_given_up          { [] (TERMINAL_AT(0, end_PARKED) -> [] !TERMINAL_AT(0, end_REFUSED)) }
/* M17: a death after everything has ended. */
ltl w_died_after_done   { [] (TERMINAL_AT(0, end_DONE) -> [] (ghost_undone[0] == 0)) }
#if NMEMBER == 2
/* M8, M12, M17: a part of the household is restored, disputed, dies. */
ltl w_rest_restored     { [] !(ghost_accepted == 1 && ORIGIN_AT(end_CANCELLED)) }
ltl w_part_disputed     { [] !(quiet && ghost_got[0] == 1 && ghost_undone[0] == 2) }
#define BOTH_GRANTED    (ghost_grant[0] == 3 && ghost_dead == 0)
ltl w_one_dies          { [] (BOTH_GRANTED -> [] !(quiet && ghost_dead == 2 && ghost_got[0] == 1)) }
#if NDEST == 2
ltl w_two_places        { [] !(ghost_current[0] == 1 && ghost_current[1] == 2) }
#endif
#endif
#if NDEST == 2
/* M3, M5: after a RELEASE, or a withdrawal, the other destination gets the case. */
#define FIRST_GAVE_UP   ((ghost_granted_txn & 2) != 0 && ghost_current[0] == 0)
ltl w_second_grant      { [] !(ghost_grant[1] != 0 && FIRST_GAVE_UP) }
ltl w_withdrawn_then_elsewhere { [] !(TERMINAL_AT(1, end_DONE) && ghost_undone[0] != 0) }
#ifdef WITH_STRAY
/* M5: a certificate that belongs to no transaction is answered. */
ltl w_foreign_released  { [] !(dest_to_origin[1] ? [RELEASE]) }
#endif
/* M3: after OVERRIDE, until the NOTICE of the overridden grant is answered. */
ltl w_two_registers     { [] (BOTH(ghost_current) == 0) }
#endif

/* The law's cases (README.md has the table). */
ltl w_c5_too_late       { [] !TOLD(TOO_LATE) }
ltl w_c6_refused_card   { [] !TERMINAL_AT(0, end_REFUSED_CARD) }
ltl w_c7_cancelled      { [] !TOLD(CANCELLED) }
ltl w_c8_cancel_wins    { [] !(ORIGIN_AT(CLOSING) && dest_to_origin[0] ? [CERT_REQUEST]) }
ltl w_c8_grant_wins     { [] !NO_CANCEL(GRANTED_ELSEWHERE) }
ltl w_c9_deceased       { [] !TOLD(DECEASED) }
ltl w_c9_disputed       { [] !(origin_to_dest[0] ? [DISPUTED, 1, 1, 0, DECEASED, 0]) }
#define ALIVE_NOT_MOVED (ghost_dead == 0 && ghost_got[0] == 0)
#define DEAD_NOT_MOVED  (ghost_dead != 0 && ghost_got[0] == 0)
ltl w_c9_after_date     { [] (FIRST_ENDED && ALIVE_NOT_MOVED -> [] !(quiet && DEAD_NOT_MOVED)) }
ltl w_c10_retried       { [] (registry_to_dest[0] ? [RETRY] -> [] (ghost_got[0] == 0)) }
ltl w_c10_corrected     { [] (registry_to_dest[0] ? [CORRECTED] -> [] (ghost_got[0] == 0)) }
ltl w_c11_early_notice  { [] (ghost_removing == 0) }
ltl w_c12_code_changed  { [] (FOUND(CODE_CHANGED) -> [] !TERMINAL_AT(0, end_DONE)) }
#define NO_RECODE(REASON) (origin_to_registry ? [RECODE_REFUSED, 0, 1, 0, REASON, 0])
ltl w_c12_recoded       { [] ((ghost_recoded & ghost_accepted) == 0) }
ltl w_c12_date_crosses  { [] !(registry_to_origin ?? [RECODE] && registry_to_origin ?? [REMOVED]) }
ltl w_c12_granted       { [] !NO_RECODE(GRANTED_ELSEWHERE) }
ltl w_c12_in_use        { [] !NO_RECODE(CODE_IN_USE) }
ltl w_c12_gone          { [] !NO_RECODE(NOT_RESIDENT) }
ltl w_c12_used          { [] !NO_RECODE(ALREADY_USED) }
ltl w_c14_unreachable   { [] !(TOLD(UNREACHABLE) && dest_to_origin[0] ? [RELEASE]) }
ltl w_c18_used          { [] !TOLD(ALREADY_USED) }
#if NMEMBER == 2
ltl w_c13_subset        { [] !(ghost_accepted == 1 && ghost_open == 2 && ORIGIN_AT(end_OPEN)) }
#endif
#if NDEST == 2
#if defined(WITH_STRANGER)
#define STRANGER_TOLD(REASON) (origin_to_dest[1] ? [DISPUTED, 2, 1, 0, REASON, 0])
ltl w_c20_no_filing     { [] !STRANGER_TOLD(NO_FILING) }
ltl w_c20_open          { [] !(STRANGER_TOLD(OVERRIDDEN) && ORIGIN_AT(end_OPEN)) }
#else
#define ONLY_THE_SECOND (TERMINAL_AT(1, end_DONE) && DEST_CS_AT(0, end_IDLE))
ltl w_c3_other_place    { [] !ONLY_THE_SECOND }
ltl w_c14_again         { [] (TOLD(UNREACHABLE) -> [] !TERMINAL_AT(1, end_DONE)) }
ltl w_c16_moves_on      { [] (begun && HOMELESS != 0 -> [] !ONLY_THE_SECOND) }
#endif
#endif

/* The steps of the seed (../seed.md), one by one, where nothing is cut off. */
#ifndef SPLIT_LOG
#define FIRST_UPDATE (cs_to_prefecture[PREFECTURE_OF(0) * NCS * NMEMBER] ? [ENTRY])
ltl w_step_1_1        { [] !FILING_AT(end_FILED) }
ltl w_step_1_2        { [] (NEW_REGISTERS == 0) }
ltl w_step_1_3        { [] !ORIGIN_AT(end_OPEN) }
ltl w_step_1_4        { [] (ghost_prefecture[PREFECTURE_OF(0) * NMEMBER] != 1) }
ltl w_step_1_5        { [] (ghost_national[0] != 1) }
ltl w_step_2_1        { [] !TERMINAL_AT(0, WAIT_IDENTITY) }
ltl w_step_2_2        { [] !(terminal_to_dest[0] ? [VERIFY_REQUEST]) }
ltl w_step_2_3        { [] !(dest_to_national[0] ? [VERIFY_REQUEST]) }
ltl w_step_2_4        { [] !(national_to_dest[0] ? [VERIFY_RESULT]) }
ltl w_step_3_1        { [] !TERMINAL_AT(0, WAIT_DONE) }
ltl w_step_3_2        { [] !(dest_to_origin[0] ? [CERT_REQUEST]) }
ltl w_step_3_3        { [] !(origin_to_dest[0] ? [CERT]) }
ltl w_step_3_4        { [] !REGISTRY_AT(0, WAIT_CLERK) }
ltl w_step_3_5        { [] !(dest_to_origin[0] ? [NOTICE] && FIRST_UPDATE) }
ltl w_step_3_5_notice { [] !(origin_to_registry ? [MOVED]) }
ltl w_card_refused    { [] !(cards_to_dest[0] ? [CONTINUE_REFUSED]) }
ltl w_step_3_6        { [] !(TERMINAL_AT(0, end_DONE) && ghost_continued == ALL) }
#endif
