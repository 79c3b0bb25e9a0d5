/* SPDX-License-Identifier: Apache-2.0 */
/* A file of a run, whatever its form: a trail of SPIN with its model, or a log of events. */
#ifndef JUKI_VERIFY_TRAIL_OPEN_H
#define JUKI_VERIFY_TRAIL_OPEN_H

#include "trail.h"

typedef struct jk_trail_place {
    const char *file;    /* NAME.trail or NAME.events */
    const char *model;   /* the check's FILE.pml; NULL: file is a log of events */
    const char *defines; /* of the model, "X=1 -DY"; "" */
    const char *root;    /* the folder that holds spec and gen/tables */
} jk_trail_place;

/* Runs spin where it is a trail, in a folder of its own that is removed.
 *
 * Returns JK_E_FILE: a file is missing; JK_E_CONFIG: garbage, a trail that is cut or of another
 * model, a log of another version, a model that spin refuses; JK_E_IO: spin does not run.
 * fault->text names it. */
JK_MUST_USE jk_status jk_trail_open(const jk_trail_place *place, jk_trail *trail, jk_fault *fault);

#endif
