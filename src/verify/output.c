/* SPDX-License-Identifier: Apache-2.0 */
/* Reads what pan prints and decides.  Every rule here has a test with pan's own words. */
#define _POSIX_C_SOURCE 200809L
#include "output.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_SIZE 16384

/* Copies a line, cut if it is longer, and returns where the next one begins; NULL at the end. */
static const char *take_line(const char *at, char line[LINE_SIZE])
{
    if (*at == '\0') {
        return NULL;
    }
    size_t length = strcspn(at, "\n");
    size_t kept = length < LINE_SIZE - 1 ? length : LINE_SIZE - 1;
    memcpy(line, at, kept);
    line[kept] = '\0';
    return at[length] == '\n' ? at + length + 1 : at + length;
}

static uint64_t number_after(const char *line, const char *words)
{
    const char *at = strstr(line, words);
    return at == NULL ? 0 : strtoull(at + strlen(words), NULL, 10);
}

/* "pan:1: assertion violated  !( !((x<50))) (at depth 200)": spin writes the claim's own assertion
 * with two negations. */
static void read_error(const char *line, jk_pan_output *output)
{
    if (strstr(line, "assertion violated  !( !(") != NULL ||
        strstr(line, "acceptance cycle") != NULL || strstr(line, "claim violated") != NULL ||
        strstr(line, "end state in claim reached") != NULL ||
        strstr(line, "atomic in claim not supported in BFS") != NULL) {
        output->error = JK_PAN_CLAIM;
    } else if (strstr(line, "assertion violated") != NULL) {
        const char *words = strstr(line, "assertion violated") + strlen("assertion violated");
        const char *end = strstr(words, " (at depth ");
        words += strspn(words, " ");
        output->error = JK_PAN_ASSERTION;
        (void)snprintf(output->assertion, sizeof output->assertion, "%.*s",
                       end == NULL || end < words ? 0 : (int)(end - words), words);
    } else if (strstr(line, "invalid end state") != NULL) {
        output->error = JK_PAN_END_STATE;
    } else {
        output->error = JK_PAN_OTHER;
    }
    output->error_depth = number_after(line, "(at depth ");
}

static void read_claim(const char *line, jk_pan_output *output)
{
    const char *at = strstr(line, "+ (");
    if (at == NULL) {
        return;
    }
    at += 3;
    size_t length = strcspn(at, ")");
    if (length < sizeof output->claim) {
        memcpy(output->claim, at, length);
        output->claim[length] = '\0';
    }
}

static bool begins(const char *line, const char *words)
{
    return strncmp(line, words, strlen(words)) == 0;
}

/* The lines under "Full statespace search for:". */
static void read_scope(const char *line, jk_pan_output *output)
{
    if (begins(line, "\tnever claim ")) {
        read_claim(line, output);
    } else if (begins(line, "\tassertion violations")) {
        output->with_assertions = strchr(line, '+') != NULL;
    } else if (begins(line, "\tacceptance   cycles")) {
        output->with_cycles = strchr(line, '+') != NULL;
        output->with_fairness = strstr(line, "fairness enabled") != NULL;
    } else if (begins(line, "\tinvalid end states")) {
        output->with_ends = strchr(line, '+') != NULL;
    }
}

/* The numbers below the line with the errors. */
static void read_numbers(const char *line, jk_pan_output *output)
{
    if (strstr(line, " states, stored") != NULL) {
        output->states = strtoull(line, NULL, 10);
    } else if (strstr(line, " transitions (= ") != NULL) {
        output->transitions = strtoull(line, NULL, 10);
    } else if (strstr(line, "\tactual memory usage for states") != NULL) {
        output->states_mb = strtod(line, NULL);
    } else if (strstr(line, "\ttotal actual memory usage") != NULL ||
               strstr(line, "\tmemory usage (Mbyte)") != NULL) {
        output->memory_mb = strtod(line, NULL);
    }
}

void jk_pan_read(const char *text, jk_pan_output *output)
{
    char line[LINE_SIZE];
    *output = (jk_pan_output){0};
    for (const char *at = take_line(text, line); at != NULL; at = take_line(at, line)) {
        read_scope(line, output);
        output->cut = output->cut || strstr(line, "max search depth too small") != NULL;
        output->out_of_memory = output->out_of_memory || strstr(line, "out of memory") != NULL ||
                                strstr(line, "-DMEMLIM bound") != NULL;
        output->not_completed = output->not_completed || strstr(line, "Search not completed");
        output->no_such_claim = output->no_such_claim || strstr(line, "cannot find claim");
        if (begins(line, "pan:") && line[4] >= '0' && line[4] <= '9' &&
            output->error == JK_PAN_NONE) {
            read_error(line, output);
        } else if (begins(line, "State-vector ") && strstr(line, "errors: ") != NULL) {
            output->finished = true;
            output->depth = number_after(line, "depth reached ");
            output->errors = number_after(line, "errors: ");
            output->vector_bytes = number_after(line, "State-vector ");
        } else if (strstr(line, "error: ") != NULL && output->refusal[0] == '\0') {
            (void)snprintf(output->refusal, sizeof output->refusal, "%.90s", line);
        }
        read_numbers(line, output);
    }
}

static double decimal_after(const char *line, const char *words)
{
    const char *at = strstr(line, words);
    return at == NULL ? 0 : strtod(at + strlen(words), NULL);
}

bool jk_pan_progress_read(const char *text, jk_pan_progress *progress)
{
    char line[LINE_SIZE];
    bool found = false;
    for (const char *at = take_line(text, line); at != NULL; at = take_line(at, line)) {
        if (begins(line, "Depth=") && strstr(line, " R=") != NULL) {
            progress->depth = decimal_after(line, "Depth=");
            progress->states = decimal_after(line, "States=");
            progress->memory_mb = decimal_after(line, "Memory=");
            progress->seconds = decimal_after(line, "\tt=");
            found = true;
        }
    }
    return found;
}

/* A run that found no error: is it complete, and of what was asked? */
static const char *why_not_complete(const jk_pan_output *output, const jk_question *question)
{
    if (output->cut) {
        return "max search depth too small";
    }
    if (output->out_of_memory) {
        return "out of memory";
    }
    if (output->not_completed) {
        return "search not completed";
    }
    if (!output->with_assertions) {
        return "assertions were not checked";
    }
    if (question->claim == NULL) {
        return output->with_ends ? NULL : "end states were not checked";
    }
    if (question->liveness && (!output->with_cycles || !output->with_fairness)) {
        return "cycles were not searched under fairness";
    }
    return NULL;
}

static jk_verdict decide_error(const jk_pan_output *output, const jk_question *question,
                               const char **note)
{
    if (output->error == JK_PAN_NONE || output->error == JK_PAN_OTHER) {
        *note = "an error that is not understood";
        return JK_VERDICT_INCOMPLETE;
    }
    bool asked =
        question->claim == NULL ? output->error != JK_PAN_CLAIM : output->error == JK_PAN_CLAIM;
    if (asked) {
        *note = output->error == JK_PAN_ASSERTION   ? "an assertion of the model"
                : output->error == JK_PAN_END_STATE ? "a deadlock"
                                                    : "";
        return JK_VERDICT_VIOLATED;
    }
    *note = output->error == JK_PAN_ASSERTION ? "an assertion of the model came first"
                                              : "something else came first";
    return JK_VERDICT_OTHER;
}

jk_verdict jk_pan_decide(const jk_pan_output *output, const jk_question *question,
                         const char **note)
{
    *note = "";
    if (output->no_such_claim) {
        *note = "there is no claim of that name";
        return JK_VERDICT_INCOMPLETE;
    }
    if (!output->finished) {
        *note = output->out_of_memory        ? "out of memory"
                : output->refusal[0] != '\0' ? output->refusal
                                             : "pan said nothing";
        return output->out_of_memory ? JK_VERDICT_INCOMPLETE : JK_VERDICT_TOOL;
    }
    const char *wanted = question->claim == NULL ? "" : question->claim;
    if (strcmp(output->claim, wanted) != 0 && !output->out_of_memory) {
        *note = "another claim was run than asked";
        return JK_VERDICT_INCOMPLETE;
    }
    if (output->errors != 0 || output->error != JK_PAN_NONE) {
        return decide_error(output, question, note);
    }
    const char *why = why_not_complete(output, question);
    if (why == NULL && question->trail) {
        why = "a trail without an error";
    }
    if (why == NULL && output->states == 0) {
        why = "no states";
    }
    if (why != NULL) {
        *note = why;
        return JK_VERDICT_INCOMPLETE;
    }
    return JK_VERDICT_HOLDS;
}

const char *jk_verdict_name(jk_verdict verdict)
{
    switch (verdict) {
    case JK_VERDICT_HOLDS: return "holds";
    case JK_VERDICT_VIOLATED: return "violated";
    case JK_VERDICT_OTHER: return "violated otherwise";
    case JK_VERDICT_INCOMPLETE: return "incomplete";
    case JK_VERDICT_TOOL: return "tool error";
    }
    return "?";
}

/* "\tFILE:LINE, state N, "TEXT"".  What must never come, assert(false), is not reached, and that is
 * right. */
static void report_line(const char *line, const char *process, jk_unreached_each *each, void *arg)
{
    char file[LINE_SIZE];
    const char *comma = strstr(line, ", state ");
    if (comma == NULL || strstr(line, "\"-end-\"") != NULL ||
        strstr(line, "\"assert(0)\"") != NULL) {
        return;
    }
    const char *colon = comma;
    while (colon > line && *colon != ':') {
        colon--;
    }
    if (colon == line) {
        return;
    }
    size_t length = (size_t)(colon - line) - 1;
    memcpy(file, line + 1, length);
    file[length] = '\0';
    each(arg, process, file, (unsigned)strtoul(colon + 1, NULL, 10));
}

void jk_pan_unreached(const char *text, jk_unreached_each *each, void *arg)
{
    static const char head[] = "unreached in proctype ";
    char line[LINE_SIZE];
    char process[LINE_SIZE] = "";
    for (const char *at = take_line(text, line); at != NULL; at = take_line(at, line)) {
        if (begins(line, head)) {
            (void)snprintf(process, sizeof process, "%s", line + sizeof head - 1);
        } else if (line[0] == '\t' && line[1] != '(' && process[0] != '\0') {
            report_line(line, process, each, arg);
        } else if (line[0] != '\t') {
            process[0] = '\0';
        }
    }
}
