/* SPDX-License-Identifier: Apache-2.0 */
/* The history checker on histories made by hand: one that holds what is promised, and for every
 * rule at least one that breaks it, by one or a few lines taken out, put in or changed. */
#include "history_book.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* ---- what holds ---- */

static void a_move_holds_what_is_promised(void **state)
{
    book *b = *state;
    book_clean(b);
    assert_true(b->verdict.at_rest);
    assert_int_equal(b->verdict.files, FILES);
    assert_int_equal(b->verdict.residents, 1);
    assert_int_equal(b->verdict.transactions, 1);
    assert_int_equal(b->verdict.clients.asked, 4);
    assert_int_equal(b->verdict.clients.good, 3);
    assert_int_equal(b->verdict.clients.unknown, 1);
    assert_int_equal(b->verdict.nodes.good, 3);
    assert_int_equal(b->verdict.killed, 0);
}

/* A process dies between commit and line: what its next start finds is what happened. */
static void a_line_lost_in_a_crash_is_told_by_the_next_start(void **state)
{
    book *b = *state;
    book_take_out(b, "in=MOVED");
    book_take_out(b, "ev=stop t=200");
    book_say(b, OLD_REGISTRY, "n=6 ev=step b=81 t=8");
    book_say(b, OLD_REGISTRY, "ev=open v=1 t=100 node=registry:131016:0 boot=b1");
    book_say(b, OLD_REGISTRY, "ev=has reg=" WHO "/2/201/0/0");
    book_say(b, OLD_REGISTRY,
             "ev=has role=movein_origin_registry state=MOVED final=1 key=" CASE
             " txn=- case=" CASE);
    book_say(b, OLD_REGISTRY, "ev=ready t=101");
    book_say(b, OLD_REGISTRY, "ev=stop t=200");
    book_clean(b);
    assert_int_equal(b->verdict.killed, 1);
    assert_int_equal(b->verdict.recovered, 2); /* removed, and no longer in a case */
}

/* The driver was killed, or a node still runs: nothing is said about the end. */
static void nodes_that_run_are_not_at_rest(void **state)
{
    book *b = *state;
    book_take_out(b, "ev=stop t=205");
    book_take_out(b, "in=REMOVAL");
    book_take_out(b, "in=ENTRY");
    book_clean(b);
    assert_false(b->verdict.at_rest);
}

/* Both may be current for a while: the notice is still on its way. */
static void the_old_register_may_wait_for_the_notice(void **state)
{
    book *b = *state;
    book_change(b, "in=MOVED", "b=81 t=82", "b=181 t=182");
    book_change(b, "in=REMOVED", "b=85 t=86", "b=185 t=186");
    book_clean(b);
}

/* Nobody can say which of two steps was first: no violation is claimed. */
static void steps_at_the_same_time_have_no_order(void **state)
{
    book *b = *state;
    book_change(b, "in=MOVED", "b=81 t=82", "b=53 t=82");
    book_clean(b);
}

static void the_clock_removes_on_the_planned_date(void **state)
{
    book *b = *state;
    book_put_before(b, "in=MOVED",
                    "ev=step b=30 t=31 day=110 role=movein_origin_registry in=EXPIRE_PLANNED_DATE"
                    " from=FILED state=FILED final=0 key=" CASE " txn=- case=" CASE " reg=" WHO
                    "/2/201/0/0");
    book_clean(b);
}

/* ---- H1 to H4: every instant ---- */

static void two_new_registers(void **state)
{
    book *b = *state;
    book_put_before(b, "ev=stop t=200",
                    "ev=step b=150 t=151 day=100 role=movein_dest_registry in=ENTER from=WAIT_CLERK"
                    " state=REGISTERED final=1 key=7a02 txn=7a02 case=ca5e02 reg=" WHO
                    "/1/101/0/0");
    book_some(b, 1);
    assert_int_equal(b->verdict.count[2], 0);
}

static void two_new_registers_for_a_moment_only(void **state)
{
    book *b = *state;
    book_put_before(b, "ev=stop t=200",
                    "ev=step b=150 t=151 day=100 role=movein_dest_registry in=ENTER from=WAIT_CLERK"
                    " state=REGISTERED final=1 key=7a02 txn=7a02 case=ca5e02 reg=" WHO
                    "/1/101/0/0");
    book_put_before(b, "ev=stop t=200",
                    "ev=step b=153 t=154 day=100 role=movein_dest_registry in=GONE from=REGISTERED"
                    " state=NOT_REGISTERED final=1 key=7a02 txn=7a02 case=ca5e02 reg=" WHO
                    "/2/209/0/0");
    book_one(b, 1, "registry-131016.history");
}

static void the_old_register_comes_back(void **state)
{
    book *b = *state;
    book_take_out(b, "ev=stop t=200");
    book_say(b, OLD_REGISTRY, "ev=open v=1 t=100 node=registry:131016:0 boot=b1");
    book_say(b, OLD_REGISTRY, "ev=has reg=" WHO "/1/201/0/0");
    book_say(b, OLD_REGISTRY,
             "ev=has role=movein_origin_registry state=MOVED final=1 key=" CASE
             " txn=- case=" CASE);
    book_say(b, OLD_REGISTRY, "ev=ready t=101");
    book_say(b, OLD_REGISTRY, "ev=stop t=200");
    book_one(b, 2, WHO);
}

static void registered_without_a_case(void **state)
{
    book *b = *state;
    book_change(b, "in=FILE_OUT", " open=" WHO "/" CASE "/0", "");
    book_change(b, "in=MOVED", " shut=" WHO, "");
    book_one(b, 2, WHO);
}

static void released_and_registered(void **state)
{
    book *b = *state;
    book_change(b, "in=NOTICE", "took=NOTICE/" ID "7/" TXN,
                "took=NOTICE/" ID "7/- took=RELEASE/" ID "a/" TXN);
    book_one(b, 2, "released");
}

static void lost_between_two_registers(void **state)
{
    book *b = *state;
    book_put_before(b, "in=MOVED",
                    "ev=step b=30 t=31 day=110 role=movein_origin_registry in=EXPIRE_PLANNED_DATE"
                    " from=FILED state=FILED final=0 key=" CASE " txn=- case=" CASE " reg=" WHO
                    "/2/201/0/0 shut=" WHO);
    book_one(b, 3, WHO);
}

static void the_dead_are_not_lost(void **state)
{
    book *b = *state;
    book_put_before(b, "ev=stop t=202",
                    "ev=step b=160 t=161 day=110 role=movein_dest_registry in=DIED from=REGISTERED"
                    " state=REGISTERED final=1 key=" TXN " txn=" TXN " case=" CASE " reg=" WHO
                    "/2/203/0/0");
    assert_true(book_judge(b));
    assert_int_equal(b->verdict.count[3], 0);
    book_change(b, "in=DIED", "/2/203/", "/2/201/");
    book_some(b, 3);
}

static void removed_before_the_planned_date(void **state)
{
    book *b = *state;
    book_put_before(b, "in=MOVED",
                    "ev=step b=30 t=31 day=109 role=movein_origin_registry in=EXPIRE_PLANNED_DATE"
                    " from=FILED state=FILED final=0 key=" CASE " txn=- case=" CASE " reg=" WHO
                    "/2/201/0/0");
    book_one(b, 4, WHO);
}

/* The weaker promise: OVERRIDE may give two for a while, not for good. */
static void override_must_end(void **state)
{
    book *b = *state;
    static const char two[] =
        "ev=step b=60 t=61 day=100 role=movein_dest_registry in=ENTER from=WAIT_CLERK"
        " state=REGISTERED final=1 key=7a02 txn=7a02 case=" CASE " reg=" WHO "/1/101/0/0";
    static const char one_again[] =
        "ev=step b=160 t=161 day=100 role=movein_dest_registry in=WITHDRAW from=REGISTERED"
        " state=WITHDRAWN final=1 key=7a02 txn=7a02 case=" CASE " reg=" WHO "/2/209/0/0";
    book_put_before(b, "in=NOTICE",
                    "ev=step b=47 t=48 day=100 role=movein_origin_cs in=OVERRIDE from=GRANTED"
                    " state=OPEN final=0 key=" CASE " txn=" TXN " case=" CASE);
    book_put_before(b, "in=MOVED", two);
    book_change(b, "in=MOVED", " reg=" WHO "/2/201/0/0", "");
    book_put_before(b, "ev=stop t=200", one_again);
    book_clean(b);
    book_take_out(b, "in=WITHDRAW");
    book_one(b, 1, WHO);
}

/* ---- H5, H6 ---- */

static void a_card_before_the_entry(void **state)
{
    book *b = *state;
    book_change(b, "in=CONTINUE", "b=95 t=96", "b=50 t=51");
    book_one(b, 5, WHO);
}

static void a_card_without_a_notice(void **state)
{
    book *b = *state;
    book_change(b, "state=DONE final=1 key=" TXN " txn=" TXN " case=" CASE,
                " sent=NOTICE/" ID "7/cs:131016:0/" TXN "/1/2", "");
    book_one(b, 5, WHO);
}

static void an_acknowledged_filing_is_lost(void **state)
{
    book *b = *state;
    book_put_before(b, "ev=stop t=207", "ev=asked t=70 op=5 at=registry:131016:0 verb=file-out");
    book_put_before(b, "ev=stop t=207", "ev=answered t=71 op=5 ok=1 case=ca5e0f");
    book_one(b, 6, "driver.history:10");
}

static void acknowledged_before_the_commit(void **state)
{
    book *b = *state;
    book_change(b, "t=13 op=1", "t=13", "t=11");
    book_one(b, 6, "before its commit");
}

static void entered_twice(void **state)
{
    book *b = *state;
    book_put_before(b, "ev=stop t=202",
                    "ev=step b=64 t=65 day=100 role=movein_dest_registry in=ENTER from=WAIT_CLERK"
                    " state=REGISTERED final=1 key=" TXN " txn=" TXN " case=" CASE " reg=" WHO
                    "/1/101/0/0");
    book_some(b, 6);
    assert_int_equal(b->verdict.count[6], b->verdict.violations);
}

static void filed_twice(void **state)
{
    book *b = *state;
    book_put_before(b, "in=MOVED",
                    "ev=step b=30 t=31 day=100 role=movein_origin_registry in=FILE_OUT from=IDLE"
                    " state=FILED final=0 key=" CASE " txn=- case=" CASE);
    book_one(b, 6, "file-out happened twice");
}

static void told_done_and_not_registered(void **state)
{
    book *b = *state;
    book_take_out(b, "op=3");
    book_take_out(b, "op=3");
    book_change(b, "op=4", "op=4", "op=3");
    book_change(b, "op=4", "op=4", "op=3");
    book_take_out(b, "op=1 verb=enter");
    book_take_out(b, "in=ENTER");
    book_take_out(b, "t=56 op=1");
    book_some(b, 6);
    assert_non_null(strstr(b->verdict.text[0], "H3")); /* removed at the origin for nothing */
}

static void told_done_too_early(void **state)
{
    book *b = *state;
    book_change(b, "in=DONE", "b=65 t=66", "b=52 t=53");
    book_one(b, 6, "before it was registered");
}

static void told_refused_and_registered(void **state)
{
    book *b = *state;
    book_change(b, "in=DONE", "in=DONE from=WAIT_DONE state=DONE",
                "in=REFUSED from=WAIT_DONE state=REFUSED");
    book_one(b, 6, "REFUSED");
}

/* M12: the clerk takes the entry back, then the terminal is told so. */
static void told_refused_after_a_withdrawal(void **state)
{
    book *b = *state;
    static const char back[] =
        "ev=step b=61 t=62 day=100 role=movein_dest_registry in=WITHDRAW_ENTRY from=WAIT_CHOICE"
        " state=REGISTERED final=1 key=" TXN " txn=" TXN " case=" CASE " reg=" WHO "/2/209/0/0";
    book_put_before(b, "ev=stop t=202", back);
    book_change(b, "in=DONE", "in=DONE from=WAIT_DONE state=DONE",
                "in=REFUSED from=WAIT_DONE state=REFUSED");
    assert_true(book_judge(b));
    assert_int_equal(b->verdict.count[6], 0);
    assert_true(b->verdict.count[3] > 0); /* for the origin removed all the same */
    book_change(b, "WITHDRAW_ENTRY", "b=61 t=62", "b=67 t=68");
    book_some(b, 6); /* told before it was so */
}

/* What an operator was told that it is done left its step, each at its own machine. */
static void a_decision_without_its_step(void **state)
{
    static const struct {
        int file;
        const char *verb;
        const char *before;
        const char *role;
        const char *input;
        const char *key; /* of the request and of the step */
    } decisions[] = {
        {TERMINAL, "give-up", "ev=stop t=204", "movein_terminal", "GIVE_UP", "txn=" TXN},
        {OLD_REGISTRY, "death", "ev=stop t=200", "movein_origin_registry", "REPORT_DEATH",
         "case=" CASE},
        {NEW_REGISTRY, "retry", "ev=stop t=202", "movein_dest_registry", "RETRY_NOTICE",
         "txn=" TXN},
        {NEW_REGISTRY, "correct", "ev=stop t=202", "movein_dest_registry", "CORRECT_ENTRY",
         "txn=" TXN},
        {NEW_CS, "choose", "ev=stop t=203", "movein_dest_cs", "END_WITHOUT_CARD", "txn=" TXN},
        {OLD_CS, "release", "ev=stop t=201", "movein_origin_cs", "OVERRIDE", "case=" CASE},
    };

    book *b = *state;
    for (size_t i = 0; i < sizeof decisions / sizeof decisions[0]; i++) {
        sheet *s = &b->sheet[decisions[i].file];
        const sheet before = *s;
        char line[LINE_MAX_SIZE];
        (void)snprintf(line, sizeof line, "ev=asked t=110 op=9 verb=%s %s", decisions[i].verb,
                       decisions[i].key);
        book_put_before(b, decisions[i].before, line);
        book_put_before(b, decisions[i].before, "ev=answered t=120 op=9 ok=1");
        book_one(b, 6, decisions[i].verb);
        const bool of_case = strncmp(decisions[i].key, "case=", 5) == 0;
        (void)snprintf(line, sizeof line,
                       "ev=step b=112 t=113 day=100 role=%s in=%s from=OPEN state=%s final=1"
                       " key=%s txn=%s case=" CASE,
                       decisions[i].role, decisions[i].input,
                       decisions[i].file == OLD_CS || decisions[i].file == OLD_REGISTRY ? "MOVED"
                       : decisions[i].file == NEW_REGISTRY ? "REGISTERED"
                                                           : "DONE",
                       of_case ? CASE : TXN, of_case ? "-" : TXN);
        book_put_before(b, "ev=answered t=120 op=9", line);
        book_clean(b);
        *s = before;
    }
}

/* M17: who has moved dies; the origin reports it, and both registers and national say so. */
static void a_death_after_the_move(void **state)
{
    book *b = *state;
    book_put_before(
        b, "ev=stop t=200",
        "ev=step b=101 t=102 day=100 role=movein_origin_registry in=REPORT_DEATH from=MOVED"
        " state=MOVED final=1 key=" CASE " txn=- case=" CASE " reg=" WHO "/2/203/0/0");
    book_put_before(b, "ev=stop t=202",
                    "ev=step b=105 t=106 day=100 role=movein_dest_registry in=DIED from=REGISTERED"
                    " state=REGISTERED final=1 key=" TXN " txn=" TXN " case=" CASE " reg=" WHO
                    "/2/203/0/0");
    book_put_before(b, "ev=stop t=203",
                    "ev=step b=103 t=104 day=100 role=movein_dest_cs in=DIED from=DONE state=DONE"
                    " final=1 key=" TXN " txn=" TXN " case=" CASE " reg=" WHO "/2/203/2/2"
                    " log=2/" WHO "/REMOVAL/2");
    book_put_before(b, "ev=stop t=205",
                    "ev=step b=107 t=108 day=100 role=movein_national in=REMOVAL from=KEEPING"
                    " state=KEEPING final=0 key=- txn=- case=- epi=" WHO "/131024/2/0/0"
                    " applied=131024/2");
    book_clean(b);
    book_take_out(b, "in=REMOVAL from=KEEPING state=KEEPING final=0 key=- txn=- case=- epi=" WHO
                     "/131024/2/0/0");
    book_one(b, 9, "national:000000:0 says 131024"); /* the dead would stay resident for ever */
}

static void half_a_household_is_entered(void **state)
{
    book *b = *state;
    book_change(b, "in=CERT_REQUEST", TXN "/1/2", TXN "/3/2");
    book_one(b, 6, "1 of 2 members");
}

/* ---- H7, H9 ---- */

static void a_transaction_does_not_end(void **state)
{
    book *b = *state;
    book_change(b, "in=DONE", "state=DONE final=1", "state=WAIT_CARD final=0");
    book_one(b, 7, "WAIT_CARD");
    book_change(b, "in=DONE", "state=WAIT_CARD", "state=PARKED");
    book_clean(b);
}

static void national_shows_nobody(void **state)
{
    book *b = *state;
    book_change(b, "in=ENTRY", "epi=" WHO "/131024/2/1/1", "epi=" WHO "/131024/2/1/0");
    book_one(b, 9, "national:000000:0 says nowhere");
}

/* A prefecture shows those who live in it and nobody else. */
static void a_prefecture_shows_who_lives_elsewhere(void **state)
{
    book *b = *state;
    book_change(b, "node=national:000000:0", "national:000000:0", "prefecture:140007:0");
    b->sheet[NATIONAL].name = "prefecture-140007";
    book_one(b, 9, "prefecture:140007:0 says 131024");
    book_change(b, "node=prefecture:140007:0", "140007", "130001");
    book_clean(b);
}

static void the_cs_keeps_who_has_moved(void **state)
{
    book *b = *state;
    book_change(b, "in=REMOVED", "reg=" WHO "/2/201/1/2", "reg=" WHO "/1/201/1/2");
    book_one(b, 9, "cs:131016:0 says 131016");
}

/* ---- H8 ---- */

static void an_epoch_is_given_again(void **state)
{
    book *b = *state;
    book_change(b, "ev=has reg=" WHO "/1/0/1/1", "/1/1", "/1/2");
    book_one(b, 8, "not above 2");
}

static void an_epoch_goes_back(void **state)
{
    book *b = *state;
    book_change(b, "in=REMOVED", "reg=" WHO "/2/201/1/2", "reg=" WHO "/2/201/1/1");
    book_one(b, 8, "1 after 2");
}

static void an_entry_with_another_epoch_than_the_grant(void **state)
{
    book *b = *state;
    book_change(b, "in=REGISTERED", "/ENTRY/2", "/ENTRY/3");
    book_one(b, 8, "was given 2, not 3");
}

static void an_entry_without_a_grant(void **state)
{
    book *b = *state;
    book_change(b, "in=CERT_REQUEST", " sent=CERT/" ID "4/cs:131024:0/" TXN "/1/2", "");
    book_one(b, 8, "has no grant");
}

static void two_entries_of_one_epoch(void **state)
{
    book *b = *state;
    book_put_before(b, "ev=stop t=201",
                    "ev=step b=120 t=121 day=100 role=movein_origin_cs in=RESTORED"
                    " from=MOVED state=MOVED final=1 key=" CASE " txn=- case=" CASE " log=2/" WHO
                    "/ENTRY/2");
    book_one(b, 8, "ENTRY 2 after 2");
}

/* ---- H10, H11, H12 ---- */

static void a_message_is_taken_twice(void **state)
{
    book *b = *state;
    book_put_before(b, "ev=stop t=201", "ev=step b=120 t=121 took=NOTICE/" ID "7/" TXN);
    book_one(b, 10, "taken twice");
}

static void a_message_is_never_taken(void **state)
{
    book *b = *state;
    book_change(b, "in=REMOVED", " took=REMOVED/" ID "9/-", "");
    book_one(b, 10, "never taken");
}

static void a_message_is_taken_before_it_was_sent(void **state)
{
    book *b = *state;
    book_change(b, "state=WAIT_REGISTERED", "b=45 t=46", "b=35 t=36");
    book_one(b, 10, "before it was sent");
}

static void a_log_has_a_hole(void **state)
{
    book *b = *state;
    book_put_before(b, "ev=stop t=203", "ev=step b=120 t=121 log=3/bbbbbbbbbbbbbbbb/REMOVAL/1");
    book_one(b, 10, "position 3 of the log after 1");
}

static void entries_are_applied_out_of_order(void **state)
{
    book *b = *state;
    book_put_before(b, "ev=stop t=205", "ev=step b=120 t=121 applied=131024/1");
    book_one(b, 10, "out of order");
}

static void two_grants_of_one_case(void **state)
{
    book *b = *state;
    book_put_before(b, "in=NOTICE",
                    "ev=step b=47 t=48 day=100 role=movein_origin_cs in=CERT_REQUEST from=GRANTED"
                    " state=GRANTED final=0 key=" CASE " txn=7a02 case=" CASE " sent=CERT/" ID
                    "b/cs:999999:0/7a02/1/3");
    book_one(b, 11, "while " TXN " holds it");
    book_change(b, "txn=7a02", " sent=CERT", " took=RELEASE/" ID "c/" TXN " sent=CERT");
    book_some(b, 2); /* released, then granted: but the first one registered */
    assert_int_equal(b->verdict.count[11], 0);
}

/* A NOTICE that was disputed in part does not end the grant. */
static void a_dispute_leaves_the_grant(void **state)
{
    book *b = *state;
    static const char again[] =
        "ev=step b=74 t=75 day=100 role=movein_origin_cs in=CERT_REQUEST from=GRANTED"
        " state=GRANTED final=0 key=" CASE " txn=7a02 case=" CASE " sent=CERT/" ID
        "b/cs:999999:0/7a02/1/3";
    book_put_before(b, "in=REMOVED", again);
    book_clean(b);
    book_change(b, "in=NOTICE", "state=MOVED final=1", "state=GRANTED final=0");
    book_some(b, 11);
}

static void changed_while_it_was_stopped(void **state)
{
    book *b = *state;
    book_say(b, CARDS, "ev=open v=1 t=210 node=cards:000000:0 boot=b1");
    book_say(b, CARDS, "ev=has card=" WHO "/4/131024");
    book_say(b, CARDS, "ev=ready t=211");
    book_say(b, CARDS, "ev=stop t=212");
    book_clean(b);
    book_change(b, "ev=has card=" WHO "/4/131024", "/4/", "/5/");
    book_one(b, 12, WHO);
    book_take_out(b, "ev=has card=" WHO "/5/131024");
    book_one(b, 12, WHO);
}

static void a_machine_changed_while_it_was_stopped(void **state)
{
    book *b = *state;
    book_say(b, TERMINAL, "ev=open v=1 t=210 node=terminal:131024:0 boot=b1");
    book_say(b, TERMINAL,
             "ev=has role=movein_terminal state=REFUSED final=1 key=" TXN " txn=" TXN " case=-");
    book_say(b, TERMINAL, "ev=ready t=211");
    book_say(b, TERMINAL, "ev=stop t=212");
    book_some(b, 12);
}

/* ---- what is no history ---- */

static void an_unfinished_last_line_is_passed_over(void **state)
{
    book *b = *state;
    book_take_out(b, "ev=stop t=206");
    b->sheet[CARDS].tail = "n=5 ev=step b=120 t=121 card=" WHO "/4/13";
    assert_true(book_judge(b));
    assert_int_equal(b->verdict.violations, 0);
    b->sheet[CARDS].tail = "n=5 ev=step b=120 t=121 card=" WHO "/4/131016 .";
    assert_true(book_judge(b)); /* no newline: not finished either */
    assert_int_equal(b->verdict.violations, 0);
}

static void garbage_is_told_with_file_and_line(void **state)
{
    book *b = *state;
    book_put_before(b, "in=CONTINUE", "ev=step b=50 t=51 card=" WHO "/4/13102x/9");
    book_refused(b, "cards-000000.history:4: a fact");
    book_take_out(b, "13102x/9");
    book_put_before(b, "in=CONTINUE", "n=4 ev=step b=50");
    book_refused(b, "cards-000000.history:4: not a line");
    book_change(b, "n=4 ev=step b=50", "n=4 ev=step b=50", "\xff\xfe");
    book_refused(b, "cards-000000.history:4: not a line");
    book_take_out(b, "\xff\xfe");
    b->sheet[CARDS].tail = "rubbish\n";
    book_refused(b, "cards-000000.history:6: not a line");
}

static void lines_that_do_not_belong_are_told(void **state)
{
    static const struct {
        const char *before;
        const char *line;
        const char *why;
    } bad[] = {
        {"in=CONTINUE", "ev=sleep t=50", "an event that none is"},
        {"in=CONTINUE", "ev=step t=51", "without its two times"},
        {"in=CONTINUE", "ev=step b=52 t=51", "without its two times"},
        {"in=CONTINUE", "ev=step b=50 t=51 color=red", "a word that none is"},
        {"in=CONTINUE", "ev=step b=50 t=51 reg=-/1/0/0/0", "a fact about nobody"},
        {"in=CONTINUE", "ev=step b=50 t=51 reg=" WHO "/3/0/0/0", "a fact that none is"},
        {"in=CONTINUE", "ev=step b=50 t=51 reg=" WHO "/1/0/0", "a fact that none is"},
        {"in=CONTINUE", "ev=step b=50 t=51 role=movein_cards", "a machine without a state"},
        {"in=CONTINUE", "ev=has card=" WHO "/4/131016", "state outside a start"},
        {"in=CONTINUE", "ev=ready t=50", "ready twice"},
        {"in=CONTINUE", "ev=answered t=50 op=7 ok=1", "an answer to what was not asked"},
        {"in=CONTINUE", "ev=asked t=50 op=7", "a request without"},
        {"in=CONTINUE", "ev=open v=2 t=50 node=cards:000000:0 boot=b1", "a version"},
        {"in=CONTINUE", "ev=open v=1 t=50 node=cards:000000:0 boot=b2", "another boot"},
        {"in=CONTINUE", "ev=open v=1 t=50 node=cards:000001:0 boot=b1", "another node's"},
        {"in=CONTINUE", "ev=stop t=50", "a line outside a run"},
        {"ev=ready t=2", "ev=step b=1 t=1", "before the node was ready"},
    };

    book *b = *state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        sheet *cards = &b->sheet[CARDS];
        const sheet before = *cards;
        book_put_before(b, bad[i].before, bad[i].line);
        if (strcmp(bad[i].before, "ev=ready t=2") == 0) { /* the first file's; any will do */
            book_refused(b, bad[i].why);
            book_take_out(b, bad[i].line);
        } else {
            book_refused(b, bad[i].why);
        }
        *cards = before;
    }
    book_clean(b);
}

static uint64_t drawn(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* Bytes changed, put in and taken out anywhere: a verdict or a fault with a name, never a crash. */
static void damaged_histories_are_read_or_refused(void **state)
{
    book *b = *state;
    uint64_t random = 88172645463325252U;
    unsigned faults = 0;
    for (unsigned turn = 0; turn < 1000; turn++) {
        sheet *s = &b->sheet[drawn(&random) % FILES];
        char *line = s->line[drawn(&random) % s->count];
        char before[LINE_MAX_SIZE];
        memcpy(before, line, sizeof before);
        const size_t size = strlen(line);
        const size_t at = (size_t)(drawn(&random) % size);
        static const char bytes[] = "/=- .0159afx\n\xff";
        switch (drawn(&random) % 3) {
        case 0: line[at] = bytes[drawn(&random) % (sizeof bytes - 1)]; break;
        case 1: memmove(line + at, line + at + 1, size - at); break;
        default: line[at] = '\0'; break;
        }
        const bool judged = book_judge(b);
        faults += judged ? 0U : 1U;
        assert_true(judged || b->fault[0] != '\0');
        memcpy(line, before, sizeof before);
    }
    assert_in_range(faults, 100, 1000);
    book_clean(b);
}

static void missing_lines_are_told(void **state)
{
    book *b = *state;
    book_put_before(b, "in=CONTINUE", "n=9 ev=step b=50 t=51 .");
    book_refused(b, "cards-000000.history:4: lines are missing");
}

static void two_histories_of_one_node_are_told(void **state)
{
    book *b = *state;
    book_change(b, "node=national:000000:0", "national:000000:0", "terminal:131024:0");
    book_refused(b, "a second history of one node");
}

static void an_empty_folder_is_not_judged(void **state)
{
    book *b = *state;
    assert_false(jk_history_judge("/nonexistent/folder", &b->verdict, b->fault));
    assert_non_null(strstr(b->fault, "/nonexistent/folder"));
    assert_false(jk_history_judge(b->folder, &b->verdict, b->fault));
    assert_non_null(strstr(b->fault, "no file of histories"));
}

static void every_rule_has_a_text(void **state)
{
    (void)state;
    for (unsigned rule = 1; rule <= JK_HISTORY_RULES; rule++) {
        assert_non_null(jk_history_rule_text(rule));
    }
    assert_null(jk_history_rule_text(JK_HISTORY_RULES + 1));
}

#define WITH_BOOK(test) cmocka_unit_test_setup_teardown(test, open_book, close_book)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_BOOK(a_move_holds_what_is_promised),
        WITH_BOOK(a_line_lost_in_a_crash_is_told_by_the_next_start),
        WITH_BOOK(nodes_that_run_are_not_at_rest),
        WITH_BOOK(the_old_register_may_wait_for_the_notice),
        WITH_BOOK(steps_at_the_same_time_have_no_order),
        WITH_BOOK(the_clock_removes_on_the_planned_date),
        WITH_BOOK(two_new_registers),
        WITH_BOOK(two_new_registers_for_a_moment_only),
        WITH_BOOK(the_old_register_comes_back),
        WITH_BOOK(registered_without_a_case),
        WITH_BOOK(released_and_registered),
        WITH_BOOK(lost_between_two_registers),
        WITH_BOOK(the_dead_are_not_lost),
        WITH_BOOK(removed_before_the_planned_date),
        WITH_BOOK(override_must_end),
        WITH_BOOK(a_card_before_the_entry),
        WITH_BOOK(a_card_without_a_notice),
        WITH_BOOK(an_acknowledged_filing_is_lost),
        WITH_BOOK(acknowledged_before_the_commit),
        WITH_BOOK(entered_twice),
        WITH_BOOK(filed_twice),
        WITH_BOOK(told_done_and_not_registered),
        WITH_BOOK(told_done_too_early),
        WITH_BOOK(told_refused_and_registered),
        WITH_BOOK(told_refused_after_a_withdrawal),
        WITH_BOOK(half_a_household_is_entered),
        WITH_BOOK(a_decision_without_its_step),
        WITH_BOOK(a_death_after_the_move),
        WITH_BOOK(a_dispute_leaves_the_grant),
        WITH_BOOK(damaged_histories_are_read_or_refused),
        WITH_BOOK(a_transaction_does_not_end),
        WITH_BOOK(national_shows_nobody),
        WITH_BOOK(a_prefecture_shows_who_lives_elsewhere),
        WITH_BOOK(the_cs_keeps_who_has_moved),
        WITH_BOOK(an_epoch_is_given_again),
        WITH_BOOK(an_epoch_goes_back),
        WITH_BOOK(an_entry_with_another_epoch_than_the_grant),
        WITH_BOOK(an_entry_without_a_grant),
        WITH_BOOK(two_entries_of_one_epoch),
        WITH_BOOK(a_message_is_taken_twice),
        WITH_BOOK(a_message_is_never_taken),
        WITH_BOOK(a_message_is_taken_before_it_was_sent),
        WITH_BOOK(a_log_has_a_hole),
        WITH_BOOK(entries_are_applied_out_of_order),
        WITH_BOOK(two_grants_of_one_case),
        WITH_BOOK(changed_while_it_was_stopped),
        WITH_BOOK(a_machine_changed_while_it_was_stopped),
        WITH_BOOK(an_unfinished_last_line_is_passed_over),
        WITH_BOOK(garbage_is_told_with_file_and_line),
        WITH_BOOK(lines_that_do_not_belong_are_told),
        WITH_BOOK(missing_lines_are_told),
        WITH_BOOK(two_histories_of_one_node_are_told),
        WITH_BOOK(an_empty_folder_is_not_judged),
        cmocka_unit_test(every_rule_has_a_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
