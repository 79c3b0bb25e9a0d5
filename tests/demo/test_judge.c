/* SPDX-License-Identifier: Apache-2.0 */
/* The judge on small databases made by hand: a clean network of eleven nodes, and one damage after
 * the other, each of which must be found under its own rule.
 *
 * The people: 00000000000 never moved; 11111111111 moved from Tokyo to Kanagawa; 22222222222 has
 * filed his moving-out and the planned day has passed.  The tables come from the real adapter, so a
 * column that is renamed there breaks these tests. */
#define _XOPEN_SOURCE 700

#include "adapter/sqlite/sqlite.h"
#include "tool/judge.h"

#include <ftw.h>
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TXN   "x'5f000000000000000000000000000001'"
#define CASE1 "x'ca000000000000000000000000000001'"
#define CASE2 "x'ca000000000000000000000000000002'"
#define HERE  "x'000000000000000000000000000000aa'"

static char folder[64];

/* ---- the network ---- */

typedef struct node {
    const char *base;
    jk_node_id id;
    const char *sql;
} node;

/* A person at a CS is `person`; the registry's record holds him and the family register's items. */
#define PERSON(NAME) "CAST('person " NAME "' AS BLOB)"
#define RECORD(NAME) "CAST('record of person " NAME " " SECRET(NAME) "' AS BLOB)"
#define SECRET(NAME)                   \
    "\x12\x0bhead of " NAME "\x1a\x0c" \
    "first child "
#define REGISTER(C, S, R, E, H, P) \
    "INSERT INTO register VALUES ('" C "', " S ", " R ", " E ", " H ", 1, " P ");"
#define EPISODE(C, CODE, E, OPEN, P)                                                             \
    "INSERT INTO episode VALUES ('" C "', '" CODE "', " E ", " OPEN ", " OPEN ", 101, 0, " P "," \
    " 1, NULL);"
#define MACHINE(ID, NAME, KEY, C, T, STATE, FINAL)                                            \
    "INSERT INTO machine VALUES (NULL, " ID ", '" NAME "', " KEY ", " C ", " T ", 1, '" STATE \
    "', " FINAL ", 1, x'00');"
#define LOGGED(SEQ, C, E, KIND) \
    "INSERT INTO update_log VALUES (" SEQ ", '" C "', " E ", 101, '" KIND "', x'00');"
#define INBOX(ID, LINK, SEQ, KIND)                                                              \
    "INSERT INTO inbox (message_id, link, seq, kind, rule, txn) VALUES (" ID ", " LINK ", " SEQ \
    ", " KIND ", 0, " TXN ");"
#define LINK_CS_TOKYO          "x'6e6f6465013133313031360000000000'"
#define LINK_CS_YOKOHAMA       "x'6e6f6465013134313030330000000000'"
#define LINK_REGISTRY_YOKOHAMA "x'6e6f6465023134313030330000000000'"
#define A                      "00000000000"
#define B                      "11111111111"
#define C                      "22222222222"

static const node nodes[] = {
    {"registry-131016",
     {JK_ROLE_REGISTRY, "131016", 0},
     REGISTER(A, "1", "101", "0", "0", RECORD("A  ")) REGISTER(
         B, "2", "201", "0", "0", RECORD("B  ")) REGISTER(C, "2", "201", "0", "0", RECORD("C  "))
         MACHINE("15", "movein_origin_registry", CASE1, CASE1, "NULL", "MOVED", "1")
             MACHINE("15", "movein_origin_registry", CASE2, CASE2, "NULL", "FILED", "0")},
    {"cs-131016",
     {JK_ROLE_CS, "131016", 0},
     REGISTER(A, "1", "101", "1", "1", PERSON("A  ")) REGISTER(
         B, "2", "201", "1", "2", PERSON("B  ")) REGISTER(C, "2", "201", "1", "1", PERSON("C  "))
         EPISODE(A, "131016", "1", "1", PERSON("A  ")) EPISODE(B, "131016", "1", "0", PERSON("B  "))
             EPISODE(C, "131016", "1", "0", PERSON("C  ")) LOGGED("1", B, "1", "REMOVAL")
                 LOGGED("2", C, "1", "REMOVAL")
                     MACHINE("14", "movein_origin_cs", CASE1, CASE1, TXN, "MOVED", "1")
                         MACHINE("14", "movein_origin_cs", CASE2, CASE2, "NULL", "OPEN",
                                 "0") "INSERT INTO open_case VALUES ('" C "', " CASE2 ", 0);"
                                      "INSERT INTO route VALUES (" TXN ", " CASE1 ");"},
    {"terminal-131016", {JK_ROLE_TERMINAL, "131016", 0}, ""},
    {"registry-141003",
     {JK_ROLE_REGISTRY, "141003", 0},
     REGISTER(B, "1", "101", "0", "0", RECORD("B  "))
         MACHINE("13", "movein_dest_registry", TXN, CASE1, TXN, "REGISTERED", "1")},
    {"cs-141003",
     {JK_ROLE_CS, "141003", 0},
     REGISTER(B, "1", "101", "2", "2", PERSON("B  ")) EPISODE(B, "141003", "2", "1", PERSON("B  "))
         LOGGED("1", B, "2", "ENTRY") MACHINE("12", "movein_dest_cs", TXN, CASE1, TXN, "DONE", "1")
             INBOX("x'11000000000000000000000000000001'", LINK_CS_TOKYO, "1", "302")},
    {"terminal-141003",
     {JK_ROLE_TERMINAL, "141003", 0},
     MACHINE("11", "movein_terminal", TXN, CASE1, TXN, "DONE", "1")
         INBOX("x'11000000000000000000000000000002'", LINK_CS_YOKOHAMA, "1", "313")},
    {"registry-131024", {JK_ROLE_REGISTRY, "131024", 0}, ""},
    {"cs-131024", {JK_ROLE_CS, "131024", 0}, ""},
    {"prefecture-130001",
     {JK_ROLE_PREFECTURE, "130001", 0},
     EPISODE(A, "131016", "1", "1", PERSON("A  ")) EPISODE(B, "131016", "1", "0", PERSON("B  "))
         EPISODE(C, "131016", "1", "0",
                 PERSON("C  ")) "INSERT INTO applied VALUES ('131016', 2);"
                                "INSERT INTO machine VALUES (NULL, 16, 'movein_prefecture', " HERE
                                ", NULL, NULL, 1, 'KEEPING', 0, 1, x'00');"},
    {"prefecture-140007",
     {JK_ROLE_PREFECTURE, "140007", 0},
     EPISODE(B, "141003", "2", "1", PERSON("B  ")) "INSERT INTO applied VALUES ('141003', 1);"},
    {"national-000000",
     {JK_ROLE_NATIONAL, "000000", 0},
     EPISODE(A, "131016", "1", "1", PERSON("A  ")) EPISODE(B, "131016", "1", "0", PERSON("B  "))
         EPISODE(B, "141003", "2", "1", PERSON("B  "))
             EPISODE(C, "131016", "1", "0",
                     PERSON("C  ")) "INSERT INTO applied VALUES ('131016', 2), ('141003', 1);"},
    {"cards-000000",
     {JK_ROLE_CARDS, "000000", 0},
     "INSERT INTO card VALUES ('" A "', 4, '131016'), ('" B "', 4, '141003');"},
};

static const char population[] =
    "resident_code\tmunicipality_code\taddress\tname\thead_name\trelationship\tkoseki_place"
    "\tkoseki_head\n" A
    "\t131016\tstreet 1\tAnna\thead of A  \tfirst child \tplace of A\tfirst A\n" B
    "\t131016\tstreet 2\tBertha\thead of B  \tfirst child \tplace of B\tfirst of B\n" C
    "\t131016\tstreet 3\tCornelia\thead of C  \tfirst child \tplace of C\tfirst of C\n";

static const char moves[] = "txn\tresident\torigin\tdestination\n"
                            "5f000000000000000000000000000001\t" B "\t131016\t141003\n";

static void path_of(const char *name, const char *suffix, char path[128])
{
    (void)snprintf(path, 128, "%s/%s%s", folder, name, suffix);
}

static void write_file(const char *name, const char *text, const char *mode)
{
    char path[128];
    path_of(name, "", path);
    FILE *file = fopen(path, mode);
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void run_sql(const char *base, const char *sql)
{
    char path[128];
    path_of(base, ".db", path);
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK) {
        fail_msg("%s: %s", base, sqlite3_errmsg(db));
    }
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* The node's database anew, without what a test did to it. */
static void make_node(const node *n)
{
    static const char *const suffixes[] = {".db", ".db-wal", ".db-shm"};
    char path[128];
    for (size_t i = 0; i < 3; i++) {
        path_of(n->base, suffixes[i], path);
        (void)remove(path);
    }
    path_of(n->base, ".db", path);
    jk_sqlite_options options = {.node = n->id, .synchronous = JK_SQLITE_OFF};
    jk_store *store = NULL;
    jk_fault fault = {0};
    assert_int_equal(jk_sqlite_open(path, &options, &store, &fault), JK_OK);
    jk_sqlite_close(store);
    run_sql(n->base, n->sql);
}

static int make_network(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof folder, "/tmp/jk-judge-XXXXXX");
    assert_non_null(mkdtemp(folder));
    for (size_t i = 0; i < sizeof nodes / sizeof nodes[0]; i++) {
        make_node(&nodes[i]);
    }
    write_file("population.tsv", population, "w");
    write_file("moves.tsv", moves, "w");
    return 0;
}

static const node *node_of(const char *base)
{
    size_t i = 0;
    while (strcmp(nodes[i].base, base) != 0) {
        i++;
    }
    return &nodes[i];
}

static int remove_one(const char *path, const struct stat *info, int flag, struct FTW *at)
{
    (void)info;
    (void)flag;
    (void)at;
    return remove(path);
}

static int remove_network(void **state)
{
    (void)state;
    return nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static jk_verdict *judged(void)
{
    static jk_verdict verdict;
    char fault[JK_JUDGE_TEXT] = "";
    memset(&verdict, 0, sizeof verdict);
    if (jk_judge_folder(folder, &verdict, fault) != 0) {
        fail_msg("not judged: %s", fault);
    }
    return &verdict;
}

/* ---- the clean one ---- */

static void a_clean_network_has_no_violation(void **state)
{
    (void)state;
    const jk_verdict *verdict = judged();
    for (unsigned rule = 1; rule <= JK_JUDGE_RULES; rule++) {
        if (verdict->count[rule] != 0) {
            fail_msg("V%u: %s", rule, verdict->example[rule][0]);
        }
    }
    assert_int_equal(verdict->violations, 0);
    assert_int_equal(verdict->databases, sizeof nodes / sizeof nodes[0]);
    assert_int_equal(verdict->residents, 3);
}

/* ---- one damage each ---- */

typedef struct damage {
    const char *what;
    unsigned rule;
    uint64_t count;
    const char *base;
    const char *sql;
} damage;

static const damage damages[] = {
    {"a third register has him too", 1, 1, "registry-131024",
     REGISTER(B, "1", "101", "0", "0", RECORD("B  "))},
    {"the old register was never closed", 1, 1, "registry-131016",
     "UPDATE register SET status = 1 WHERE resident = '" B "'"},
    {"removed without a case", 2, 1, "cs-131016", "DELETE FROM open_case"},
    {"lost from the register", 2, 1, "registry-141003", "DELETE FROM register"},
    {"national lost an entry", 3, 1, "national-000000",
     "DELETE FROM episode WHERE resident = '" B "' AND code = '141003'"},
    {"national shows the old municipality", 3, 1, "national-000000",
     "UPDATE episode SET is_current = 0 WHERE code = '141003';"
     "UPDATE episode SET is_current = 1, is_open = 1 WHERE resident = '" B "' AND code = '131016'"},
    {"national shows who has moved out", 3, 1, "national-000000",
     "UPDATE episode SET is_current = 1, is_open = 1 WHERE resident = '" C "'"},
    {"national keeps an episode open", 3, 1, "national-000000",
     "UPDATE episode SET is_open = 1 WHERE resident = '" C "'"},
    {"national has other data", 3, 1, "national-000000",
     "UPDATE episode SET person = x'00' WHERE resident = '" A "'"},
    {"national is behind a log", 3, 1, "national-000000",
     "UPDATE applied SET seq = 1 WHERE cs = '131016'"},
    {"a prefecture lost an entry", 4, 1, "prefecture-140007", "DELETE FROM episode"},
    {"the old prefecture still shows him", 4, 1, "prefecture-130001",
     "UPDATE episode SET is_current = 1, is_open = 1 WHERE resident = '" B "'"},
    {"a prefecture has other data", 4, 1, "prefecture-140007", "UPDATE episode SET person = x'00'"},
    {"a prefecture is behind a log", 4, 1, "prefecture-130001", "DELETE FROM applied"},
    {"the CS does not know of the removal", 5, 1, "cs-131016",
     "UPDATE register SET status = 1 WHERE resident = '" C "'"},
    {"the CS does not know him", 5, 1, "cs-141003", "DELETE FROM register"},
    {"the registry has never heard of him", 5, 1, "cs-131024",
     REGISTER("33333333333", "2", "203", "1", "1", "x'00'")},
    {"the CS has other data", 5, 1, "cs-131016",
     "UPDATE register SET person = x'ffffff' WHERE resident = '" A "'"},
    {"a CS's log has a gap", 5, 1, "cs-131016", "UPDATE update_log SET seq = 5 WHERE seq = 2"},
    {"a destination waits for ever", 6, 1, "cs-141003",
     "UPDATE machine SET state_name = 'WAIT_ACCEPTED', is_final = 0"},
    {"a state without a name", 6, 1, "cs-141003",
     "UPDATE machine SET state_name = NULL, is_final = 0"},
    {"a case open at the registry alone", 6, 1, "cs-131016",
     "UPDATE machine SET state_name = 'MOVED', is_final = 1"},
    {"a case open at the CS alone", 6, 1, "registry-131016",
     "UPDATE machine SET state_name = 'CANCELLED', is_final = 1"},
    {"an epoch that nobody gave", 7, 1, "cs-131016",
     "UPDATE register SET epoch_high = 1 WHERE resident = '" B "'"},
    {"no certificate came", 7, 1, "cs-141003", "DELETE FROM inbox"},
    {"an epoch goes back in a log", 7, 1, "cs-141003", LOGGED("2", B, "1", "REMOVAL")},
    {"an epoch twice in a log", 7, 1, "cs-141003", LOGGED("2", B, "2", "ENTRY")},
    {"an epoch at two municipalities", 7, 1, "cs-131024", LOGGED("1", B, "2", "ENTRY")},
    {"the CS's record is older than its log", 7, 1, "cs-141003", "UPDATE register SET epoch = 1"},
    {"national shows an older epoch", 7, 1, "national-000000",
     "UPDATE episode SET is_current = 0 WHERE resident = '" B "';"
     "UPDATE episode SET is_current = 1 WHERE resident = '" B "' AND epoch = 1"},
    {"an episode that no CS wrote", 7, 1, "prefecture-130001",
     EPISODE(B, "131024", "7", "0", PERSON("B  "))},
    {"a dispute that the registry does not know", 6, 1, "cs-141003",
     "UPDATE machine SET state_name = 'PARKED_DISPUTED', is_final = 0"},
    {"a dispute that the CS does not know", 6, 1, "registry-141003",
     "UPDATE machine SET state_name = 'WAIT_CHOICE', is_final = 0"},
    {"a terminal waits for a card that nobody waits for", 6, 1, "terminal-141003",
     "UPDATE machine SET state_name = 'WAIT_CARD', is_final = 0"},
    {"told DONE, not entered", 8, 1, "registry-141003",
     "UPDATE machine SET state_name = 'NOT_REGISTERED'"},
    {"told REFUSED, entered", 8, 1, "terminal-141003", "UPDATE machine SET state_name = 'REFUSED'"},
    {"parked, entered", 8, 1, "terminal-141003", "UPDATE machine SET state_name = 'PARKED'"},
    {"told both", 8, 1, "terminal-141003",
     INBOX("x'11000000000000000000000000000003'", LINK_CS_YOKOHAMA, "2", "314")},
    {"told DONE, and the register does not have him", 8, 1, "registry-141003",
     "DELETE FROM register"},
    {"a card goes on where nobody entered", 9, 1, "cards-000000",
     "UPDATE card SET code = '131024' WHERE resident = '" B "'"},
    {"a card before ENTRY", 9, 1, "cs-141003", "DELETE FROM update_log"},
    {"granted, and the transaction is over", 10, 1, "cs-131016",
     "UPDATE machine SET state_name = 'GRANTED', is_final = 0 WHERE key = " CASE1},
    {"granted to nobody", 10, 1, "cs-131016",
     "UPDATE machine SET state_name = 'GRANTED' WHERE key = " CASE2},
    {"a message was never delivered", 11, 1, "cs-141003",
     "INSERT INTO outbox (link, seq, link_epoch, message_id, kind, state, rule, envelope)"
     " VALUES (" LINK_CS_TOKYO ", 9, 1, " HERE ", 310, 0, 0, x'00')"},
    {"a message was refused", 11, 1, "cs-141003",
     "INSERT INTO outbox (link, seq, link_epoch, message_id, kind, state, rule, envelope)"
     " VALUES (" LINK_CS_TOKYO ", 9, 1, " HERE ", 310, 1, 401, x'00')"},
    {"a certificate at the prefecture", 12, 1, "prefecture-140007",
     "UPDATE episode SET person = " RECORD("B  ")},
    {"a certificate in a third municipality", 12, 1, "cs-131024",
     "INSERT INTO tx_data (machine, key, name, member, value) VALUES (12, " TXN
     ", 'cert', 0, " RECORD("B  ") ")"},
    {"the family register's place at national", 12, 1, "national-000000",
     "UPDATE episode SET person = CAST('place of B' AS BLOB) WHERE resident = '" A "'"},
    {"a certificate at the terminal", 12, 1, "terminal-141003",
     "INSERT INTO tx_data (machine, key, name, member, value) VALUES (11, " TXN
     ", 'cert', 0, " RECORD("B  ") ")"},
    {"national has another number", 13, 1, "national-000000",
     "UPDATE episode SET seq = seq + 1 WHERE resident = '" A "'"},
    {"a prefecture has another reason", 13, 1, "prefecture-130001",
     "UPDATE episode SET reason_in = 103 WHERE resident = '" B "'"},
    {"a prefecture has another day", 13, 2, "prefecture-130001",
     "UPDATE episode SET change_day = 7 WHERE resident <> '" B "'"},
    {"national lost who has moved out", 13, 1, "national-000000",
     "DELETE FROM episode WHERE resident = '" C "'"},
    {"national has somebody whom no CS knows", 13, 1, "national-000000",
     "UPDATE episode SET resident = '33333333333' WHERE resident = '" C
     "';" EPISODE(C, "131016", "1", "0", PERSON("C  "))},
    {"a CS lost its own", 13, 3, "cs-131016", "DELETE FROM episode"},
    {"a CS has other data", 13, 1, "cs-141003", "UPDATE episode SET person = x'00'"},
};

static void every_damage_is_found(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
        const damage *d = &damages[i];
        run_sql(d->base, d->sql);
        const jk_verdict *verdict = judged();
        if (verdict->count[d->rule] != d->count) {
            fail_msg("%s: V%u counts %llu", d->what, d->rule,
                     (unsigned long long)verdict->count[d->rule]);
        }
        assert_true(verdict->violations >= d->count);
        assert_true(verdict->example[d->rule][0][0] != '\0');
        assert_null(strstr(verdict->example[d->rule][0], B)); /* never a person */
        make_node(node_of(d->base));
    }
}

/* ---- files ---- */

static void the_write_ahead_log_is_searched(void **state)
{
    (void)state;
    write_file("national-000000.db-wal", "page " SECRET("B  ") " page", "w");
    assert_int_equal(judged()->count[12], 1);
}

static void a_name_in_a_step_log_is_found(void **state)
{
    (void)state;
    write_file("cs-141003.log", "t=1 node=cs:141003 name=Bertha\n", "w");
    assert_int_equal(judged()->count[12], 1);
}

static void the_same_data_may_stand_where_the_move_leads(void **state)
{
    (void)state;
    run_sql("cs-141003", "INSERT INTO tx_data (machine, key, name, member, value) VALUES (12, " TXN
                         ", 'cert', 0, " RECORD("B  ") ")");
    assert_int_equal(judged()->violations, 0);
    write_file("moves.tsv",
               "txn\tresident\torigin\tdestination\n"
               "5f000000000000000000000000000001\t" B "\t131016\t131024\n",
               "w");
    assert_int_equal(judged()->count[12], 1);
}

static void a_cancelled_filing_may_enter_again(void **state)
{
    (void)state;
    run_sql("cs-131016",
            LOGGED("3", C, "2", "ENTRY") "UPDATE register SET status = 1, epoch = 2, epoch_high = "
                                         "2 WHERE resident = '" C "'; DELETE FROM open_case;"
                                         "UPDATE machine SET state_name = 'CANCELLED', "
                                         "is_final = 1 WHERE key = " CASE2);
    run_sql("registry-131016", "UPDATE register SET status = 1 WHERE resident = '" C "';"
                               "UPDATE machine SET state_name = 'CANCELLED', is_final = 1"
                               " WHERE key = " CASE2);
    run_sql("cs-131016", EPISODE(C, "131016", "2", "1", PERSON("C  ")));
    run_sql("prefecture-130001",
            EPISODE(C, "131016", "2", "1", PERSON("C  ")) "UPDATE applied SET seq = 3");
    run_sql("national-000000",
            EPISODE(C, "131016", "2", "1",
                    PERSON("C  ")) "UPDATE applied SET seq = 3 WHERE cs = '131016'");
    a_clean_network_has_no_violation(state);
    run_sql("cs-131016", "UPDATE register SET epoch_high = 1 WHERE resident = '" C "'");
    assert_int_equal(judged()->count[7], 1);
}

/* M12, M13: the transaction waits for an operator, its terminal for the card, its origin for a
 * notice that it accepts.  Parked is no end, and no violation either. */
static void who_waits_for_an_operator_may_wait(void **state)
{
    static const char *const states[] = {"PARKED_NOTICE", "PARKED_CARDS", "PARKED_DISPUTED"};
    char sql[128];
    run_sql("terminal-141003", "UPDATE machine SET state_name = 'WAIT_CARD', is_final = 0");
    run_sql("cs-131016", "UPDATE machine SET state_name = 'GRANTED', is_final = 0"
                         " WHERE key = " CASE1);
    for (size_t i = 0; i < 3; i++) {
        (void)snprintf(sql, sizeof sql, "UPDATE machine SET state_name = '%s', is_final = 0",
                       states[i]);
        run_sql("cs-141003", sql);
        if (i == 2) {
            run_sql("registry-141003",
                    "UPDATE machine SET state_name = 'WAIT_CHOICE', is_final = 0");
        }
        a_clean_network_has_no_violation(state);
    }
    run_sql("cs-141003", "UPDATE machine SET state_name = 'WAIT_ACCEPTED'");
    assert_int_equal(judged()->count[6], 1); /* one transaction, whoever waits for it */
}

/* M12: entered, told DONE, disputed, taken back, told REFUSED; the origin enters again. */
static void what_was_withdrawn_is_no_registration(void **state)
{
    run_sql("registry-141003", "UPDATE register SET status = 2, reason = 209");
    run_sql("cs-141003",
            "UPDATE register SET status = 2, reason = 209;"
            "UPDATE machine SET state_name = 'CLOSED';" LOGGED("2", B, "2", "REMOVAL")
                INBOX("x'11000000000000000000000000000004'", LINK_REGISTRY_YOKOHAMA, "1", "318"));
    run_sql("terminal-141003",
            "UPDATE machine SET state_name = 'REFUSED';" INBOX(
                "x'11000000000000000000000000000003'", LINK_CS_YOKOHAMA, "2", "314"));
    run_sql("cards-000000", "DELETE FROM card WHERE resident = '" B "'");
    run_sql("cs-131016",
            "DELETE FROM update_log; UPDATE register SET status = 1, epoch = 3, epoch_high = 3"
            " WHERE resident = '" B "';" LOGGED("1", C, "1", "REMOVAL") LOGGED("2", B, "3", "ENTRY")
                INBOX("x'11000000000000000000000000000005'", LINK_CS_YOKOHAMA, "1", "319"));
    run_sql("registry-131016", "UPDATE register SET status = 1 WHERE resident = '" B "'");
    run_sql("prefecture-140007",
            "UPDATE episode SET is_open = 0, is_current = 0; UPDATE applied SET seq = 2");
    run_sql("cs-141003", "UPDATE episode SET is_open = 0, is_current = 0");
    run_sql("cs-131016", EPISODE(B, "131016", "3", "1", PERSON("B  ")));
    run_sql("prefecture-130001", EPISODE(B, "131016", "3", "1", PERSON("B  ")));
    run_sql("national-000000",
            "UPDATE episode SET is_open = 0, is_current = 0 WHERE resident = '" B
            "'; UPDATE applied SET seq = 2;" EPISODE(B, "131016", "3", "1", PERSON("B  ")));
    a_clean_network_has_no_violation(state);
    run_sql("cs-131016", "DELETE FROM inbox"); /* why did it enter again? */
    assert_int_equal(judged()->count[7], 1);
    run_sql("cs-141003", "DELETE FROM inbox WHERE kind = 318"); /* told REFUSED, and entered */
    assert_int_equal(judged()->count[8], 1);
}

/* A correction is told to nobody but CS and origin yet; other data of anybody else is damage. */
static void a_corrected_record_differs_at_the_servers(void **state)
{
    run_sql("registry-141003", "UPDATE register SET person = " RECORD("B2 "));
    run_sql("cs-141003", "UPDATE register SET person = " PERSON("B2 "));
    assert_int_equal(judged()->count[3], 1);
    assert_int_equal(judged()->count[4], 1);
    run_sql("cs-141003",
            INBOX("x'11000000000000000000000000000006'", LINK_REGISTRY_YOKOHAMA, "2", "317"));
    a_clean_network_has_no_violation(state);
}

static void expect_refused(const char *part)
{
    jk_verdict verdict = {.violations = 77};
    char fault[JK_JUDGE_TEXT] = "";
    assert_int_equal(jk_judge_folder(folder, &verdict, fault), -1);
    assert_int_equal(verdict.violations, 77); /* unchanged */
    if (strstr(fault, part) == NULL) {
        fail_msg("fault: %s", fault);
    }
}

static void what_cannot_be_judged_is_refused(void **state)
{
    char path[128];
    path_of("national-000000", ".db", path);
    assert_int_equal(remove(path), 0);
    expect_refused("whole network");
    write_file("national-000000.db", "this is no database", "w");
    expect_refused("national-000000");
    assert_int_equal(remove_network(state), 0);
    expect_refused("folder");
    assert_int_equal(make_network(state), 0);
    write_file("population.tsv", "resident_code\tname\n", "w");
    expect_refused("population.tsv");
    write_file("population.tsv", population, "w");
    write_file("moves.tsv", "txn\tresident\torigin\tdestination\n5f0g\t1\t2\t3\n", "w");
    expect_refused("moves.tsv");
    write_file("moves.tsv", "txn\tresident\torigin\tdestination\n5f00\n", "w");
    expect_refused("moves.tsv");
    path_of("population.tsv", "", path);
    assert_int_equal(remove(path), 0);
    expect_refused("population.tsv");
}

static void every_rule_has_a_text(void **state)
{
    (void)state;
    assert_null(jk_judge_rule_text(0));
    assert_null(jk_judge_rule_text(JK_JUDGE_RULES + 1));
    bool seen[JK_JUDGE_RULES + 1] = {false};
    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
        seen[damages[i].rule] = true;
    }
    for (unsigned rule = 1; rule <= JK_JUDGE_RULES; rule++) {
        assert_non_null(jk_judge_rule_text(rule));
        assert_true(seen[rule]); /* a rule without a damage that it finds proves nothing */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_clean_network_has_no_violation, make_network,
                                        remove_network),
        cmocka_unit_test_setup_teardown(every_damage_is_found, make_network, remove_network),
        cmocka_unit_test_setup_teardown(the_write_ahead_log_is_searched, make_network,
                                        remove_network),
        cmocka_unit_test_setup_teardown(a_name_in_a_step_log_is_found, make_network,
                                        remove_network),
        cmocka_unit_test_setup_teardown(the_same_data_may_stand_where_the_move_leads, make_network,
                                        remove_network),
        cmocka_unit_test_setup_teardown(a_cancelled_filing_may_enter_again, make_network,
                                        remove_network),
        cmocka_unit_test_setup_teardown(who_waits_for_an_operator_may_wait, make_network,
                                        remove_network),
        cmocka_unit_test_setup_teardown(what_was_withdrawn_is_no_registration, make_network,
                                        remove_network),
        cmocka_unit_test_setup_teardown(a_corrected_record_differs_at_the_servers, make_network,
                                        remove_network),
        cmocka_unit_test_setup_teardown(what_cannot_be_judged_is_refused, make_network,
                                        remove_network),
        cmocka_unit_test(every_rule_has_a_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
