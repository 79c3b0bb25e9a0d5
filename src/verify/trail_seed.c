/* SPDX-License-Identifier: Apache-2.0 */
/* Puts the steps of spec/seed.md beside the inputs of the roles: as the generated table of a role
 * has them, by state and input; else by kind and role, as seed.md's own tables say.  The line of
 * the role's file stands in that table, too. */
#include "trail.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"

/* A part of a text that is borrowed. */
typedef struct part {
    const char *text;
    size_t length;
} part;

static part cell_at(const char *line, size_t column, char separator)
{
    const char ends[] = {separator, '\n', '\0'};
    for (size_t i = 0; i < column && *line != '\n' && *line != '\0'; i++) {
        line += strcspn(line, ends);
        line += *line == separator ? 1 : 0;
    }
    return (part){line, strcspn(line, ends)};
}

static bool is(part one, const char *text)
{
    return strlen(text) == one.length && memcmp(one.text, text, one.length) == 0;
}

/* The word stands in the cell, with the mark (or no letter of a name) at either side of it. */
static bool has_word(part cell, const char *word, char mark)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz0123456789";
    size_t length = strlen(word);
    for (size_t i = 1; i + length < cell.length; i++) {
        char before = cell.text[i - 1];
        char after = cell.text[i + length];
        if (memcmp(cell.text + i, word, length) == 0 &&
            (mark != '\0' ? before == mark && after == mark
                          : strchr(letters, before) == NULL && strchr(letters, after) == NULL)) {
            return true;
        }
    }
    return false;
}

/* "end_IDLE" is IDLE in the tables. */
static const char *bare(const char *state)
{
    return strncmp(state, "end_", 4) == 0 ? state + 4 : state;
}

/* A cell's input is the kind alone, or with whom it comes from: CERT, CERT_FROM_STRANGER. */
static bool is_input(part cell, const char *input)
{
    size_t length = strlen(input);
    return cell.length >= length && memcmp(cell.text, input, length) == 0 &&
           (cell.length == length || strncmp(cell.text + length, "_FROM_", 6) == 0 ||
            strncmp(cell.text + length, "_ON_", 4) == 0);
}

enum table_column {
    COLUMN_STATE,
    COLUMN_INPUT,
    COLUMN_NEXT = 3,
    COLUMN_LINE = 5,
    COLUMN_STEP
};

/* A cell of the row of a role's table that leads from one state to the other, or of one that begins
 * there. */
static part cell_of_row(const char *table, const char *const key[3], enum table_column column)
{
    part found = {"", 0};
    for (const char *line = table; line != NULL && *line != '\0';) {
        part cell = cell_at(line, column, '\t');
        bool mine = is(cell_at(line, COLUMN_STATE, '\t'), bare(key[0])) &&
                    is_input(cell_at(line, COLUMN_INPUT, '\t'), key[1]);
        bool exact = mine && is(cell_at(line, COLUMN_NEXT, '\t'), bare(key[2]));
        if (mine && cell.length > 0 && (exact || found.length == 0)) {
            found = cell;
        }
        if (exact && cell.length > 0) {
            return cell;
        }
        line = strchr(line, '\n');
        line = line == NULL ? NULL : line + 1;
    }
    return found;
}

/* The lines "| 3-⑤' | ..." of seed.md whose message cell has the kind and whose role cell has the
 * role; circled digits become plain ones. */
static void seeds_of_kind(const char *seed, const char *kind, const char *role, char to[16])
{
    for (const char *line = seed; line != NULL && *line != '\0';) {
        part step = cell_at(line, 1, '|');
        bool row = line[0] == '|' && step.length > 6 && step.text[2] == '-' &&
                   memcmp(step.text + 3, "\xe2\x91", 2) == 0;
        if (row && has_word(cell_at(line, 4, '|'), kind, '\0') &&
            has_word(cell_at(line, 3, '|'), role, '`')) {
            const char *prime = step.text[6] == '\'' ? "'" : "";
            unsigned digit = (unsigned char)step.text[5] - 0xa0u + 1u;
            size_t used = strlen(to);
            int length = snprintf(to + used, 16 - used, "%s%c-%u%s", used > 0 ? " " : "",
                                  step.text[1], digit % 10, prime);
            if (length < 0 || (size_t)length >= 16 - used) {
                to[used] = '\0';
                return;
            }
        }
        line = strchr(line, '\n');
        line = line == NULL ? NULL : line + 1;
    }
}

static char *read_below(const char *root, const char *folder, const char *name)
{
    char path[JK_PATH_SIZE];
    char file[JK_PATH_SIZE];
    size_t size;
    return jk_path_join(path, root, folder) && jk_path_join(file, path, name)
               ? jk_file_read(file, &size)
               : NULL;
}

/* The state in which the step ends. */
static const char *state_after(const jk_trail *trail, size_t index, const char *before)
{
    for (size_t i = index;
         i < trail->event_count && trail->events[i].step == trail->events[index].step; i++) {
        if (trail->events[i].kind == JK_EVENT_STATE) {
            return trail->events[i].text;
        }
    }
    return before;
}

/* The first state is the one that the role's table begins with. */
static void first_state(const char *table, char state[48])
{
    const char *line = table == NULL ? NULL : strchr(table, '\n');
    if (line != NULL) {
        part cell = cell_at(line + 1, 0, '\t');
        (void)snprintf(state, 48, "%.*s", (int)cell.length, cell.text);
    }
}

static void find_of_actor(jk_trail *trail, size_t actor, const char *table, const char *seed)
{
    char state[48] = "";
    first_state(table, state);
    for (size_t i = 0; i < trail->event_count; i++) {
        jk_event *event = &trail->events[i];
        if (event->actor != actor) {
            continue;
        }
        if (event->kind == JK_EVENT_TAKE || event->kind == JK_EVENT_EXPIRY) {
            char kind[48];
            char input[64];
            (void)snprintf(kind, sizeof kind, "%.*s", (int)strcspn(event->text, ","), event->text);
            (void)snprintf(input, sizeof input, "%s%s",
                           event->kind == JK_EVENT_EXPIRY ? "EXPIRE_" : "", kind);
            for (char *at = input; event->kind == JK_EVENT_EXPIRY && *at != '\0'; at++) {
                *at = *at >= 'a' && *at <= 'z' ? (char)(*at - 'a' + 'A') : *at;
            }
            const char *const key[3] = {state, input, state_after(trail, i, state)};
            part step = cell_of_row(table, key, COLUMN_STEP);
            part line = cell_of_row(table, key, COLUMN_LINE);
            (void)snprintf(event->place, sizeof event->place, "%.*s", (int)line.length, line.text);
            if (step.length > 0) {
                (void)snprintf(event->seed, sizeof event->seed, "%.*s", (int)step.length,
                               step.text);
            } else if (seed != NULL && event->kind == JK_EVENT_TAKE) {
                seeds_of_kind(seed, kind, trail->actors[actor].name, event->seed);
            }
        } else if (event->kind == JK_EVENT_STATE) {
            (void)snprintf(state, sizeof state, "%.47s", event->text);
        }
    }
}

/* "link NAME SENDER RECEIVER" of the .bind: the receiver's name. */
static part receiver_of(const char *bind, const char *link)
{
    size_t length = strcspn(link, "[");
    for (const char *line = bind; line != NULL && *line != '\0';) {
        if (strncmp(line, "link ", 5) == 0) {
            part words[4];
            const char *at = line + 5;
            for (size_t i = 0; i < 3; i++) {
                at += strspn(at, " ");
                words[i] = (part){at, strcspn(at, " \n")};
                at += words[i].length;
            }
            if (words[0].length == length && memcmp(words[0].text, link, length) == 0) {
                return words[2];
            }
        }
        line = strchr(line, '\n');
        line = line == NULL ? NULL : line + 1;
    }
    return (part){"", 0};
}

/* The roles of which there is one a transaction: their links are numbered as they are. */
static bool has_own_links(const char *role)
{
    return strcmp(role, "terminal") == 0 || strncmp(role, "dest_", 5) == 0;
}

/* Of several instances the one with the number of the link, if the link is its own. */
static size_t actor_of(const jk_trail *trail, part role, const char *link)
{
    const char *index = strchr(link, '[');
    size_t number = index == NULL ? 0 : (size_t)strtoul(index + 1, NULL, 10);
    for (size_t i = 1; i < trail->actor_count; i++) {
        const jk_actor *actor = &trail->actors[i];
        if (is(role, actor->name) && actor->acts &&
            (!actor->several ||
             (index != NULL && has_own_links(actor->name) && actor->instance == number))) {
            return i;
        }
    }
    return JK_TRAIL_NONE;
}

static void find_towards(jk_trail *trail, const char *bind)
{
    for (size_t i = 0; bind != NULL && i < trail->event_count; i++) {
        jk_event *event = &trail->events[i];
        if (event->kind == JK_EVENT_SEND && event->pair == JK_TRAIL_NONE) {
            event->toward = actor_of(trail, receiver_of(bind, event->link), event->link);
        }
    }
}

void jk_trail_find_seeds(jk_trail *trail, const char *root)
{
    char path[160];
    (void)snprintf(path, sizeof path, "spec/%s/%s.bind", trail->about.protocol,
                   trail->about.protocol);
    char *bind = read_below(root, ".", path);
    find_towards(trail, bind);
    free(bind);
    char *seed = read_below(root, "spec", "seed.md");
    for (size_t i = 1; i < trail->actor_count; i++) {
        const jk_actor *actor = &trail->actors[i];
        char name[160];
        (void)snprintf(name, sizeof name, "%s_%s.tsv", trail->about.protocol, actor->name);
        if (actor->role && actor->acts) {
            char *table = read_below(root, "gen/tables", name);
            find_of_actor(trail, i, table, seed);
            free(table);
        }
    }
    free(seed);
}
