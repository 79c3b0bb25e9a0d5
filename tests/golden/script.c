/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the commands of a golden script and carries them out in its town. */
#include "script.h"

#include "movein.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

void script_say(script *s, const char *format, ...)
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
        script_say(s, "%s: %s\n", line, jk_status_name(status));
    }
}

static void show(script *s)
{
    for (int i = 0; i < TOWN_RESIDENTS + s->recoded; i++) {
        script_say(s, "resident %d: registers %x, national %d, prefectures %d %d\n", i,
                   town_registers(&s->t, i), town_shown(&s->t, s->t.national, i),
                   town_shown(&s->t, s->t.prefecture[0], i),
                   town_shown(&s->t, s->t.prefecture[1], i));
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
        script_say(s, "%s: %d\n", line, town_clerk(&s->t, a, strcmp(word, "enter") == 0));
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
    script_say(s, "%s", world_trace(s->t.w)[0] == '\0' ? "\n" : world_trace(s->t.w));
    world_clear_trace(s->t.w);
}

void script_run(script *s, const char *text)
{
    static char lines[8192];
    const char *end = strstr(text, SCRIPT_END);
    const size_t size = end == NULL ? strlen(text) : (size_t)(end - text);
    assert_true(size < sizeof lines);
    memcpy(lines, text, size);
    lines[size] = '\0';
    for (char *line = lines; *line != '\0';) {
        char *next = strchr(line, '\n');
        assert_non_null(next);
        *next = '\0';
        if (line[0] != '#' && line[0] != '\0') {
            script_say(s, "> %s\n", line);
            command(s, line);
            if (s->after != NULL) {
                s->after(s->arg, s);
            }
        }
        line = next + 1;
    }
}

const char *script_read(const char *path)
{
    static char text[SCRIPT_TEXT_SIZE];
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    size_t size = fread(text, 1, sizeof text - 1, file);
    assert_int_equal(fclose(file), 0);
    text[size] = '\0';
    return text;
}
