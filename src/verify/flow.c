/* SPDX-License-Identifier: Apache-2.0 */
/* The statements of a replay, or the steps of a log of events, with their places. */
#define _POSIX_C_SOURCE 200809L
#include "flow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Models work on copies and from anywhere: what counts begins at the last "spec/". */
static const char *from_root(const char *path, size_t length)
{
    const char *found = path;
    for (size_t i = 0; i + 5 <= length; i++) {
        bool begins = i == 0 || path[i - 1] == '/';
        found = begins && strncmp(path + i, "spec/", 5) == 0 ? path + i : found;
    }
    return found;
}

/* " 25:\tproc  5 (terminal:1) spec/movein/terminal.pml:10 (state 3)\t[x = 1]" */
static bool read_step(const char *line, size_t length, jk_flow_step *step)
{
    char text[1024];
    (void)snprintf(text, sizeof text, "%.*s", (int)(length < 1000 ? length : 1000), line);
    char *name = strstr(text, ":\tproc ");
    name = name == NULL ? NULL : strchr(name, '(');
    char *close = name == NULL ? NULL : strstr(name, ") ");
    char *state = close == NULL ? NULL : strstr(close + 2, " (state ");
    char *statement = state == NULL ? NULL : strstr(state, ")\t[");
    if (statement == NULL) {
        return false;
    }
    *state = '\0';
    char *colon = strrchr(close + 2, ':');
    char *end = strrchr(statement, ']');
    if (colon == NULL || end == NULL) {
        return false;
    }
    *close = '\0';
    *colon = '\0';
    *end = '\0';
    const char *file = from_root(close + 2, strlen(close + 2));
    (void)snprintf(step->process, sizeof step->process, "%.60s", name + 1);
    (void)snprintf(step->file, sizeof step->file, "%.199s", file);
    (void)snprintf(step->text, sizeof step->text, "%.119s", statement + 3);
    step->line = (unsigned)strtoul(colon + 1, NULL, 10);
    return step->line > 0;
}

/* Of too many the last ones stay. */
static void add_step(jk_flow_step *steps, const jk_flow_step *step, size_t *count, size_t *left_out)
{
    if (*count == JK_FLOW_MAX) {
        memmove(steps, steps + 1, (JK_FLOW_MAX - 1) * sizeof *steps);
        (*count)--;
        (*left_out)++;
    }
    steps[*count] = *step;
    (*count)++;
}

jk_flow_step *jk_flow_read(const char *replay, size_t *count, size_t *left_out)
{
    jk_flow_step *steps = calloc(JK_FLOW_MAX, sizeof *steps);
    *count = 0;
    *left_out = 0;
    for (const char *at = replay; steps != NULL && at != NULL;) {
        const char *end = strchr(at, '\n');
        size_t length = end == NULL ? strlen(at) : (size_t)(end - at);
        jk_flow_step step;
        if (read_step(at, length, &step)) {
            add_step(steps, &step, count, left_out);
        }
        at = end == NULL ? NULL : end + 1;
    }
    return steps;
}

jk_flow_step *jk_flow_of_trail(const jk_trail *trail, size_t *count, size_t *left_out)
{
    jk_flow_step *steps = calloc(JK_FLOW_MAX, sizeof *steps);
    *count = 0;
    *left_out = 0;
    for (size_t i = 0; steps != NULL && i < trail->event_count; i++) {
        const jk_event *event = &trail->events[i];
        const jk_actor *actor = &trail->actors[event->actor];
        const char *colon = strrchr(event->place, ':');
        jk_flow_step step = {.line = colon == NULL ? 0 : (unsigned)strtoul(colon + 1, NULL, 10)};
        if (step.line == 0) {
            continue;
        }
        (void)snprintf(step.process, sizeof step.process, "%s[%zu]", actor->name, actor->instance);
        (void)snprintf(step.file, sizeof step.file, "spec/%.60s/%.*s", trail->about.protocol,
                       (int)(colon - event->place), event->place);
        (void)snprintf(step.text, sizeof step.text, "%s%.100s",
                       event->kind == JK_EVENT_EXPIRY ? "expiry of " : "", event->text);
        add_step(steps, &step, count, left_out);
    }
    return steps;
}
