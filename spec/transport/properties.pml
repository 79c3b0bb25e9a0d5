/* SPDX-License-Identifier: Apache-2.0 */
/* What the transport promises.  Every claim is run by its name. */

#define IN_OUTBOX(S)  (S > ghost_asked || S <= ghost_acked || ghost_row[S] == S)
#define UNTOUCHED(S)  !(ghost_dead[S] && ghost_delivered[S] > 0)
#define SHOWN(S)      (!ghost_dead[S] || S > ghost_acked || ghost_marked[S])

#define TRULY(S)      (!ghost_marked[S] || ghost_dead[S])

#if MESSAGES == 3
#define EVERY(P) (P(1) && P(2) && P(3))
#elif MESSAGES == 2
#define EVERY(P) (P(1) && P(2))
#endif
#define ONCE(S)       (ghost_delivered[S] <= 1)
#define ARRIVED(S)    (ghost_delivered[S] == 1)

ltl t1_row_until_acknowledged { [] EVERY(IN_OUTBOX) }
ltl t2_delivered_once         { [] EVERY(ONCE) }
ltl t3_ack_after_commit       { [] (ghost_acked <= ghost_committed) }
ltl t1_nothing_invented       { [] !ghost_invented }
ltl t6_in_order               { [] !ghost_disorder }
ltl t7_refused_is_no_effect   { [] EVERY(UNTOUCHED) }
ltl window_is_held            { [] !ghost_beyond_window }
ltl t7_refused_is_shown       { [] EVERY(SHOWN) }
ltl t7_shown_is_refused       { [] EVERY(TRULY) }

/* The processes in the order in which init runs them. */
#define SENDER(WHAT)  (sender[1]WHAT)
#define CHANNEL(WHAT) (channel[4]WHAT)

/* The sender is up exactly while its channel is; LINK_UP and LINK_DOWN tell it. */
#define KNOWS_CHANNEL \
    ((!CHANNEL(@end_UP) || SENDER(@end_UP)) && (!CHANNEL(@DOWN) || SENDER(@end_DOWN)))
ltl t5_knows_channel          { [] KNOWS_CHANNEL }

/* T5: the timer runs while a message is unanswered and the channel is open, and only then.  In
 * bounds of its own: where a claim reads a variable of a process SPIN merges no statements, and the
 * search that draws the shortest counterexamples cannot do without. */
#ifdef TIMERS
#define TIMER_RUNS \
    ((!SENDER(@end_UP) || SENDER(:resend) == (SENDER(:last) != SENDER(:acked))) \
     && (!SENDER(@end_DOWN) || !SENDER(:resend)))
ltl t5_timer_runs             { [] TIMER_RUNS }
#endif

/* T5: on the stream, which loses only by a cut, nothing has to wait for the timer: what is in the
 * window and unanswered is under way, or its answer is. */
#ifdef STREAM
#define FLIES(S, NEXT_S) \
    (flying_data ?? [S, _] || flying_answers ?? [ACK, NEXT_S] || flying_answers ?? [NACK, S])
#define UNDER_WAY(S, NEXT_S) \
    (S <= ghost_acked || S > ghost_asked || S > ghost_acked + WINDOW \
     || !SENDER(@end_UP) || FLIES(S, NEXT_S))
#if MESSAGES == 3
#define ALL_UNDER_WAY (UNDER_WAY(1, 2) && UNDER_WAY(2, 3) && UNDER_WAY(3, 4))
#else
#define ALL_UNDER_WAY (UNDER_WAY(1, 2) && UNDER_WAY(2, 3))
#endif
ltl t5_under_way              { [] ALL_UNDER_WAY }
#endif

/* Every message is finally an effect or a dead letter, and the sender knows, when the faults have
 * stopped.  Under weak fairness; SPIN's search for cycles under fairness overlooks a run that stops
 * if the claim is <> [] p, so the end is looked at by its name, and by a claim of its own. */
#ifdef FAULTS
#define ALL_ENDED (ghost_committed == MESSAGES && ghost_acked == MESSAGES)
ltl t5_every_message_ends     { <> (quiet && ALL_ENDED) }
ltl t5_ends_well              { [] (quiet -> ALL_ENDED) }
#endif

/* Witnesses: each must be violated, else the promises above say nothing. */
ltl witness_all_delivered     { [] !(ghost_acked == MESSAGES && EVERY(ARRIVED)) }
ltl witness_goes_on           { [] !(ghost_marked[1] && ghost_delivered[2] == 1) }
ltl witness_window_is_full    { [] !(ghost_asked == MESSAGES && ghost_acked == 0) }
ltl witness_crash_after_commit { [] !(ghost_committed == WINDOW && ghost_acked == 0) }
