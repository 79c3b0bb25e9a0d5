/* SPDX-License-Identifier: Apache-2.0 */
/* Golden traces: a script of commands, a line of dashes, and the step records that it must give.
 *   JK_REWRITE=1 ctest -L golden     rewrites them; read the diff, commit only what you
 * understand. */
#include "lib/town.h"

#include "movein.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_SIZE 262144
#define NAMES_MAX 8
#define SEPARATOR "----\n"

typedef struct script {
    town t;
    jk_token case_id[NAMES_MAX];
    jk_token txn[NAMES_MAX];
    int cases;
    int txns;
    int recoded; /* residents who have the town's spare code now: 0 or 1 */
    char verdict[TEXT_SIZE];
    size_t verdict_size;
} script;

static const world_faults calm = {0, 0, 1, 0};

__attribute__((format(printf, 2, 3))) static void say(script *s, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int used = vsnprintf(s->verdict + s->verdict_size, sizeof s->verdict - s->verdict_size, format,
                         arguments);
    va_end(arguments);
    assert_true(used > 0 && (size_t)used < sizeof s->verdict - s->verdict_size);
    s->verdict_size += (size_t)used;
}

/* "cs0", "registry1", "national": the node of a word. */
static world_node *node_of(script *s, const char *word)
{
    int index = word[strlen(word) - 1] - '0';
    if (strcmp(word, "national") == 0) {
        return s->t.national;
    }
    if (strcmp(word, "cards") == 0) {
        return s->t.cards;
    }
    assert_in_range(index, 0, 2);
    switch (word[0]) {
    case 'c': return s->t.cs[index];
    case 'r': return s->t.registry[index];
    case 't': return s->t.terminal[index];
    default: return s->t.prefecture[index];
    }
}

static void told(script *s, const char *line, jk_status status)
{
    if (status != JK_OK) {
        say(s, "%s: %s\n", line, jk_status_name(status));
    }
}

static void show(script *s)
{
    for (int i = 0; i < TOWN_RESIDENTS + s->recoded; i++) {
        say(s, "resident %d: registers %x, national %d, prefectures %d %d\n", i,
            town_registers(&s->t, i), town_shown(&s->t, s->t.national, i),
            town_shown(&s->t, s->t.prefecture[0], i), town_shown(&s->t, s->t.prefecture[1], i));
    }
}

static uint16_t reason_of(const char *word)
{
    static const struct {
        const char *word;
        uint16_t reason;
    } reasons[] = {
        {"abroad", JK_REASON_MOVED_ABROAD},
        {"other-municipality", JK_REASON_OTHER_MUNICIPALITY},
        {"double", JK_REASON_DOUBLE},
        {"none", 0},
    };

    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++) {
        if (strcmp(reasons[i].word, word) == 0) {
            return reasons[i].reason;
        }
    }
    fail_msg("unknown reason: %s", word);
    return 0;
}

/* Filings and move-ins; false: it is none of them.  Numbers: municipalities 0 to 2, residents 0 to
 * 3, days from today; cases and transactions in the order in which they were made. */
static bool moving(script *s, const char *line)
{
    char odd[32] = "";
    int a = 0;
    int b = 0;
    int c = 0;
    int d = 0;
    if (sscanf(line, "file-out %d %d", &a, &b) == 2) {
        told(s, line, town_file_out(&s->t, a, TOWN_TODAY + b, &s->case_id[s->cases++]));
    } else if (sscanf(line, "file-out-from %d %d %d %d", &a, &b, &c, &d) == 4) {
        const town_filing filing = {a, b, c, TOWN_TODAY + d};
        told(s, line, town_file(&s->t, &filing, &s->case_id[s->cases++]));
    } else if (sscanf(line, "cancel-out %d", &a) == 1) {
        told(s, line, town_cancel_out(&s->t, &s->case_id[a]));
    } else if (sscanf(line, "move-in %d %d %d", &a, &b, &c) == 3) {
        told(s, line, town_move_in(&s->t, a, b, c, &s->txn[s->txns++]));
    } else if (sscanf(line, "move-in-from %d %d %d %d", &d, &a, &b, &c) == 4) {
        const town_request request = {a, b, c, TOWN_TODAY, true, true, d};
        told(s, line, town_request_move_in(&s->t, &request, &s->txn[s->txns++]));
    } else if (sscanf(line, "move-in-with %31s %d %d %d", odd, &a, &b, &c) == 4) {
        const town_request request = {
            a, b, c, TOWN_TODAY, strcmp(odd, "bad-card") != 0, strcmp(odd, "locked-pin") != 0, 0};
        told(s, line, town_request_move_in(&s->t, &request, &s->txn[s->txns++]));
    } else if (sscanf(line, "stop %d %d", &a, &b) == 2) {
        told(s, line, town_stop(&s->t, a, &s->txn[b]));
    } else {
        return false;
    }
    return true;
}

/* What clerks and operators decide; false: it is none of it. */
static bool deciding(script *s, const char *line)
{
    char word[32] = "";
    int a = 0;
    int b = 0;
    int c = 0;
    int d = 0;
    if (sscanf(line, "clerk %d %31s", &a, word) == 2) {
        say(s, "%s: %d\n", line, town_clerk(&s->t, a, strcmp(word, "enter") == 0));
    } else if (sscanf(line, "death %d %d %d %d", &a, &b, &c, &d) == 4) {
        const town_death death = {a, c, d, TOWN_TODAY};
        told(s, line, town_die(&s->t, &death, &s->case_id[b]));
    } else if (sscanf(line, "recode %d %d %d %d", &a, &b, &c, &d) == 4) {
        told(s, line, town_recode(&s->t, &s->case_id[a], b, s->t.code[c], s->t.code[d]));
        s->recoded = s->recoded || d == TOWN_SPARE;
    } else if (sscanf(line, "choose %d %d %31s", &a, &b, word) == 3) {
        told(s, line, town_choose(&s->t, a, &s->txn[b], word));
    } else if (sscanf(line, "dispute %d %d %31s", &a, &b, word) == 3) {
        told(s, line, town_dispute(&s->t, &s->case_id[a], b, reason_of(word)));
    } else if (sscanf(line, "override %d", &a) == 1) {
        told(s, line, town_override(&s->t, &s->case_id[a]));
    } else if (sscanf(line, "give-up %d %d", &a, &b) == 2) {
        told(s, line, town_give_up(&s->t, a, &s->txn[b]));
    } else if (sscanf(line, "end-without-card %d %d", &a, &b) == 2) {
        told(s, line, town_end_without_card(&s->t, a, &s->txn[b]));
    } else if (sscanf(line, "card %d %d", &a, &b) == 2) {
        assert_true(town_card(&s->t, a, (uint8_t)b));
    } else {
        return false;
    }
    return true;
}

/* What the world does. */
static void happening(script *s, const char *line)
{
    char first[32] = "";
    char second[32] = "";
    int a = 0;
    if (sscanf(line, "run %d", &a) == 1) {
        assert_true(world_run(s->t.w, world_now(s->t.w) + a));
    } else if (sscanf(line, "cut %31s %31s", first, second) == 2) {
        world_cut(node_of(s, first), node_of(s, second), true);
    } else if (sscanf(line, "heal %31s %31s", first, second) == 2) {
        world_cut(node_of(s, first), node_of(s, second), false);
    } else if (sscanf(line, "restart %31s", first) == 1) {
        world_restart(node_of(s, first));
    } else if (sscanf(line, "day %d", &a) == 1) {
        world_set_today(s->t.w, TOWN_TODAY + a);
    } else if (sscanf(line, "lose %d", &a) == 1) {
        world_faults faults = {(unsigned)a, 0, 1, 0};
        world_set_faults(s->t.w, &faults);
    } else if (sscanf(line, "repeat %d", &a) == 1) {
        world_faults faults = {0, (unsigned)a, 1, 0};
        world_set_faults(s->t.w, &faults);
    } else if (strcmp(line, "settle") == 0) {
        assert_true(town_settle(&s->t));
    } else if (strcmp(line, "show") == 0) {
        show(s);
    } else {
        fail_msg("unknown command: %s", line);
    }
}

/* One command appends what it was told, then the steps that it caused. */
static void command(script *s, const char *line)
{
    if (!moving(s, line) && !deciding(s, line)) {
        happening(s, line);
    }
    say(s, "%s", world_trace(s->t.w)[0] == '\0' ? "\n" : world_trace(s->t.w));
    world_clear_trace(s->t.w);
}

static void run_lines(script *s, const char *text, size_t script_size)
{
    static char lines[8192];
    assert_true(script_size < sizeof lines);
    memcpy(lines, text, script_size);
    lines[script_size] = '\0';
    for (char *line = lines; *line != '\0';) {
        char *next = strchr(line, '\n');
        assert_non_null(next);
        *next = '\0';
        if (line[0] != '#' && line[0] != '\0') {
            say(s, "> %s\n", line);
            command(s, line);
        }
        line = next + 1;
    }
}

static void run_script(const char *path, const char *text)
{
    const char *end = strstr(text, SEPARATOR);
    size_t script_size = end == NULL ? strlen(text) : (size_t)(end - text);
    script *s = calloc(1, sizeof *s);
    assert_non_null(s);
    assert_true(town_open(&s->t, 1, &calm));
    run_lines(s, text, script_size);
    if (getenv("JK_REWRITE") != NULL) {
        FILE *file = fopen(path, "w");
        assert_non_null(file);
        (void)fwrite(text, 1, script_size, file);
        (void)fprintf(file, "%s%s", SEPARATOR, s->verdict);
        assert_int_equal(fclose(file), 0);
    } else {
        assert_non_null(end);
        assert_string_equal(s->verdict, end + strlen(SEPARATOR));
    }
    town_close(&s->t);
    free(s);
}

/* The same script where every operation of every store fails once: each failure is told by the call
 * that met it and leaves nothing, so that nobody sees a difference. */
static void run_on_trial(const char *text, jk_status failure)
{
    const char *end = strstr(text, SEPARATOR);
    script *s = calloc(1, sizeof *s);
    assert_non_null(s);
    assert_non_null(end);
    assert_true(town_open_on_trial(&s->t, 1, failure));
    run_lines(s, text, (size_t)(end - text));
    if (strstr(text, "\nlose ") == NULL) { /* who failed waits longer before it repeats */
        assert_string_equal(s->verdict, end + strlen(SEPARATOR));
    }
    assert_in_range(world_count(s->t.w).trials, 300, 1000000);
    assert_int_equal(world_count(s->t.w).untold, 0);
    town_close(&s->t);
    free(s);
}

static const char *read_script(const char *path)
{
    static char text[TEXT_SIZE];
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    size_t size = fread(text, 1, sizeof text - 1, file);
    assert_int_equal(fclose(file), 0);
    text[size] = '\0';
    return text;
}

static void golden(void **state)
{
    run_script(*state, read_script(*state));
}

static void golden_on_trial(void **state)
{
    run_on_trial(read_script(*state), JK_E_MEMORY);
}

/* The control: a store that says instead that there is no such row is believed, and it shows. */
static void a_trial_can_fail(void **state)
{
    (void)state;
    town t;
    jk_token case_id;
    assert_true(town_open_on_trial(&t, 1, JK_E_NOT_FOUND));
    assert_int_equal(town_file_out(&t, 1, TOWN_TODAY + 5, &case_id), JK_OK);
    (void)world_run(t.w, 1000);
    assert_true(world_count(t.w).untold > 0);
    town_close(&t);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest control[] = {cmocka_unit_test(a_trial_can_fail)};
    int failed = argc < 2;
    failed += cmocka_run_group_tests(control, NULL, NULL);
    for (int i = 1; i < argc; i++) {
        const struct CMUnitTest tests[] = {
            {argv[i], golden, NULL, NULL, argv[i]},
            {"every operation of a store fails", golden_on_trial, NULL, NULL, argv[i]},
        };
        failed += cmocka_run_group_tests_name(argv[i], tests, NULL, NULL);
    }
    return failed;
}
