/* SPDX-License-Identifier: Apache-2.0 */
/* Trails that spin finds now, replayed on the generated C: witnesses go through, mutants of the
 * roles are caught where they differ, and no event of a trail can be taken away or changed without
 * being noticed. */
#define _XOPEN_SOURCE 700
#include "verify/replay.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <glob.h>

#include "verify/file.h"
#include "verify/replay_machine.h"
#include "verify/trail_open.h"
#include "verify/verify.h"

static char folder[64];

typedef struct bad_step {
    const char *lines;
    const char *why; /* NULL: it is right */
} bad_step;

typedef struct live {
    const char *name; /* of the check or the mutant */
    const char *model;
    const char *defines;
    bool mutant;
} live;

#define CASE_11 "NDEST=1 WITH_STOP WITH_CANCEL_OUT WITH_SECOND_CANCEL_OUT"
#define CASE_12                                                                         \
    "NDEST=2 WITH_STOP NO_DEADLINES ONLY_IDENTITY=MATCH_REMOVED ONLY_CARD=CONTINUABLE " \
    "ONLY_STATE=CARD_USABLE ONLY_CASE=GRANTABLE ONLY_NOTICE=AS_FILED ONLY_DISPUTE=DOUBLE"

enum {
    DONE,
    SECOND_GRANT,
    GOES_ON,
    TWO_STEPS,
    GAP_TAKEN,
    LIVE_COUNT
};

static const live lives[LIVE_COUNT] = {
    {"case_11_w_done", "movein/check_case.pml", CASE_11, false},
    {"case_12_w_second_grant", "movein/check_case.pml", CASE_12, false},
    {"witness_goes_on", "transport/check_wild.pml", "", false},
    {"m9_two_steps", "movein/check_case.pml", CASE_11, true},
    {"t6_gap_taken", "transport/check_wild.pml", "", true},
};

static jk_trail trails[LIVE_COUNT];

/* The trail of that name in what verify left. */
static bool find(const char *name, char path[JK_PATH_SIZE])
{
    char pattern[JK_PATH_SIZE];
    glob_t found;
    (void)snprintf(pattern, sizeof pattern, "%s/out/work/*/%s/*.trail", folder, name);
    bool one = glob(pattern, 0, NULL, &found) == 0;
    if (one) {
        (void)snprintf(path, JK_PATH_SIZE, "%s", found.gl_pathv[0]);
        globfree(&found);
    }
    return one;
}

static bool open_live(const live *one, jk_trail *trail)
{
    char file[JK_PATH_SIZE];
    char model[JK_PATH_SIZE];
    jk_fault fault = {.status = JK_OK};
    if (!find(one->name, file)) {
        print_error("%s: no trail\n", one->name);
        return false;
    }
    (void)snprintf(model, sizeof model, "%s/spec/%s", JK_SOURCE_DIR, one->model);
    if (one->mutant) {
        /* WORK/build/NAME/FILE.trail: its model is a copy in WORK/build/spec. */
        *strrchr(file, '/') = '\0';
        *strrchr(file, '/') = '\0';
        (void)snprintf(model, sizeof model, "%.900s/spec/%s", file, one->model);
        (void)find(one->name, file);
    }
    const jk_trail_place place = {
        .file = file, .model = model, .defines = one->defines, .root = JK_SOURCE_DIR};
    bool good = jk_trail_open(&place, trail, &fault) == JK_OK;
    if (!good) {
        print_error("%s: %s\n", one->name, fault.text);
    }
    return good;
}

static int set_up(void **state)
{
    (void)state;
    char out[JK_PATH_SIZE];
    char charts[JK_PATH_SIZE];
    char list[512] = "";
    (void)strncpy(folder, "/tmp/juki-replay-XXXXXX", sizeof folder - 1);
    if (mkdtemp(folder) == NULL || !jk_path_join(out, folder, "out") ||
        !jk_path_join(charts, folder, "charts")) {
        return 1;
    }
    for (size_t i = 0; i < LIVE_COUNT; i++) {
        size_t used = strlen(list);
        (void)snprintf(list + used, sizeof list - used, "%s%s", used > 0 ? "," : "", lives[i].name);
    }
    jk_verify_options options = jk_verify_defaults();
    options.root = JK_SOURCE_DIR;
    options.check = list;
    options.mutants = true;
    options.witnesses = true;
    options.keep = true;
    options.out = out;
    options.charts = charts;
    options.time_s = 100;
    FILE *report = tmpfile();
    if (report == NULL || jk_verify_run(&options, report) != JK_VERIFY_HOLDS ||
        fclose(report) != 0) {
        return 1;
    }
    for (size_t i = 0; i < LIVE_COUNT; i++) {
        if (!open_live(&lives[i], &trails[i])) {
            return 1;
        }
    }
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    for (size_t i = 0; i < LIVE_COUNT; i++) {
        jk_trail_close(&trails[i]);
    }
    jk_folder_remove(folder);
    return 0;
}

static jk_replay_result replay(const jk_trail *trail)
{
    jk_replay_result result;
    jk_fault fault = {.status = JK_OK};
    assert_int_equal(jk_trail_replay(trail, &result, &fault), JK_OK);
    return result;
}

static void assert_same(const jk_trail *trail, size_t machines, size_t steps)
{
    jk_replay_result result = replay(trail);
    assert_string_equal(result.difference, "");
    assert_true(result.same);
    assert_int_equal(result.machines, machines);
    assert_true(result.steps >= steps);
    assert_int_equal(result.cut, 0);
    assert_int_equal(result.unfinished, 0);
}

static void witnesses_go_through(void **state)
{
    (void)state;
    assert_same(&trails[DONE], 6, 15);
    assert_same(&trails[SECOND_GRANT], 7, 18);
    assert_same(&trails[GOES_ON], 2, 6);
}

static void mutants_are_caught_where_they_differ(void **state)
{
    (void)state;
    jk_replay_result result = replay(&trails[TWO_STEPS]);
    assert_false(result.same);
    assert_non_null(strstr(result.difference, "dest_cs, REGISTERED"));
    assert_non_null(strstr(result.difference, "C: sends ENTRY on cs_to_prefecture"));
    result = replay(&trails[GAP_TAKEN]);
    assert_false(result.same);
    assert_non_null(strstr(result.difference, "receiver, DATA"));
    assert_non_null(strstr(result.difference, "trail: asks upper_check; C: no step"));
}

/* A trail says nothing of the model that it is of: it is refused all the same. */
static void a_trail_of_another_model_is_refused(void **state)
{
    (void)state;
    static const live others[] = {
        {"case_11_w_done", "movein/check_whole.pml", CASE_11, false},
        {"case_11_w_done", "movein/check_case.pml", CASE_12, false},
        {"case_11_w_done", "transport/check_wild.pml", "", false},
        {"witness_goes_on", "transport/check_stream.pml", "", false},
        {"m9_two_steps", "movein/check_case.pml", CASE_11, false}, /* the model is no mutant */
    };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        char file[JK_PATH_SIZE];
        char model[JK_PATH_SIZE];
        jk_trail trail;
        jk_fault fault = {.status = JK_OK};
        assert_true(find(others[i].name, file));
        (void)snprintf(model, sizeof model, "%s/spec/%s", JK_SOURCE_DIR, others[i].model);
        const jk_trail_place place = {
            .file = file, .model = model, .defines = others[i].defines, .root = JK_SOURCE_DIR};
        jk_status status = jk_trail_open(&place, &trail, &fault);
        print_message("%zu: %s\n", i, fault.text);
        assert_int_equal(status, JK_E_CONFIG);
        assert_true(fault.text[0] != '\0');
    }
}

/* An event of a role that the replay has to look at. */
static bool counts(const jk_trail *trail, size_t index)
{
    const jk_event *event = &trail->events[index];
    const jk_actor *actor = &trail->actors[event->actor];
    /* The observer of 3-6 is the model's own; so is what card_check says where no card runs. */
    bool own = strcmp(event->text, "OBSERVE_CONTINUE") != 0 &&
               !(event->kind == JK_EVENT_HOOK && strcmp(actor->name, "dest_cs") == 0);
    return event->step > 0 && actor->role && own && event->kind != JK_EVENT_CHANGE &&
           event->kind != JK_EVENT_CYCLE;
}

static jk_trail copy_of(const jk_trail *trail)
{
    jk_trail copy = *trail;
    copy.events = malloc(trail->event_count * sizeof *copy.events);
    assert_non_null(copy.events);
    memcpy(copy.events, trail->events, trail->event_count * sizeof *copy.events);
    return copy;
}

/* Each event is taken away once: the replay must notice. */
static void no_event_may_be_missing(void **state)
{
    (void)state;
    size_t tried = 0;
    for (size_t which = 0; which < TWO_STEPS; which++) {
        const jk_trail *trail = &trails[which];
        for (size_t i = 0; i < trail->event_count; i++) {
            if (!counts(trail, i)) {
                continue;
            }
            jk_trail copy = copy_of(trail);
            copy.events[i].kind = JK_EVENT_CHANGE;
            jk_replay_result result = replay(&copy);
            /* Only the end of the last step may go: then it is not whole, and that is said. */
            if (result.same && result.unfinished == 0) {
                print_error("%s: event %zu of step %zu, %s\n", lives[which].name, i,
                            trail->events[i].step, trail->events[i].text);
            }
            assert_true(!result.same || result.unfinished == 1);
            free(copy.events);
            tried++;
        }
    }
    assert_true(tried > 150);
}

/* Changes the first digit from 1 to 3 into the next one; false: there is none. */
static bool change_digit(char *text)
{
    char *at = strpbrk(text, "123");
    if (at != NULL) {
        *at = (char)(*at + 1);
    }
    return at != NULL;
}

/* Each value is another one once: what is sent, a state, an answer, a variable. */
static void no_value_may_differ(void **state)
{
    (void)state;
    size_t tried = 0;
    for (size_t which = 0; which < TWO_STEPS; which++) {
        const jk_trail *trail = &trails[which];
        for (size_t i = 0; i < trail->event_count; i++) {
            jk_trail copy = copy_of(trail);
            jk_event *event = &copy.events[i];
            bool changed = counts(trail, i);
            switch (event->kind) {
            case JK_EVENT_SEND:
            case JK_EVENT_PUT: /* the kind is another one */
            case JK_EVENT_EFFECT: event->text[0] = 'X'; break;
            case JK_EVENT_STATE:
            case JK_EVENT_STAY:
                (void)strncpy(event->text, "end_NOWHERE", sizeof event->text - 1);
                break;
            case JK_EVENT_LOCAL: changed = changed && change_digit(strchr(event->text, '=')); break;
            case JK_EVENT_HOOK: (void)strncpy(event->value, "0", sizeof event->value - 1); break;
            case JK_EVENT_TAKE:
                (void)strncpy(event->link, "nowhere", sizeof event->link - 1);
                break;
            case JK_EVENT_EXPIRY:
                (void)strncpy(event->text, "never", sizeof event->text - 1);
                break;
            case JK_EVENT_CHANGE:
            case JK_EVENT_CYCLE: changed = false; break;
            }
            bool members = event->kind == JK_EVENT_HOOK &&
                           strcmp(event->text, "disputed_members") == 0; /* 0 is an answer */
            if (changed && !members) {
                jk_replay_result result = replay(&copy);
                if (result.same) {
                    print_error("%s: event %zu, now %s\n", lives[which].name, i, event->text);
                }
                assert_false(result.same);
                tried++;
            }
            free(copy.events);
        }
    }
    assert_true(tried > 150);
}

static void messages_carry_the_values(void **state)
{
    (void)state;
    size_t tried = 0;
    for (size_t i = 0; i < trails[DONE].event_count; i++) {
        jk_trail copy = copy_of(&trails[DONE]);
        jk_event *event = &copy.events[i];
        if (counts(&copy, i) && event->kind == JK_EVENT_SEND && change_digit(event->text)) {
            jk_replay_result result = replay(&copy);
            assert_false(result.same);
            assert_non_null(strstr(result.difference, "C: sends "));
            tried++;
        }
        free(copy.events);
    }
    assert_true(tried > 8);
}

static void the_order_counts(void **state)
{
    (void)state;
    size_t tried = 0;
    for (size_t i = 0; i + 1 < trails[DONE].event_count; i++) {
        jk_event *first = &trails[DONE].events[i];
        bool both = first[0].step == first[1].step && counts(&trails[DONE], i) &&
                    counts(&trails[DONE], i + 1);
        bool outputs = both &&
                       (first[0].kind == JK_EVENT_SEND || first[0].kind == JK_EVENT_EFFECT) &&
                       (first[1].kind == JK_EVENT_SEND || first[1].kind == JK_EVENT_EFFECT);
        if (outputs) {
            jk_trail copy = copy_of(&trails[DONE]);
            copy.events[i] = first[1];
            copy.events[i + 1] = first[0];
            assert_false(replay(&copy).same);
            free(copy.events);
            tried++;
        }
    }
    assert_true(tried > 3);
}

static void other_protocols_have_no_machines(void **state)
{
    (void)state;
    jk_trail copy = copy_of(&trails[DONE]);
    jk_replay_result result;
    jk_fault fault = {.status = JK_OK};
    (void)strncpy(copy.about.protocol, "lease", sizeof copy.about.protocol - 1);
    assert_int_equal(jk_trail_replay(&copy, &result, &fault), JK_E_CONFIG);
    assert_non_null(strstr(fault.text, "no machines"));
    (void)strncpy(copy.about.protocol, "transport", sizeof copy.about.protocol - 1);
    assert_int_equal(jk_trail_replay(&copy, &result, &fault), JK_E_CONFIG);
    assert_non_null(strstr(fault.text, "other fields"));
    free(copy.events);
}

/* A log that is no trail of spin's: the way of a search over the C, with whole messages. */
static void a_way_of_the_explorer_is_replayed(void **state)
{
    (void)state;
    static const char head[] =
        "juki events 1\nprotocol transport\nmodel check_ends.pml\nfield link_epoch\n"
        "field sequence\nfield upto\nfield message\nlink host_sender\nlink sender_to_receiver\n"
        "link receiver_to_sender\nrole 1 sender 0\nrole 2 receiver 1\nworld 3 carry_data\n"
        "step 1 3\nsend 0 sender_to_receiver handed DATA,0,1,0,1\n"
        "step 2 2\ntake 0\nhook upper_check answer REFUSE\n";
    static const char tail[] = "stay end_READY\nlocal committed=1\nend 2\n";
    static const bad_step steps[] = {
        {"effect DEAD_LETTER\nput receiver_to_sender NACK,0,1,0,0\n", NULL},
        {"effect DELIVER\nput receiver_to_sender NACK,0,1,0,0\n", "C: DEAD_LETTER"},
        {"effect DEAD_LETTER\nput receiver_to_sender NACK,0,2,0,0\n", "C: sends NACK"},
        {"effect DEAD_LETTER\nput receiver_to_sender NACK,0,1,0,7\n", "C: sends NACK"},
        {"effect DEAD_LETTER\nput receiver_to_sender ACK,0,1,0,0\n", "C: sends NACK"},
        {"effect DEAD_LETTER\n", "trail: nothing more"},
    };
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        char text[1024];
        jk_trail trail;
        jk_fault fault = {.status = JK_OK};
        (void)snprintf(text, sizeof text, "%s%s%s", head, steps[i].lines, tail);
        assert_int_equal(jk_trail_load(text, strlen(text), &trail, &fault), JK_OK);
        jk_replay_result result = replay(&trail);
        assert_int_equal(result.same, steps[i].why == NULL);
        assert_true(steps[i].why == NULL || strstr(result.difference, steps[i].why) != NULL);
        jk_trail_close(&trail);
    }
}

/* The last step without its end: that is said, and not called a difference. */
static void a_step_that_is_not_whole_is_said(void **state)
{
    (void)state;
    jk_trail copy = copy_of(&trails[GOES_ON]);
    while (copy.events[copy.event_count - 1].kind != JK_EVENT_HOOK) {
        copy.event_count--;
    }
    char *text = NULL;
    size_t size;
    jk_replay_result result = replay(&copy);
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    jk_replay_print(&result, out);
    assert_int_equal(fclose(out), 0);
    assert_non_null(strstr(text, "all as in the trail"));
    assert_non_null(strstr(text, "within a step"));
    free(text);
    free(copy.events);
}

/* The tables of variables name every member of the generated structs but state and padding. */
static void every_variable_is_compared(void **state)
{
    (void)state;
    static const jk_replay_protocol *const all[] = {&jk_replay_movein, &jk_replay_reconcile,
                                                    &jk_replay_transport};
    size_t members = 0;
    size_t variables = 0;
    for (size_t p = 0; p < 2; p++) {
        for (size_t r = 0; r < all[p]->role_count; r++) {
            const jk_replay_role *role = &all[p]->roles[r];
            char path[JK_PATH_SIZE];
            char begin[96];
            size_t size;
            (void)snprintf(path, sizeof path, "%s/gen/machines/%s_%s.h", JK_SOURCE_DIR,
                           all[p]->name, role->name);
            (void)snprintf(begin, sizeof begin, "typedef struct jk_%s_%s {\n", all[p]->name,
                           role->name);
            char *text = jk_file_read(path, &size);
            assert_non_null(text);
            char *at = strstr(text, begin);
            assert_non_null(at);
            for (at = strchr(at, '\n') + 1; *at != '}'; at = strchr(at, '\n') + 1) {
                members += strstr(at, ";") != NULL ? 1 : 0;
                members -= strstr(at, "uint16_t state;") == at + 4 ? 1 : 0;
                members -= strstr(at, "uint8_t zero[") == at + 4 ? 1 : 0;
            }
            for (const jk_replay_variable *one = role->variables; one->name != NULL; one++) {
                variables++;
            }
            free(text);
        }
    }
    assert_true(variables > 30);
    assert_int_equal(members, variables);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(witnesses_go_through),
        cmocka_unit_test(mutants_are_caught_where_they_differ),
        cmocka_unit_test(a_trail_of_another_model_is_refused),
        cmocka_unit_test(no_event_may_be_missing),
        cmocka_unit_test(no_value_may_differ),
        cmocka_unit_test(messages_carry_the_values),
        cmocka_unit_test(the_order_counts),
        cmocka_unit_test(other_protocols_have_no_machines),
        cmocka_unit_test(a_way_of_the_explorer_is_replayed),
        cmocka_unit_test(a_step_that_is_not_whole_is_said),
        cmocka_unit_test(every_variable_is_compared),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
