/* SPDX-License-Identifier: Apache-2.0 */
/* One run against what its row expects: verdict, number of states, lines that were not reached. */
#define _POSIX_C_SOURCE 200809L
#include <dirent.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "plan.h"

bool jk_trail_name(const char *path, char *name, size_t capacity)
{
    DIR *folder = opendir(path);
    bool found = false;
    if (folder == NULL) {
        return false;
    }
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        if (strstr(entry->d_name, ".trail") != NULL) {
            int length = snprintf(name, capacity, "%s", entry->d_name);
            found = length > 0 && (size_t)length < capacity;
        }
    }
    (void)closedir(folder);
    return found;
}

typedef struct unreached {
    const jk_run *run;
    const char *allowed; /* text of the list, NULL if there is none */
    char first[100];     /* the first line that is not allowed */
    FILE *list; /* all of them, for the one who keeps the list; NULL if it cannot be made */
} unreached;

/* The length of a line without its comment and the blanks at its end. */
static size_t code_length(const char *line)
{
    size_t length = strcspn(line, "\n");
    for (size_t i = 1; i + 1 < length; i++) {
        if (line[i] == '/' && line[i + 1] == '*') {
            length = i;
        }
    }
    while (length > 0 && (line[length - 1] == ' ' || line[length - 1] == '\r')) {
        length--;
    }
    return length;
}

/* The text of one line of a file of the protocol, without comment and blanks at its ends. */
static bool line_text(const jk_protocol *protocol, const char *file, unsigned number, char *text,
                      size_t capacity)
{
    char path[JK_PATH_SIZE];
    size_t size;
    char *bytes = jk_path_join(path, protocol->folder, file) ? jk_file_read(path, &size) : NULL;
    const char *at = bytes;
    for (unsigned i = 1; at != NULL && i < number; i++) {
        at = strchr(at, '\n');
        at = at == NULL ? NULL : at + 1;
    }
    bool found = at != NULL && *at != '\0';
    if (found) {
        at += strspn(at, " \t");
        size_t length = code_length(at);
        (void)snprintf(text, capacity, "%.*s", (int)length, at);
    }
    free(bytes);
    return found;
}

static bool allows(const char *list, const char *process, const char *text)
{
    char wanted[400];
    int size = snprintf(wanted, sizeof wanted, "%s: %s", process, text);
    if (list == NULL || size < 0 || (size_t)size >= sizeof wanted) {
        return false;
    }
    const char *at = list;
    while (*at != '\0') {
        size_t length = strcspn(at, "\n");
        if (length == (size_t)size && strncmp(at, wanted, length) == 0) {
            return true;
        }
        at += length + (at[length] == '\n' ? 1 : 0);
    }
    return false;
}

/* A line of a role (a proctype with a file of its name).  spin sometimes names the file that
 * includes the role in the role's place: then the line is beyond that short file's end. */
static void see_unreached(void *arg, const char *process, const char *file, unsigned line)
{
    unreached *seen = arg;
    char role[JK_PATH_SIZE];
    char text[300];
    const jk_protocol *protocol = seen->run->protocol;
    int size = snprintf(role, sizeof role, "%s.pml", process);
    if (size < 0 || (size_t)size >= sizeof role ||
        !line_text(protocol, role, 1, text, sizeof text)) {
        return;
    }
    const char *base = strrchr(file, '/');
    base = base == NULL ? file : base + 1;
    if (!line_text(protocol, base, line, text, sizeof text) &&
        !line_text(protocol, role, line, text, sizeof text)) {
        (void)snprintf(text, sizeof text, "line %u", line);
    }
    if (allows(seen->allowed, process, text)) {
        return;
    }
    if (seen->first[0] == '\0') {
        (void)snprintf(seen->first, sizeof seen->first, "%.20s: %.70s", process, text);
    }
    if (seen->list != NULL) {
        (void)fprintf(seen->list, "%s: %s\n", process, text);
    }
}

/* Is there a line of a role that should be reached and was not? */
static void judge_unreached(jk_run *run, const char *text)
{
    char path[JK_PATH_SIZE];
    size_t size;
    const char *name = jk_run_cell(run, JK_CHECK_UNREACHED);
    if (strcmp(name, "-") == 0) {
        return;
    }
    char *allowed =
        jk_path_join(path, run->protocol->folder, name) ? jk_file_read(path, &size) : NULL;
    unreached seen = {.run = run, .allowed = allowed};
    if (allowed == NULL) {
        (void)snprintf(seen.first, sizeof seen.first, "the list is missing");
    } else {
        seen.list = jk_path_join(path, run->folder, "unreached.txt") ? fopen(path, "w") : NULL;
        jk_pan_unreached(text, see_unreached, &seen);
        if (seen.list != NULL) {
            (void)fclose(seen.list);
        }
    }
    free(allowed);
    if (seen.first[0] != '\0') {
        run->outcome = JK_OUTCOME_INCOMPLETE;
        run->verdict = JK_VERDICT_INCOMPLETE;
        (void)snprintf(run->note, sizeof run->note, "unreached: %s", seen.first);
    }
}

static void judge_states(const jk_plan *plan, jk_run *run)
{
    const char *expected = jk_run_cell(run, JK_CHECK_STATES);
    (void)snprintf(run->states, sizeof run->states, "%" PRIu64, run->output.states);
    if (strcmp(expected, "-") != 0 && strcmp(expected, run->states) != 0 &&
        !plan->options->write_states) {
        run->outcome = JK_OUTCOME_INCOMPLETE;
        run->verdict = JK_VERDICT_INCOMPLETE;
        (void)snprintf(run->note, sizeof run->note, "states differ: %.20s expected", expected);
    }
}

/* A search that was cut says nothing about the mutant. */
static void judge_mutant(jk_run *run)
{
    run->outcome = run->verdict == JK_VERDICT_VIOLATED     ? JK_OUTCOME_GOOD
                   : run->verdict == JK_VERDICT_INCOMPLETE ? JK_OUTCOME_INCOMPLETE
                                                           : JK_OUTCOME_BAD;
    if (run->verdict == JK_VERDICT_HOLDS) {
        (void)snprintf(run->note, sizeof run->note, "survived");
    }
}

static void judge_check(const jk_plan *plan, jk_run *run, const char *text)
{
    bool violated = strcmp(jk_run_cell(run, JK_CHECK_EXPECT), "violated") == 0;
    switch (run->verdict) {
    case JK_VERDICT_HOLDS:
        run->outcome = violated ? JK_OUTCOME_BAD : JK_OUTCOME_GOOD;
        if (violated) {
            (void)snprintf(run->note, sizeof run->note, "not found, expected a violation");
            return;
        }
        judge_states(plan, run);
        if (run->outcome == JK_OUTCOME_GOOD) {
            judge_unreached(run, text);
        }
        return;
    case JK_VERDICT_VIOLATED: run->outcome = violated ? JK_OUTCOME_GOOD : JK_OUTCOME_BAD; return;
    case JK_VERDICT_OTHER: run->outcome = JK_OUTCOME_BAD; return;
    case JK_VERDICT_INCOMPLETE: run->outcome = JK_OUTCOME_INCOMPLETE; return;
    case JK_VERDICT_TOOL: run->outcome = JK_OUTCOME_TOOL; return;
    }
}

void jk_run_judge(jk_plan *plan, jk_run *run, bool timed_out, int code)
{
    char path[JK_PATH_SIZE];
    char trail[JK_PATH_SIZE];
    size_t size;
    char *text = jk_path_join(path, run->folder, "pan.txt") ? jk_file_read(path, &size) : NULL;
    jk_pan_read(text == NULL ? "" : text, &run->output);
    const jk_question question = {
        .claim = run->claim,
        .liveness = plan->builds[run->build].mode == JK_BUILD_LIVENESS,
        .trail = jk_trail_name(run->folder, trail, sizeof trail),
    };
    const char *note;
    run->verdict = jk_pan_decide(&run->output, &question, &note);
    if (timed_out) {
        run->verdict = JK_VERDICT_INCOMPLETE;
        note = "out of time";
    } else if (code >= 128) {
        run->verdict = JK_VERDICT_TOOL;
        note = "pan crashed";
    }
    if (run->verdict != JK_VERDICT_VIOLATED && run->fallback != JK_NO_BUILD) {
        run->build = run->fallback;
        run->fallback = JK_NO_BUILD;
        run->shortest_failed = true;
        run->outcome = JK_OUTCOME_WAITING;
        free(text);
        return;
    }
    bool named = run->output.assertion[0] != '\0' && run->output.error == JK_PAN_ASSERTION &&
                 note[0] != '\0' && !timed_out && code < 128;
    (void)snprintf(run->note, sizeof run->note, "%.*s%s%s", named ? 70 : 150, note,
                   named ? ": " : "", named ? run->output.assertion : "");
    if (run->mutant) {
        judge_mutant(run);
    } else {
        judge_check(plan, run, text == NULL ? "" : text);
    }
    free(text);
}
