/* SPDX-License-Identifier: Apache-2.0 */
/* What pan says of a run, and the verdict.  pan's exit status is no part of it: pan ends with 0 on
 * a violated property, on a search that was cut and when memory ends. */
#ifndef JUKI_VERIFY_OUTPUT_H
#define JUKI_VERIFY_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum jk_pan_error {
    JK_PAN_NONE,
    JK_PAN_CLAIM,     /* the claim: a state that it forbids, or a cycle */
    JK_PAN_ASSERTION, /* an assertion of the model */
    JK_PAN_END_STATE, /* a state without a step that is no valid end */
    JK_PAN_OTHER
} jk_pan_error;

typedef struct jk_pan_output {
    bool finished;        /* the line with "errors: N" is there */
    bool cut;             /* "max search depth too small" */
    bool out_of_memory;   /* "out of memory", "reached -DMEMLIM bound" */
    bool not_completed;   /* "Search not completed" */
    bool no_such_claim;   /* "cannot find claim" */
    bool with_cycles;     /* acceptance cycles were searched */
    bool with_fairness;   /* under weak fairness */
    bool with_assertions; /* assertions were checked; -A turns claims off, too */
    bool with_ends;       /* invalid end states were checked */
    uint64_t errors;
    uint64_t states; /* stored */
    uint64_t transitions;
    uint64_t depth;        /* reached */
    uint64_t vector_bytes; /* of a state as the search holds it, before it is packed */
    double states_mb;      /* memory for states; 0 if pan does not say */
    double memory_mb;      /* of the whole process */
    jk_pan_error error;
    uint64_t error_depth;
    char assertion[80]; /* the one that was violated, as pan writes it */
    char claim[64];     /* the claim that was used, "" if none */
    char refusal[96];   /* pan's own words when it did not run */
} jk_pan_output;

/* Reads the text of a run; what is missing stays 0. */
void jk_pan_read(const char *text, jk_pan_output *output);

typedef enum jk_verdict {
    JK_VERDICT_HOLDS,      /* complete, no error, the claim that was asked */
    JK_VERDICT_VIOLATED,   /* the claim asked; without one an assertion or a deadlock */
    JK_VERDICT_OTHER,      /* something else was violated first */
    JK_VERDICT_INCOMPLETE, /* anything that is neither */
    JK_VERDICT_TOOL        /* spin, a compiler, patch or pan failed */
} jk_verdict;

/* What pan says on the way, every so many states. */
typedef struct jk_pan_progress {
    double states;
    double depth;
    double memory_mb;
    double seconds; /* since its beginning */
} jk_pan_progress;

/* The last whole line of progress in the text; false: there is none. */
bool jk_pan_progress_read(const char *text, jk_pan_progress *progress);

/* What was asked of a run. */
typedef struct jk_question {
    const char *claim; /* NULL: assertions and end states */
    bool liveness;     /* cycles under weak fairness */
    bool trail;        /* a trail file lies there */
} jk_question;

/* The verdict to the letter; *note says in a few words why it is not "holds". */
jk_verdict jk_pan_decide(const jk_pan_output *output, const jk_question *question,
                         const char **note);

const char *jk_verdict_name(jk_verdict verdict);

/* Calls `each` for every line of a role that the run did not reach, leaving out closing braces.
 * process is the proctype's name, place the line's number as spin gives it. */
typedef void jk_unreached_each(void *arg, const char *process, const char *file, unsigned line);
void jk_pan_unreached(const char *text, jk_unreached_each *each, void *arg);

#endif
