/* SPDX-License-Identifier: Apache-2.0 */
/* The log of events as a file: what is written is read again, anything else is refused with its
 * line.  A trail's own file, its claim, and the names of the lifelines. */
#define _XOPEN_SOURCE 700
#include "verify/trail.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "verify/chart.h"
#include "verify/chart_names.h"
#include "verify/claim.h"
#include "verify/file.h"
#include "verify/replay.h"
#include "verify/replay_machine.h"
#include "verify/svg.h"
#include "verify/trail_open.h"

static char *read_source(const char *name)
{
    char path[JK_PATH_SIZE];
    size_t size;
    (void)snprintf(path, sizeof path, "%s/%s", JK_SOURCE_DIR, name);
    char *text = jk_file_read(path, &size);
    assert_non_null(text);
    return text;
}

static char *written(const jk_trail *trail)
{
    char *bytes = NULL;
    size_t size;
    FILE *out = open_memstream(&bytes, &size);
    assert_non_null(out);
    jk_trail_write(trail, out);
    assert_int_equal(fclose(out), 0);
    return bytes;
}

static char *drawn(const jk_trail *trail, jk_chart_format format)
{
    char *bytes = NULL;
    size_t size;
    jk_fault fault;
    FILE *out = open_memstream(&bytes, &size);
    assert_non_null(out);
    assert_int_equal(jk_chart_draw(trail, format, out, &fault), JK_OK);
    assert_int_equal(fclose(out), 0);
    return bytes;
}

static void a_log_is_read_as_it_was_written(void **state)
{
    (void)state;
    static const char *const files[] = {"small", "hostile", "round"};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        char name[96];
        jk_trail trail;
        jk_fault fault = {.status = JK_OK};
        (void)snprintf(name, sizeof name, "tests/unit/verify/charts/%s.events", files[i]);
        char *text = read_source(name);
        jk_status status = jk_trail_load(text, strlen(text), &trail, &fault);
        assert_string_equal(fault.text, "");
        assert_int_equal(status, JK_OK);
        char *again = written(&trail);
        assert_string_equal(again, text);
        free(again);
        free(text);
        jk_trail_close(&trail);
    }
}

/* A chart of the file is the chart of the run. */
static void a_log_draws_the_same(void **state)
{
    (void)state;
    static const char *const charts[] = {"small.txt", "small.mmd", "small.svg"};
    char *text = read_source("tests/unit/verify/charts/small.events");
    jk_trail trail;
    jk_fault fault = {.status = JK_OK};
    assert_int_equal(jk_trail_load(text, strlen(text), &trail, &fault), JK_OK);
    for (size_t i = 0; i < 3; i++) {
        char name[96];
        (void)snprintf(name, sizeof name, "tests/unit/verify/charts/%s", charts[i]);
        char *expected = read_source(name);
        char *bytes = drawn(&trail, (jk_chart_format)i);
        assert_string_equal(bytes, expected);
        free(bytes);
        free(expected);
    }
    jk_trail_close(&trail);
    free(text);
}

#define HEAD "juki events 1\nfield txn\nrole 1 asker 0\nworld 2 people\n"
#define STEP "step 1 1\nstate A\n"

typedef struct bad_log {
    const char *text;
    const char *why;
} bad_log;

static void anything_else_is_refused(void **state)
{
    (void)state;
    static const bad_log bad[] = {
        {"", "line 1: this is no log"},
        {"\n", "line 1: this is no log"},
        {"hello world\n", "line 1: this is no log"},
        {"juki events 2\n" STEP "end 1\n", "line 1: a log of another version"},
        {"juki events 1", "another version"},
        {"juki events 11\nend 0\n", "another version"},
        {HEAD STEP, "line 6: its end is missing"},
        {HEAD STEP "end 1", "line 7: its end is missing"},
        {HEAD STEP "end 2\n", "line 7: no line of this form"},
        {HEAD STEP "end 01\n", "line 7: no line of this form"},
        {HEAD "end 0\n", "line 5: no line of this form"},
        {HEAD STEP "end 1\nend 1\n", "line 8: it goes on behind its end"},
        {HEAD "step 2 1\nstate A\nend 1\n", "line 5: no line of this form"},
        {HEAD "step 1 3\nstate A\nend 1\n", "line 5: no line of this form"},
        {HEAD "step 1 0\nstate A\nend 1\n", "line 5: no line of this form"},
        {HEAD "state A\n" STEP "end 1\n", "line 5: no line of this form"},
        {HEAD "role 2 giver 1\n" STEP "end 1\n", "line 5: no line of this form"},
        {HEAD STEP "role 3 giver 1\nend 1\n", "line 7: no line of this form"},
        {HEAD STEP "take 0\nend 1\n", "line 7: no line of this form"},
        {HEAD STEP "send 1 up queued ASK,1\ntake 0\nend 1\n", "line 8: no line of this form"},
        {HEAD STEP "send 0 up queued ASK,1\nend 1\n", "line 7: no line of this form"},
        {HEAD STEP "send 1 up thrown ASK,1\nend 1\n", "line 7: no line of this form"},
        {HEAD STEP "send 1 up queued ASK,1\ntake 1\ntake 1\nend 1\n", "line 9: no line"},
        {HEAD STEP "send 1 up queued ASK,1\ntake 1 x\nend 1\n", "line 8: no line"},
        {HEAD STEP "hook may_give answer\nend 1\n", "line 7: no line of this form"},
        {HEAD STEP "effect\nend 1\n", "line 7: no line of this form"},
        {HEAD STEP "effect A B\nend 1\n", "line 7: no line of this form"},
        {HEAD STEP "whatever\nend 1\n", "line 7: no line of this form"},
        {HEAD STEP "\nend 1\n", "line 7: no line of this form"},
        {HEAD "seed 3-2\n" STEP "end 1\n", "line 5: no line of this form"},
        {HEAD STEP "seed 3-2 3-3 3-4 3-5 3-6\nend 1\n", "line 7: no line of this form"},
        {HEAD STEP "toward 2\nend 1\n", "line 7: no line of this form"},
        {HEAD STEP "send 1 up queued ASK,1\ntoward 3\nend 1\n", "line 8: no line of this form"},
        {HEAD STEP "send 1 up queued ASK,1\ntoward 0\nend 1\n", "line 8: no line of this form"},
        {HEAD "name a\nname b\n" STEP "end 1\n", "line 6: no line of this form"},
        {HEAD STEP "effect A\tB\nend 1\n", "line 7: bytes that are no text"},
        {HEAD STEP "effect A\x01\nend 1\n", "line 7: bytes that are no text"},
        {HEAD STEP "effect \xff\nend 1\n", "line 7: bytes that are no text"},
        {HEAD STEP "effect \xc0\xaf\nend 1\n", "line 7: bytes that are no text"},
        {HEAD STEP "effect \xed\xa0\x80\nend 1\n", "line 7: bytes that are no text"},
        {HEAD STEP "effect \xc2\x85\nend 1\n", "line 7: bytes that are no text"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        jk_trail trail = {.step_count = 77};
        jk_fault fault = {.status = JK_OK};
        jk_status status = jk_trail_load(bad[i].text, strlen(bad[i].text), &trail, &fault);
        if (status != JK_E_CONFIG || strstr(fault.text, bad[i].why) == NULL) {
            print_error("%zu: %s\n", i, fault.text);
        }
        assert_int_equal(status, JK_E_CONFIG);
        assert_non_null(strstr(fault.text, bad[i].why));
        assert_int_equal(trail.step_count, 77);
    }
    static const char null[] = HEAD STEP "effect A\0B\nend 1\n";
    jk_trail trail;
    jk_fault fault = {.status = JK_OK};
    assert_int_equal(jk_trail_load(null, sizeof null - 1, &trail, &fault), JK_E_CONFIG);
}

/* No beginning of a log is a log, and no line may be missing or changed to nonsense. */
static void every_cut_is_noticed(void **state)
{
    (void)state;
    char *text = read_source("tests/unit/verify/charts/small.events");
    size_t size = strlen(text);
    for (size_t i = 0; i < size; i++) {
        jk_trail trail;
        jk_fault fault = {.status = JK_OK};
        assert_int_equal(jk_trail_load(text, i, &trail, &fault), JK_E_CONFIG);
    }
    free(text);
}

/* Bytes changed, left out, doubled at random, from a seed: a log is refused, or it can be drawn in
 * every form, written and read again as it is. */
static void no_log_breaks_it(void **state)
{
    (void)state;
    static const char *const files[] = {"small", "hostile", "round"};
    uint32_t random = 2026;
    size_t taken = 0;
    size_t replayed = 0;
    for (size_t round = 0; round < 6000; round++) {
        char name[96];
        (void)snprintf(name, sizeof name, "tests/unit/verify/charts/%s.events", files[round % 3]);
        char *text = read_source(name);
        size_t size = strlen(text);
        for (size_t change = 0; change <= round % 4; change++) {
            random = random * 1664525u + 1013904223u;
            size_t at = (random >> 8) % size;
            random = random * 1664525u + 1013904223u;
            size_t other = (random >> 8) % size;
            size_t length = size - (at > other ? at : other);
            length = length < 24 ? length : random >> 24 & 15;
            switch (random >> 30) {
            case 0: text[at] = (char)(random >> 12); break;
            case 1: text[at] = text[other]; break;
            default: memmove(text + at, text + other, length); break;
            }
        }
        jk_trail trail;
        jk_fault fault = {.status = JK_OK};
        if (jk_trail_load(text, size, &trail, &fault) == JK_OK) {
            char *again = written(&trail);
            for (int format = JK_CHART_TEXT; format <= JK_CHART_SVG; format++) {
                char *chart = drawn(&trail, (jk_chart_format)format);
                assert_true(chart[0] != '\0');
                free(chart);
            }
            jk_replay_result result;
            jk_status status = jk_trail_replay(&trail, &result, &fault);
            assert_true(status == JK_OK || status == JK_E_CONFIG);
            replayed += status == JK_OK ? 1 : 0;
            jk_trail_find_seeds(&trail, JK_SOURCE_DIR);
            jk_trail_close(&trail);
            assert_int_equal(jk_trail_load(again, strlen(again), &trail, &fault), JK_OK);
            jk_trail_close(&trail);
            free(again);
            taken++;
        }
        free(text);
    }
    assert_true(taken > 300 && taken < 5700 && replayed > 50);
}

static void words_that_are_too_long_are_refused(void **state)
{
    (void)state;
    static char text[8192];
    static char word[4096];
    memset(word, 'a', sizeof word - 1);
    static const char *const forms[] = {"effect ", "name ", "role 3 ", "hook a b ", "field "};
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        jk_trail trail;
        jk_fault fault = {.status = JK_OK};
        (void)snprintf(text, sizeof text, HEAD STEP "%s%s\nend 1\n", forms[i], word);
        assert_int_equal(jk_trail_load(text, strlen(text), &trail, &fault), JK_E_CONFIG);
        assert_non_null(strstr(fault.text, "line 7: no line of this form"));
    }
}

/* A log need not say what the tables know: the steps of the source, where a lost message was to go,
 * what the property says. */
static void what_a_log_leaves_out_is_looked_up(void **state)
{
    (void)state;
    static const char text[] =
        "juki events 1\nclaim m9_entry_with_notice\nprotocol movein\nmodel check_case.pml\n"
        "bounds -DNDEST=1\nfield txn\nrole 1 terminal 0\nrole 2 dest_cs 1\nworld 3 operator\n"
        "step 1 3\nsend 0 desk_terminal[0] handed MOVE_IN,0\n"
        "step 2 1\ntake 0\nsend 2 terminal_to_dest[0] queued VERIFY_REQUEST,1\n"
        "state WAIT_IDENTITY\nstep 3 2\ntake 2\n"
        "send 5 dest_to_terminal[0] queued DONE,1\nstate WAIT_CARD_STATE\nend 3\n";
    char path[] = "/tmp/juki-trail-XXXXXX";
    int file = mkstemp(path);
    assert_true(file >= 0);
    FILE *out = fdopen(file, "w");
    assert_non_null(out);
    (void)fputs(text, out);
    assert_int_equal(fclose(out), 0);
    const jk_trail_place place = {.file = path, .defines = "", .root = JK_SOURCE_DIR};
    jk_trail trail;
    jk_fault fault = {.status = JK_OK};
    assert_int_equal(jk_trail_open(&place, &trail, &fault), JK_OK);
    assert_int_equal(remove(path), 0);
    assert_string_equal(trail.about.rule, "M9");
    assert_non_null(strstr(trail.about.words, "ENTRY"));
    assert_string_equal(trail.events[1].seed, "3-1 2-2");
    assert_string_equal(trail.events[4].seed, "3-1");
    assert_int_equal(trail.events[5].toward, 1);
    assert_int_equal(trail.events[2].toward, JK_TRAIL_NONE);
    char *mermaid = drawn(&trail, JK_CHART_MERMAID);
    assert_non_null(strstr(mermaid, "c1-xc0: sends DONE"));
    assert_non_null(strstr(mermaid, "3-① 2-② operator: MOVE_IN"));
    free(mermaid);
    jk_trail_close(&trail);
}

/* What a run is called may hold anything: nothing of it becomes a part of the picture's form. */
static void everything_is_escaped(void **state)
{
    (void)state;
    char *text = read_source("tests/unit/verify/charts/hostile.events");
    jk_trail trail;
    jk_fault fault = {.status = JK_OK};
    assert_int_equal(jk_trail_load(text, strlen(text), &trail, &fault), JK_OK);
    char *svg = drawn(&trail, JK_CHART_SVG);
    assert_null(strstr(svg, "<script"));
    assert_null(strstr(svg, "<b>"));
    assert_null(strstr(svg, "]]>"));
    assert_non_null(strstr(svg, "&lt;script&gt;alert(1)&lt;/script&gt;"));
    char *mermaid = drawn(&trail, JK_CHART_MERMAID);
    assert_null(strstr(mermaid, "<script"));
    assert_null(strstr(mermaid, "<3>"));
    assert_null(strstr(mermaid, "comment; end"));
    assert_non_null(strstr(mermaid, "#lt;script#gt;"));
    assert_non_null(strstr(mermaid, "#59; end"));
    free(svg);
    free(mermaid);
    free(text);
    jk_trail_close(&trail);
}

static jk_status open_text(const char *text, jk_fault *fault)
{
    char path[] = "/tmp/juki-trail-XXXXXX";
    int file = mkstemp(path);
    assert_true(file >= 0);
    FILE *out = fdopen(file, "w");
    assert_non_null(out);
    (void)fputs(text, out);
    assert_int_equal(fclose(out), 0);
    const jk_trail_place place = {.file = path, .defines = "", .root = JK_SOURCE_DIR};
    jk_trail trail;
    *fault = (jk_fault){.status = JK_OK};
    jk_status status = jk_trail_open(&place, &trail, fault);
    assert_int_equal(remove(path), 0);
    return status;
}

static void garbage_is_no_trail(void **state)
{
    (void)state;
    static const bad_log bad[] = {
        {"", "the trail is empty"},
        {"hello\n", "line 1: this is no trail of SPIN"},
        {"-4:-4:-4\n1:2\n", "line 2: this is no trail"},
        {"-4:-4:-4\n1:2:3:4\n", "line 2: this is no trail"},
        {"-4:-4:-4\n1:2:99999999999\n", "line 2: this is no trail"},
        {"-4:-4:-4\n1:2:3\n2:", "line 3: the trail is cut off here"},
        {"-4:-4:-4\n1:2:3\n2:1:7", "line 3: the trail is cut off here"},
        {"-4:-4:-4\n1:2:3\n", "a trail needs its model"},
        {"juki events 7\n", "another version"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        jk_fault fault;
        assert_int_equal(open_text(bad[i].text, &fault), JK_E_CONFIG);
        assert_non_null(strstr(fault.text, bad[i].why));
    }
    const jk_trail_place nowhere = {
        .file = "/nonexistent/x.trail", .defines = "", .root = JK_SOURCE_DIR};
    jk_trail trail;
    jk_fault fault;
    assert_int_equal(jk_trail_open(&nowhere, &trail, &fault), JK_E_FILE);
}

typedef struct claim_case {
    const char *formula;
    bool refused;
} claim_case;

/* x is 5, row[1] is 2, asker (process 1) is in WAITS. */
static void a_cut_trail_violates_nothing(void **state)
{
    (void)state;
    static const claim_case cases[] = {
        {"[] ((x==5))", true},
        {"[] ((x==6))", false},
        {"[] ((! ((x==5))))", false},
        {"[] (((x<=4)) || ((x>=5)))", true},
        {"[] (((x<5)) || ((x>5)))", false},
        {"[] (((x!=5)) && ((1)))", false},
        {"[] ((((x&~(4))==1)))", true},
        {"[] ((((x|2)==7)))", true},
        {"[] (((1<<x)-1)==31)", true},
        {"[] ((x>>1)+(2*3)==8)", true},
        {"[] (row[(2-1)]==2)", true},
        {"[] (row[row[1]]==0)", true},
        {"[] ((! ((asker[1]@WAITS))))", false},
        {"[] ((asker[(5-4)]@WAITS))", true},
        {"[] ((asker[1]@WAIT))", false},
        /* What is not known is let through. */
        {"[] ((y==5))", false},
        {"[] (desk[0]?[6,0,1])", false},
        {"[] ((asker[9]@WAITS))", false},
        {"[] ((x==5)", false},
        {"[] ([] (x==5))", false},
        {"! ((x==5))", false},
        /* What must come needs a cycle. */
        {"[] (<> ((x==5)))", true},
        {"<> ([] ((x==5)))", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[1024];
        jk_trail trail = {.actor_count = 2};
        (void)strncpy(trail.actors[1].state, "WAITS", sizeof trail.actors[1].state - 1);
        (void)snprintf(text, sizeof text,
                       "ltl other: [] (0)\nltl it: %s\n\t\tx = 9\n#processes: 2\n\t\tx = 5\n"
                       "\t\trow[1] = 2\n\t\trow[2] = 0\n  9:\tproc  - (it:1) w.pml:3 (state 6)\n",
                       cases[i].formula);
        const char *why = jk_claim_refuse(text, &trail);
        if ((why != NULL) != cases[i].refused) {
            print_error("%s: %s\n", cases[i].formula, why == NULL ? "passed" : why);
        }
        assert_int_equal(why != NULL, cases[i].refused);
        assert_true(why == NULL || strstr(why, "the trail is cut off") != NULL);
    }
}

#define CELLS 4

/* "市町村, 都道府県" into its parts; how many. */
static size_t split(char *cell, char *parts[CELLS])
{
    size_t count = 0;
    char *left = NULL;
    for (char *one = strtok_r(cell, ",", &left); one != NULL && count < CELLS;
         one = strtok_r(NULL, ",", &left)) {
        one += strspn(one, " ");
        size_t length = strlen(one);
        while (length > 0 && one[length - 1] == ' ') {
            length--;
        }
        one[length] = '\0';
        parts[count] = one;
        count++;
    }
    return count;
}

/* The Japanese name has the word that seed.md gives to this word of the code. */
static bool has_word(const char *words, const char *word, const char *japanese)
{
    for (const char *at = strstr(words, "\n| "); at != NULL; at = strstr(at + 1, "\n| ")) {
        char first[256];
        char code[256];
        char *names[CELLS];
        char *codes[CELLS];
        if (sscanf(at, "\n| %255[^|]| %*[^|]| %255[^|]|", first, code) != 2) {
            continue;
        }
        size_t name_count = split(first, names);
        size_t code_count = split(code, codes);
        for (size_t i = 0; i < code_count; i++) {
            /* As many names as codes: each has its own; else any of them. */
            for (size_t j = 0; strcmp(codes[i], word) == 0 && j < name_count; j++) {
                bool own = name_count != code_count || i == j;
                if (own && strstr(japanese, names[j]) != NULL) {
                    return true;
                }
            }
        }
    }
    return false;
}

/* The names above the lifelines are made of the words of spec/seed.md, and every role has one. */
static void lifelines_have_the_words_of_the_source(void **state)
{
    (void)state;
    char *seed = read_source("spec/seed.md");
    const char *words = strstr(seed, "\n## Words");
    size_t checked = 0;
    assert_non_null(words);
    for (size_t i = 0; jk_lifeline_at(i) != NULL; i++) {
        const jk_lifeline *line = jk_lifeline_at(i);
        char list[64];
        char *left = NULL;
        (void)snprintf(list, sizeof list, "%s", line->words);
        for (char *one = strtok_r(list, " ", &left); one != NULL;
             one = strtok_r(NULL, " ", &left)) {
            if (!has_word(words, one, line->japanese)) {
                print_error("%s: %s has no word for %s\n", line->role, line->japanese, one);
            }
            assert_true(has_word(words, one, line->japanese));
            checked++;
        }
        assert_true(line->english[0] != '\0');
    }
    assert_true(checked >= 13);
    assert_false(has_word(words, "dest", "転出地市町村CS"));
    assert_false(has_word(words, "nothing", "転出地市町村CS"));
    free(seed);
    static const jk_replay_protocol *const all[] = {&jk_replay_movein, &jk_replay_reconcile,
                                                    &jk_replay_transport};
    for (size_t p = 0; p < 2; p++) {
        for (size_t r = 0; r < all[p]->role_count; r++) {
            const char *role = all[p]->roles[r].name;
            assert_string_not_equal(jk_lifeline_of(role).japanese, role);
        }
    }
    assert_string_equal(jk_lifeline_of("stranger").japanese, "stranger");
    assert_string_equal(jk_lifeline_of(NULL).english, "people, wires, time");
}

static void steps_are_written_as_in_the_source(void **state)
{
    (void)state;
    char text[64];
    jk_seed_words("3-1 2-2", text, sizeof text);
    assert_string_equal(text, "3-① 2-②");
    jk_seed_words("3-5'", text, sizeof text);
    assert_string_equal(text, "3-⑤'");
    jk_seed_words("", text, sizeof text);
    assert_string_equal(text, "");
    jk_seed_words("3-1 2-2", text, 9);
    assert_true(strlen(text) < 9);
}

static void texts_fit_into_lines(void **state)
{
    (void)state;
    assert_int_equal(jk_svg_fit("", 13, 100), 0);
    assert_int_equal(jk_svg_fit("short", 13, 100), 5);
    assert_int_equal(jk_svg_fit("one two three", 13, 60), 7);
    assert_int_equal(jk_svg_fit("転入地市町村", 13, 30), 6);
    assert_int_equal(jk_svg_fit("転", 13, 1), 3); /* at least one character */
    assert_true(jk_svg_width("転入", 13, false) >= 26);
    assert_true(jk_svg_width("abc", 13, true) > jk_svg_width("abc", 13, false));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_log_is_read_as_it_was_written),
        cmocka_unit_test(a_log_draws_the_same),
        cmocka_unit_test(anything_else_is_refused),
        cmocka_unit_test(every_cut_is_noticed),
        cmocka_unit_test(no_log_breaks_it),
        cmocka_unit_test(words_that_are_too_long_are_refused),
        cmocka_unit_test(what_a_log_leaves_out_is_looked_up),
        cmocka_unit_test(everything_is_escaped),
        cmocka_unit_test(garbage_is_no_trail),
        cmocka_unit_test(a_cut_trail_violates_nothing),
        cmocka_unit_test(lifelines_have_the_words_of_the_source),
        cmocka_unit_test(steps_are_written_as_in_the_source),
        cmocka_unit_test(texts_fit_into_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
