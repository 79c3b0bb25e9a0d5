/* SPDX-License-Identifier: Apache-2.0 */
/* Charts: recorded replays in, charts out, to the letter; what is no replay is refused. */
#define _XOPEN_SOURCE 700
#include "verify/chart.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "verify/file.h"

static char folder[64];

static void put(const char *name, const char *text)
{
    char path[JK_PATH_SIZE];
    assert_true(jk_path_join(path, folder, name));
    assert_int_equal(jk_file_write(path, text, strlen(text)), JK_OK);
}

static int set_up(void **state)
{
    (void)state;
    (void)strncpy(folder, "/tmp/juki-chart-XXXXXX", sizeof folder - 1);
    if (mkdtemp(folder) == NULL) {
        return 1;
    }
    put("asker.pml", "proctype asker(byte me)\n");
    put("giver.pml", "proctype giver()\n");
    put("hooks.pml", "inline may_give(ANSWER)\n{\n    if\n    :: ANSWER = YES\n    fi\n}\n");
    put("effects.pml", "inline KEEP() { skip }\n\ninline GIVE(MASK)\n{\n    ghost_given = MASK\n}\n"
                       "\nbyte outside;\n");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    jk_folder_remove(folder);
    return 0;
}

static const char pan[] = "void\nprintm(int x, char *s)\n{\n"
                          "\tif (strcmp(s, \"kind\") == 0)\n\tswitch (x) {\n"
                          "\tcase 7: Printf(\"WRONG\"); return;\n\tdefault: return;\n\t}\n"
                          "\tif (strcmp(s, \"reason\") == 0)\n\tswitch (x) {\n"
                          "\tcase 7: Printf(\"YES\"); return;\n\tdefault: return;\n\t}\n}\n";

#define STARTED                                                      \
    "starting claim 2\n"                                             \
    "Starting asker with pid 2\n"                                    \
    "  1:\tproc  0 (:init::1) w.pml:4 (state 1)\t[(run asker(0))]\n" \
    "Starting giver with pid 3\n"                                    \
    "Starting asker with pid 4\n"                                    \
    "Starting people with pid 5\n"

/* The desk tells asker 1 to ask; its request is taken two steps later; giver's timer runs out and
 * comes to nothing; the answer is never taken. */
static const char replay[] =
    STARTED "  5:\tproc  4 (people:1) w.pml:9 Sent ASK,0,0\t-> queue 1 (desk[1])\n"
            "  5:\tproc  4 (people:1) w.pml:9 (state 1)\t[desk[me]!6,0,0]\n"
            "  6:\tproc  3 (asker:1) asker.pml:4 Recv ASK,0,0\t<- queue 1 (desk[1])\n"
            "  6:\tproc  3 (asker:1) asker.pml:4 (state 1)\t[desk[me]?6,in.txn,in.reason]\n"
            "  7:\tproc  3 (asker:1) effects.pml:1 (state 2)\t[(1)]\n"
            "  8:\tproc  3 (asker:1) asker.pml:5 Send REQUEST,2,0\t-> queue 2 (up)\n"
            "\t\tqueue 2 (up): [REQUEST,2,0]\n"
            "  9:\tproc  3 (asker:1) asker.pml:6 (state 9)\t[goto WAITS]\n"
            " 10:\tproc  2 (giver:1) giver.pml:3 (state 4)\t[((due&&1))]\n"
            " 10:\tproc  2 (giver:1) giver.pml:3 (state 5)\t[due = 0]\n"
            "\t\tscratch = 1\n"
            " 10:\tproc  2 (giver:1) giver.pml:3 (state 6)\t[scratch = 0]\n"
            "\t\tscratch = 0\n"
            " 11:\tproc  2 (giver:1) giver.pml:4 (state 7)\t[goto end_READY]\n"
            " 12:\tproc  2 (giver:1) giver.pml:5 Recv REQUEST,2,0\t<- queue 2 (up)\n"
            " 13:\tproc  2 (giver:1) hooks.pml:4 (state 8)\t[answer = 7]\n"
            " 14:\tproc  2 (giver:1) effects.pml:5 (state 9)\t[ghost_given = 1]\n"
            "\t\tghost_given = 1\n"
            " 15:\tproc  2 (giver:1) giver.pml:7 Send GIFT,2spin: giver.pml:7, Error: a type\n"
            ",7\t-> queue 3 (down)\n"
            " 16:\tproc  2 (giver:1) giver.pml:8 (state 9)\t[goto end_READY]\n"
            "spin: trail ends after 16 steps\n"
            "#processes: 4\n"
            "\t\tghost_given = 9\n";

static const char chart[] =
    "name: what it says\n"
    "\n"
    "     giver\n"
    "     |           asker 1\n"
    "     |           |           people, wires, time\n"
    "     |           |           |\n"
    "   1 |           |<----------|            people: ASK -> WAITS\n"
    "     |         <-|           |            sends REQUEST txn=2 (taken at 3)\n"
    "   2 *           |           |            due expires -> end_READY\n"
    "   3 |<----------|           |            REQUEST txn=2 (sent at 1); may_give? YES; GIVE; "
    "given=1\n"
    "     *           |           |            sends GIFT txn=2 reason=YES on down, never taken\n"
    "     |           |           |\n"
    "end\n";

static jk_status read_replay(const char *text, const char *names, jk_trail *trail, jk_fault *fault)
{
    const jk_trail_source source = {.replay = text, .pan = names, .base = folder, .model = folder};
    jk_status status = jk_trail_read(&source, trail, fault);
    if (status == JK_OK) {
        (void)strncpy(trail->about.name, "name", sizeof trail->about.name - 1);
        (void)strncpy(trail->about.words, "what it says", sizeof trail->about.words - 1);
        (void)strncpy(trail->about.end, "end", sizeof trail->about.end - 1);
    }
    return status;
}

static jk_status draw(const char *text, const char *names, char **bytes, jk_fault *fault)
{
    size_t size;
    jk_trail trail;
    FILE *out = open_memstream(bytes, &size);
    assert_non_null(out);
    jk_status status = read_replay(text, names, &trail, fault);
    if (status == JK_OK) {
        status = jk_chart_draw(&trail, JK_CHART_TEXT, out, fault);
        jk_trail_close(&trail);
    }
    assert_int_equal(fclose(out), 0);
    return status;
}

static void a_replay_becomes_a_chart(void **state)
{
    (void)state;
    char *bytes;
    jk_fault fault;
    assert_int_equal(draw(replay, pan, &bytes, &fault), JK_OK);
    assert_string_equal(bytes, chart);
    free(bytes);
}

/* The same run in every form, byte for byte; JK_REWRITE=1 writes the files anew. */
static void compare_file(const jk_trail *trail, int format, const char *name)
{
    char path[JK_PATH_SIZE];
    char *bytes = NULL;
    size_t size = 0;
    jk_fault fault;
    (void)snprintf(path, sizeof path, "%s/tests/unit/verify/charts/%s", JK_SOURCE_DIR, name);
    FILE *out = open_memstream(&bytes, &size);
    assert_non_null(out);
    if (format < 0) {
        jk_trail_write(trail, out);
    } else {
        assert_int_equal(jk_chart_draw(trail, (jk_chart_format)format, out, &fault), JK_OK);
    }
    assert_int_equal(fclose(out), 0);
    if (getenv("JK_REWRITE") != NULL) {
        assert_int_equal(jk_file_write(path, bytes, size), JK_OK);
    }
    size_t expected_size;
    char *expected = jk_file_read(path, &expected_size);
    assert_non_null(expected);
    assert_string_equal(bytes, expected);
    free(expected);
    free(bytes);
}

static void a_run_has_four_forms(void **state)
{
    (void)state;
    jk_trail trail;
    jk_fault fault;
    assert_int_equal(read_replay(replay, pan, &trail, &fault), JK_OK);
    (void)strncpy(trail.about.claim, "all_get", sizeof trail.about.claim - 1);
    (void)strncpy(trail.about.rule, "R1", sizeof trail.about.rule - 1);
    (void)strncpy(trail.about.protocol, "toy", sizeof trail.about.protocol - 1);
    (void)strncpy(trail.about.model, "check.pml", sizeof trail.about.model - 1);
    (void)strncpy(trail.events[2].seed, "3-2", sizeof trail.events[2].seed - 1);
    compare_file(&trail, JK_CHART_TEXT, "small.txt");
    compare_file(&trail, JK_CHART_MERMAID, "small.mmd");
    compare_file(&trail, JK_CHART_SVG, "small.svg");
    compare_file(&trail, -1, "small.events");
    jk_trail_close(&trail);
}

static void without_names_numbers_stay(void **state)
{
    (void)state;
    char *bytes;
    jk_fault fault;
    assert_int_equal(draw(replay, NULL, &bytes, &fault), JK_OK);
    assert_non_null(strstr(bytes, "may_give? 7"));
    assert_null(strstr(bytes, "YES"));
    free(bytes);
}

static void a_cycle_is_marked(void **state)
{
    (void)state;
    char *bytes;
    jk_fault fault;
    static const char text[] =
        STARTED "  6:\tproc  3 (asker:1) asker.pml:6 (state 9)\t[goto WAITS]\n"
                "  <<<<<START OF CYCLE>>>>>\n"
                "  7:\tproc  3 (asker:1) asker.pml:6 (state 9)\t[goto TRIES]\n#processes: 4\n";
    assert_int_equal(draw(text, pan, &bytes, &fault), JK_OK);
    const char *first = strstr(bytes, "-> WAITS");
    const char *cycle = strstr(bytes, "==== from here on for ever ====");
    assert_true(first != NULL && cycle > first && strstr(cycle, "-> TRIES") != NULL);
    free(bytes);
}

/* Long texts go on under themselves, and no line is longer than the width. */
static void long_lines_are_wrapped(void **state)
{
    (void)state;
    static char text[16384];
    int used = snprintf(text, sizeof text,
                        STARTED "  6:\tproc  3 (asker:1) asker.pml:6 (state 9)\t[x = 1]\n");
    for (int i = 0; i < 40; i++) {
        used += snprintf(text + used, sizeof text - (size_t)used, "\t\tghost_number_%d = 1\n", i);
    }
    (void)snprintf(text + used, sizeof text - (size_t)used, "#processes: 4\n");
    char *bytes;
    jk_fault fault;
    assert_int_equal(draw(text, pan, &bytes, &fault), JK_OK);
    size_t lines = 0;
    for (const char *at = bytes; *at != '\0'; lines++) {
        size_t length = strcspn(at, "\n");
        assert_true(length <= JK_CHART_WIDTH);
        at += length + 1;
    }
    assert_true(lines > 10);
    assert_non_null(strstr(bytes, "number_39=1"));
    free(bytes);
}

/* A role that drops a message goes back to its state without a goto: the next message that it takes
 * is another step. */
static void a_dropped_message_is_a_step(void **state)
{
    (void)state;
    static const char text[] =
        STARTED "  5:\tproc  4 (people:1) w.pml:9 Sent ASK,0,0\t-> queue 1 (desk[1])\n"
                "  6:\tproc  3 (asker:1) asker.pml:4 Recv ASK,0,0\t<- queue 1 (desk[1])\n"
                "  6:\tproc  3 (asker:1) asker.pml:4 (state 1)\t[desk[me]?6,in.txn,in.reason]\n"
                "  7:\tproc  3 (asker:1) asker.pml:4 (state 2)\t[in.txn = 0]\n"
                "  8:\tproc  4 (people:1) w.pml:9 Sent ASK,1,0\t-> queue 1 (desk[1])\n"
                "  9:\tproc  3 (asker:1) asker.pml:4 Recv ASK,1,0\t<- queue 1 (desk[1])\n"
                "  9:\tproc  3 (asker:1) asker.pml:4 (state 1)\t[desk[me]?6,in.txn,in.reason]\n"
                " 10:\tproc  3 (asker:1) asker.pml:4 (state 2)\t[in.txn = 0]\n"
                " 11:\tproc  3 (asker:1) asker.pml:5 Recv ASK,1,0\t<- queue 1 (desk[1])\n"
                " 12:\tproc  3 (asker:1) asker.pml:6 (state 9)\t[goto WAITS]\n#processes: 4\n";
    static const char *const other = " 11:\tproc  3 (asker:1) asker.pml:5 Recv";
    char changed[sizeof text + 128];
    const char *at = strstr(text, other);
    assert_non_null(at);
    (void)snprintf(changed, sizeof changed,
                   "%.*s 10:\tproc  2 (giver:1) giver.pml:9 Send ASK,1,0\t-> queue 1 (desk[1])\n%s",
                   (int)(at - text), text, at);
    jk_trail trail;
    jk_fault fault;
    assert_int_equal(read_replay(changed, pan, &trail, &fault), JK_OK);
    size_t stays = 0;
    for (size_t i = 0; i < trail.event_count; i++) {
        stays += trail.events[i].kind == JK_EVENT_STAY ? 1 : 0;
        bool last = trail.events[i].kind == JK_EVENT_STATE;
        assert_true(!last || trail.events[i].step == trail.step_count);
    }
    assert_int_equal(stays, 2);
    assert_int_equal(trail.step_count, 6);
    jk_trail_close(&trail);
}

typedef struct bad_case {
    const char *text;
    const char *why;
} bad_case;

static void what_is_no_replay_is_refused(void **state)
{
    (void)state;
    static const bad_case cases[] = {
        {"", "its end is missing"},
        {"spin: cannot find trail file\n", "there is no trail"},
        {"spin: couldn't find claim 45 (ignored)\n#processes: 4\n", "of another one"},
        {STARTED "  1: error: invalid statement\n#processes: 4\n", "of another one"},
        {STARTED "  4:\tproc  1 (?) #processes: 0\n", "of another one"},
        {"#processes: 4\n", "there is no step in it"},
        {STARTED "#processes: 4\n", "there is no step in it"},
        {STARTED "  6:\tproc  3 (asker:1) asker.pml:6 (state 9)\t[goto WAITS]\n",
         "its end is missing"},
        {STARTED "  6:\tproc  9 (asker:1) asker.pml:6 (state 9)\t[goto WAITS]\n#processes: 4\n",
         "a process that never started"},
        {STARTED "  6:\tproc  1 (giver:1) asker.pml:6 (state 9)\t[goto WAITS]\n#processes: 4\n",
         "a process that never started"},
        {STARTED
         "  6:\tproc  3 (asker:1) asker.pml:4 Recv ASK,0,0\t<- queue 1 (d)\n#processes: 4\n",
         "a message is taken that nobody sent"},
        {STARTED "  6:\tproc  3 (asker:1) asker.pml:4 Send ASK,0,0\n#processes: 4\n",
         "a message without a queue"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *bytes;
        jk_fault fault = {.status = JK_OK};
        assert_int_equal(draw(cases[i].text, pan, &bytes, &fault), JK_E_CONFIG);
        assert_non_null(strstr(fault.text, cases[i].why));
        assert_string_equal(bytes, "");
        free(bytes);
    }
}

/* Bytes of a replay changed at random, from a seed: it is refused, or it can be drawn and kept. */
static void no_replay_breaks_it(void **state)
{
    (void)state;
    uint32_t random = 7;
    size_t taken = 0;
    for (size_t round = 0; round < 3000; round++) {
        char text[sizeof replay];
        memcpy(text, replay, sizeof text);
        for (size_t change = 0; change <= round % 5; change++) {
            random = random * 1664525u + 1013904223u;
            size_t at = (random >> 8) % (sizeof text - 32);
            random = random * 1664525u + 1013904223u;
            size_t other = (random >> 8) % (sizeof text - 32);
            if (random >> 30 == 0) {
                text[at] = (char)(random >> 12);
            } else {
                memmove(text + at, text + other, random >> 26 & 31);
            }
        }
        char *bytes = NULL;
        jk_fault fault = {.status = JK_OK};
        jk_status status = draw(text, pan, &bytes, &fault);
        assert_true(status == JK_OK || (status == JK_E_CONFIG && bytes[0] == '\0'));
        taken += status == JK_OK ? 1 : 0;
        free(bytes);
    }
    assert_true(taken > 300 && taken < 2900);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_replay_becomes_a_chart),
        cmocka_unit_test(a_run_has_four_forms),
        cmocka_unit_test(without_names_numbers_stay),
        cmocka_unit_test(a_cycle_is_marked),
        cmocka_unit_test(a_dropped_message_is_a_step),
        cmocka_unit_test(long_lines_are_wrapped),
        cmocka_unit_test(no_replay_breaks_it),
        cmocka_unit_test(what_is_no_replay_is_refused),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
