/* SPDX-License-Identifier: Apache-2.0 */
/* The auditor of a demo: a child process that compares every town's CS with its prefecture and
 * national while people move, changes rows behind the servers' backs by plain SQL, compares again,
 * must be shown exactly those, approves the repairs, and must find everything equal.  It speaks to
 * the nodes as an operator does, and to the demo over a pipe. */
#define _POSIX_C_SOURCE 200809L

#include "demo_run.h"

#include "tool/client.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    ANSWER_MS = 10000,
    PAUSE_MS = 50,
    TRIES_MAX = 600, /* of a question: a node may be down for a while */
    ROUNDS_MAX = 20, /* of one comparison: a server may die in each */
    SERVERS = 2,     /* the prefecture, national */
    CODE_SIZE = 12
};

typedef enum damage_kind {
    CHANGED,
    NUMBERED,
    REMOVED,
    ADDED,
    KINDS
} damage_kind;

static const char *const kind_words[KINDS] = {"changed", "sequence number", "removed", "added"};
static const char *const kind_words_ja[KINDS] = {"変更", "更新番号", "削除", "追加"};
static const char *const kind_classes[KINDS] = {"DIFF", "DIFF", "CS_ONLY", "SERVER_ONLY"};

typedef struct damage {
    unsigned town;
    unsigned server; /* 0 prefecture, 1 national */
    damage_kind kind;
    char resident[CODE_SIZE];
    unsigned shown; /* how often the second round showed it */
} damage;

#define DAMAGES (DEMO_TOWNS * SERVERS * KINDS)

/* What the child works on. */
typedef struct auditor {
    demo_run *run;
    FILE *out; /* to the demo: a word, who, what */
    damage damages[DAMAGES];
    size_t count;
    demo_reconciled result;
} auditor;

/* ---- the child: telling ---- */

static void tell(auditor *a, const char *who, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void tell(auditor *a, const char *who, const char *format, ...)
{
    va_list list;
    (void)fprintf(a->out, "event\t%s\t", who);
    va_start(list, format);
    (void)vfprintf(a->out, format, list);
    va_end(list);
    (void)fprintf(a->out, "\n");
    (void)fflush(a->out);
}

static bool fail(auditor *a, const char *who, const char *what)
{
    (void)fprintf(a->out, "fault\t%s\t%s\n", who, what);
    (void)fflush(a->out);
    return false;
}

static void pause_ms(long ms)
{
    const struct timespec time = {ms / 1000, ms % 1000 * 1000000};
    (void)nanosleep(&time, NULL);
}

/* ---- the child: asking ---- */

/* The answer; NULL: the node did not answer, or died before it did. */
static json_t *ask_once(const auditor *a, const demo_node *node, const json_t *request)
{
    char path[64];
    /* By the folder's descriptor, so that a long path does no harm. */
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d/%s.sock", a->run->net.folder_fd,
                   node->base);
    const int descriptor = jk_client_open(path);
    if (descriptor < 0) {
        return NULL;
    }
    json_t *answer = jk_client_ask(descriptor, json_deep_copy(request), ANSWER_MS);
    jk_client_close(descriptor);
    return answer;
}

/* Asks until it is answered, and takes the request over.  Every one of them may be asked twice. */
static json_t *ask(auditor *a, const demo_node *node, json_t *request)
{
    json_t *answer = NULL;
    for (unsigned i = 0; request != NULL && answer == NULL && i < TRIES_MAX; i++) {
        if (i > 0) {
            pause_ms(PAUSE_MS);
        }
        answer = ask_once(a, node, request);
    }
    json_decref(request);
    if (answer == NULL) {
        (void)fail(a, node->base, "does not answer");
    }
    return answer;
}

static bool is_ok(const json_t *answer)
{
    return json_is_true(json_object_get(answer, "ok"));
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

static long long number_of(const json_t *object, const char *key)
{
    return (long long)json_integer_value(json_object_get(object, key));
}

static demo_node *cs_of(const auditor *a, unsigned town)
{
    return demo_node_of(a->run, JK_ROLE_CS, demo_town_codes[town]);
}

static demo_node *server_of(const auditor *a, unsigned town, unsigned server)
{
    const char *code = demo_town_codes[town];
    if (server == 1) {
        return demo_node_of(a->run, JK_ROLE_NATIONAL, "000000");
    }
    for (unsigned i = 0; i < DEMO_PREFECTURES; i++) {
        if (memcmp(code, demo_prefecture_codes[i], 2) == 0) {
            return demo_node_of(a->run, JK_ROLE_PREFECTURE, demo_prefecture_codes[i]);
        }
    }
    return NULL;
}

/* ---- the child: a round ---- */

static bool is_open(const json_t *row)
{
    return row == NULL || strcmp(text_of(row, "state"), "WAIT_RESULTS") == 0;
}

/* The town's row once its round has ended; the caller's.  NULL: told. */
static json_t *wait_round(auditor *a, const demo_node *node)
{
    for (unsigned i = 0; i < TRIES_MAX; i++) {
        json_t *answer = ask(a, node, jk_client_request("reconcile-status"));
        if (answer == NULL) {
            return NULL;
        }
        json_t *row = json_array_get(json_object_get(answer, "rows"), 0);
        if (!is_open(row)) {
            json_incref(row);
            json_decref(answer);
            return row;
        }
        json_decref(answer);
        pause_ms(PAUSE_MS);
    }
    (void)fail(a, node->base, "a round does not end");
    return NULL;
}

/* Both servers compared: how many records differ at them; -1: one did not answer in time. */
static long long findings_of(auditor *a, const json_t *row, const demo_node *node)
{
    size_t index = 0;
    size_t compared = 0;
    long long findings = 0;
    json_t *session = NULL;
    json_array_foreach(json_object_get(row, "sessions"), index, session)
    {
        const char *result = text_of(session, "result");
        const bool both = strcmp(result, "EQUAL") == 0 || strcmp(result, "DIFFERENT") == 0;
        compared += both ? 1 : 0;
        findings += both ? number_of(session, "findings") : 0;
        if (both) {
            a->result.bytes +=
                (uint64_t)(number_of(session, "bytes_sent") + number_of(session, "bytes_received"));
            a->result.records += (uint64_t)number_of(session, "count_own");
        } else {
            tell(a, node->base, "%s: %s; once more", text_of(session, "server"), result);
        }
    }
    return compared == SERVERS ? findings : -1;
}

/* Compares a town until both servers have answered; how many records differ, -1: told. */
static long long compare(auditor *a, unsigned town)
{
    const demo_node *node = cs_of(a, town);
    for (unsigned i = 0; i < ROUNDS_MAX; i++) {
        json_t *answer = ask(a, node, jk_client_request("reconcile-start"));
        if (answer == NULL) {
            return -1;
        }
        json_decref(answer); /* not now: one is open, its answer was lost */
        json_t *row = wait_round(a, node);
        if (row == NULL) {
            return -1;
        }
        const long long findings = findings_of(a, row, node);
        json_decref(row);
        a->result.rounds++;
        if (findings >= 0) {
            return findings;
        }
    }
    (void)fail(a, node->base, "no round reaches both servers");
    return -1;
}

static bool all_equal(auditor *a, const char *when)
{
    for (unsigned town = 0; town < DEMO_TOWNS; town++) {
        const long long findings = compare(a, town);
        if (findings < 0) {
            return false;
        }
        if (findings > 0) {
            char text[96];
            (void)snprintf(text, sizeof text, "%lld records differ %s", findings, when);
            return fail(a, cs_of(a, town)->base, text);
        }
    }
    tell(a, "auditor", "three towns equal prefecture and national, %s", when);
    return true;
}

/* ---- the child: damage ---- */

static sqlite3 *open_behind(auditor *a, const demo_node *node)
{
    sqlite3 *db = NULL;
    char path[DEMO_PATH + 64];
    (void)snprintf(path, sizeof path, "%s/%s.db", a->run->net.folder, node->base);
    if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK ||
        sqlite3_busy_timeout(db, ANSWER_MS) != SQLITE_OK) {
        (void)sqlite3_close(db);
        return NULL;
    }
    return db;
}

static const char *const damage_sql[KINDS] = {
    [CHANGED] =
        "UPDATE episode SET person = CAST(replace(CAST(person AS TEXT), '町', '村') AS BLOB)"
        " WHERE resident = ?1 AND code = ?2 AND instr(person, CAST('町' AS BLOB)) > 0",
    [NUMBERED] = "UPDATE episode SET seq = seq + 5 WHERE resident = ?1 AND code = ?2",
    [REMOVED] = "DELETE FROM episode WHERE resident = ?1 AND code = ?2",
    [ADDED] = "INSERT INTO episode (resident, code, epoch, is_open, is_current, reason_in,"
              "  reason_out, person, seq, change_day)"
              " SELECT ?1, code, epoch, is_open, 0, reason_in, reason_out, person, seq, change_day"
              "  FROM episode WHERE code = ?2 LIMIT 1",
};

/* True if exactly one row was changed. */
static bool change(sqlite3 *db, const char *sql, const char *resident, const char *code)
{
    sqlite3_stmt *made = NULL;
    const bool done = sqlite3_prepare_v2(db, sql, -1, &made, NULL) == SQLITE_OK &&
                      sqlite3_bind_text(made, 1, resident, -1, SQLITE_TRANSIENT) == SQLITE_OK &&
                      sqlite3_bind_text(made, 2, code, -1, SQLITE_TRANSIENT) == SQLITE_OK &&
                      sqlite3_step(made) == SQLITE_DONE && sqlite3_changes(db) == 1;
    (void)sqlite3_finalize(made);
    return done;
}

static bool moves(const demo_plan *plan, size_t person)
{
    for (size_t i = 0; i < plan->count; i++) {
        for (unsigned member = 0; member < plan->moves[i].count; member++) {
            if (plan->moves[i].person[member] == person) {
                return true;
            }
        }
    }
    return false;
}

/* Somebody of that town who stays, and was not taken before. */
static const char *somebody(const demo_plan *plan, unsigned town, size_t *next)
{
    while (*next < plan->people_count) {
        const size_t person = (*next)++;
        if (strcmp(plan->people[person].municipality_code, demo_town_codes[town]) == 0 &&
            !moves(plan, person)) {
            return plan->people[person].resident_code;
        }
    }
    return NULL;
}

static bool damage_one(auditor *a, sqlite3 *db, damage *d, size_t *next)
{
    const char *resident = NULL;
    if (d->kind == ADDED) { /* a code that is nobody's */
        (void)snprintf(d->resident, sizeof d->resident, "000000%05u",
                       (unsigned)(a->count + 1) % 100000U);
        return change(db, damage_sql[ADDED], d->resident, demo_town_codes[d->town]);
    }
    while ((resident = somebody(&a->run->plan, d->town, next)) != NULL) {
        if (change(db, damage_sql[d->kind], resident, demo_town_codes[d->town])) {
            (void)snprintf(d->resident, sizeof d->resident, "%.11s", resident);
            return true;
        }
    }
    return false;
}

static bool damage_all(auditor *a)
{
    for (unsigned town = 0; town < DEMO_TOWNS; town++) {
        size_t next = 0;
        for (unsigned server = 0; server < SERVERS; server++) {
            const demo_node *node = server_of(a, town, server);
            sqlite3 *db = open_behind(a, node);
            bool good = db != NULL;
            for (damage_kind kind = CHANGED; good && kind < KINDS; kind++) {
                damage *d = &a->damages[a->count];
                *d = (damage){.town = town, .server = server, .kind = kind};
                good = damage_one(a, db, d, &next);
                a->count++;
            }
            (void)sqlite3_close(db);
            if (!good) {
                return fail(a, node->base, "its rows cannot be changed");
            }
        }
    }
    a->result.damaged = (unsigned)a->count;
    tell(a, "auditor",
         "%zu records are changed, removed or added by SQL at two prefectures and "
         "national",
         a->count);
    return true;
}

/* ---- the child: every row is read ---- */

static bool scrub(auditor *a, const demo_node *node, const char *code)
{
    for (unsigned i = 0; i < TRIES_MAX; i++) {
        json_t *request = jk_client_request("reconcile-scrub");
        (void)json_object_set_new(request, "municipality", json_string(code));
        json_t *answer = ask(a, node, request);
        const bool good = is_ok(answer);
        const bool done = json_is_true(json_object_get(answer, "done"));
        a->result.scrubbed += (uint64_t)number_of(answer, "rows");
        json_decref(answer);
        if (!good) {
            return answer != NULL && fail(a, node->base, "a scrub was refused");
        }
        if (done) {
            return true;
        }
    }
    return fail(a, node->base, "a scrub does not end");
}

/* Twice: one that the node had begun by itself goes on first. */
static bool scrub_all(auditor *a)
{
    for (unsigned town = 0; town < DEMO_TOWNS; town++) {
        for (unsigned i = 0; i < 2 * SERVERS; i++) {
            if (!scrub(a, server_of(a, town, i / 2), demo_town_codes[town])) {
                return false;
            }
        }
    }
    tell(a, "auditor", "every row of the servers was read against its digest");
    return true;
}

/* ---- the child: what the second round shows ---- */

static bool take_row(auditor *a, unsigned town, const json_t *row)
{
    const char *server = text_of(row, "server");
    for (size_t i = 0; i < a->count; i++) {
        damage *d = &a->damages[i];
        if (d->town == town && strcmp(d->resident, text_of(row, "resident")) == 0 &&
            strcmp(server, d->server == 1 ? "national" : "prefecture") == 0 &&
            strcmp(text_of(row, "class"), kind_classes[d->kind]) == 0) {
            d->shown++;
            return true;
        }
    }
    return fail(a, cs_of(a, town)->base, "a record is shown that was not damaged");
}

static bool look(auditor *a, unsigned town)
{
    json_t *answer = ask(a, cs_of(a, town), jk_client_request("reconcile-diff"));
    (void)snprintf(a->result.round, sizeof a->result.round, "%.32s", text_of(answer, "round"));
    bool good = is_ok(answer) && json_object_get(answer, "next") == NULL;
    size_t index = 0;
    json_t *row = NULL;
    json_array_foreach(json_object_get(answer, "rows"), index, row)
    {
        good = good && take_row(a, town, row);
        a->result.shown++;
    }
    json_decref(answer);
    return good;
}

static bool find_all(auditor *a)
{
    for (unsigned town = 0; town < DEMO_TOWNS; town++) {
        if (compare(a, town) < 0 || !look(a, town)) {
            return false;
        }
    }
    for (size_t i = 0; i < a->count; i++) {
        const damage *d = &a->damages[i];
        a->result.kind[d->kind] += d->shown == 1 ? 1U : 0U;
        if (d->shown != 1) {
            return fail(a, server_of(a, d->town, d->server)->base,
                        "a damaged record was not shown once");
        }
    }
    tell(a, "auditor", "exactly these %zu are shown", a->count);
    return true;
}

/* ---- the child: repair ---- */

static bool repair(auditor *a, unsigned town)
{
    const demo_node *node = cs_of(a, town);
    json_t *after = NULL;
    for (unsigned i = 0; i < TRIES_MAX; i++) {
        json_t *request = jk_client_request("reconcile-repair");
        (void)json_object_set_new(request, "all", json_true());
        (void)json_object_set_new(request, "approve", json_string("auditor"));
        if (after != NULL) {
            (void)json_object_set_new(request, "after", after);
        }
        json_t *answer = ask(a, node, request);
        const bool good = is_ok(answer);
        a->result.repaired += (unsigned)number_of(answer, "approved");
        after = json_incref(json_object_get(answer, "next"));
        json_decref(answer);
        if (!good) {
            return answer != NULL && fail(a, node->base, "a repair was refused");
        }
        if (after == NULL) {
            return true;
        }
    }
    json_decref(after);
    return fail(a, node->base, "repairs do not end");
}

static bool repair_all(auditor *a)
{
    for (unsigned town = 0; town < DEMO_TOWNS; town++) {
        if (!repair(a, town)) {
            return false;
        }
    }
    tell(a, "auditor", "the repair of all of them is approved");
    return true;
}

static void audit(auditor *a)
{
    a->result.done = all_equal(a, "before") && damage_all(a) && scrub_all(a) && find_all(a) &&
                     repair_all(a) && all_equal(a, "after");
    const demo_reconciled *r = &a->result;
    (void)fprintf(a->out, "result\t%d %u %u %u %u %llu %llu %llu %u %u %u %u %s\n", r->done ? 1 : 0,
                  r->rounds, r->damaged, r->shown, r->repaired, (unsigned long long)r->records,
                  (unsigned long long)r->bytes, (unsigned long long)r->scrubbed, r->kind[CHANGED],
                  r->kind[NUMBERED], r->kind[REMOVED], r->kind[ADDED],
                  r->round[0] != '\0' ? r->round : "-");
    (void)fclose(a->out);
}

/* ---- the demo's side ---- */

bool demo_audit_start(demo_run *run)
{
    int ends[2];
    if (pipe(ends) != 0) {
        (void)snprintf(run->fault, sizeof run->fault, "no pipe");
        return false;
    }
    (void)fflush(NULL);
    const pid_t pid = fork();
    if (pid == 0) {
        (void)close(ends[0]);
        (void)signal(SIGPIPE, SIG_DFL);
        auditor *a = calloc(1, sizeof *a);
        if (a != NULL) {
            a->run = run;
            a->out = fdopen(ends[1], "w");
            if (a->out != NULL) {
                audit(a);
            }
        }
        _exit(0);
    }
    (void)close(ends[1]);
    run->audit_pid = pid;
    run->audit_fd = ends[0];
    if (pid < 0 || fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0) {
        (void)snprintf(run->fault, sizeof run->fault, "no auditor");
        return false;
    }
    return true;
}

/* "event", "fault" or "result", then tab and text. */
static void take_line(demo_run *run, char *line)
{
    demo_reconciled *r = &run->reconciled;
    char *who = strchr(line, '\t');
    char *what = who != NULL ? strchr(who + 1, '\t') : NULL;
    run->change_ms = demo_now_ms();
    if (strncmp(line, "result\t", 7) == 0) {
        unsigned long long records = 0;
        unsigned long long bytes = 0;
        unsigned long long scrubbed = 0;
        int done = 0;
        if (sscanf(line + 7, "%d %u %u %u %u %llu %llu %llu %u %u %u %u %32s", &done, &r->rounds,
                   &r->damaged, &r->shown, &r->repaired, &records, &bytes, &scrubbed, &r->kind[0],
                   &r->kind[1], &r->kind[2], &r->kind[3], r->round) == 13) {
            r->done = done == 1;
            r->records = records;
            r->bytes = bytes;
            r->scrubbed = scrubbed;
        }
        return;
    }
    if (what == NULL) {
        return;
    }
    *who++ = '\0';
    *what++ = '\0';
    if (strcmp(line, "event") == 0) {
        demo_show_event(run, what, who);
    } else if (r->fault[0] == '\0') {
        (void)snprintf(r->fault, sizeof r->fault, "%.30s: %.120s", who, what);
    }
}

/* The child has closed its end. */
static void reap(demo_run *run)
{
    (void)close(run->audit_fd);
    (void)waitpid(run->audit_pid, NULL, 0);
    run->audit_pid = 0;
    if (!run->reconciled.done && run->reconciled.fault[0] == '\0') {
        (void)snprintf(run->reconciled.fault, sizeof run->reconciled.fault,
                       "the auditor ended without a result");
    }
}

void demo_audit_look(demo_run *run)
{
    while (run->audit_pid > 0) {
        const ssize_t size = read(run->audit_fd, run->audit_line + run->audit_used,
                                  sizeof run->audit_line - 1 - run->audit_used);
        if (size < 0 && (errno == EAGAIN || errno == EINTR)) {
            return;
        }
        if (size <= 0) {
            reap(run);
            return;
        }
        run->audit_used += (size_t)size;
        run->audit_line[run->audit_used] = '\0';
        for (char *end = NULL; (end = strchr(run->audit_line, '\n')) != NULL;) {
            *end++ = '\0';
            take_line(run, run->audit_line);
            run->audit_used = strlen(end);
            memmove(run->audit_line, end, run->audit_used + 1);
        }
        if (run->audit_used == sizeof run->audit_line - 1) {
            run->audit_used = 0; /* no line is so long */
        }
    }
}

void demo_audit_end(demo_run *run)
{
    if (run->audit_pid > 0) {
        (void)kill(run->audit_pid, SIGKILL);
        reap(run);
    }
}

/* ---- what is shown ---- */

void demo_add_reconciled(demo_reconciled *sum, const demo_reconciled *one)
{
    sum->rounds += one->rounds;
    sum->damaged += one->damaged;
    sum->shown += one->shown;
    sum->repaired += one->repaired;
    for (damage_kind kind = CHANGED; kind < KINDS; kind++) {
        sum->kind[kind] += one->kind[kind];
    }
    sum->records += one->records;
    sum->bytes += one->bytes;
    sum->scrubbed += one->scrubbed;
}

json_t *demo_reconciled_object(const demo_reconciled *r, unsigned runs)
{
    return json_pack("{s:i, s:i, s:i, s:i, s:i, s:I, s:I, s:I}", "runs_equal", (int)runs, "rounds",
                     (int)r->rounds, "damaged", (int)r->damaged, "shown", (int)r->shown, "repaired",
                     (int)r->repaired, "records", (json_int_t)r->records, "bytes",
                     (json_int_t)r->bytes, "scrubbed", (json_int_t)r->scrubbed);
}

static void row(FILE *out, const char *english, const char *japanese, const char *indent)
{
    const size_t width = demo_width(english) + demo_width(japanese) + demo_width(indent) + 1;
    (void)fprintf(out, "%s%s %s%*s", indent, english, japanese, width < 36 ? (int)(36 - width) : 0,
                  "");
}

void demo_show_reconciled(const demo_reconciled *r, FILE *out)
{
    (void)fprintf(out, "\n");
    row(out, "damaged by SQL", "直接破損", "");
    (void)fprintf(out, "%5u   at two prefectures and national, while people moved\n", r->damaged);
    for (damage_kind kind = CHANGED; kind < KINDS; kind++) {
        row(out, kind_words[kind], kind_words_ja[kind], "  ");
        (void)fprintf(out, "%5u   shown as %s\n", r->kind[kind], kind_classes[kind]);
    }
    row(out, "shown by the rounds", "検出", "");
    (void)fprintf(out, "%5u\n", r->shown);
    row(out, "repairs in the logs", "修復", "");
    (void)fprintf(out, "%5u   %s\n", r->repaired, r->done ? "and all equal, before and after" : "");
    row(out, "sessions of rounds", "照合", "");
    (void)fprintf(out, "%5u   %llu records compared by %llu bytes\n", SERVERS * r->rounds,
                  (unsigned long long)r->records, (unsigned long long)r->bytes);
}
