/* SPDX-License-Identifier: Apache-2.0 */
/* The folder of the results of one call: reports in every format, logs, trails and charts. */
#ifndef JUKI_VERIFY_OUT_H
#define JUKI_VERIFY_OUT_H

#include <stdio.h>

#include "plan.h"

/* Makes the folder ready: it must be new, empty or of an earlier call, whose results are removed,
 * so that nothing old stands beside a call that fails.  JK_E_FILE: fault->text says why it is not
 * to be used. */
JK_MUST_USE jk_status jk_out_open(const char *folder, jk_fault *fault);

/* Writes all results into options->out.  JK_E_IO: fault->text names the file. */
JK_MUST_USE jk_status jk_out_write(const jk_plan *plan, jk_fault *fault);

/* The formats, each a writer of its own file. */
void jk_junit_write(const jk_plan *plan, FILE *out);
void jk_sarif_write(const jk_plan *plan, FILE *out);
void jk_summary_write(const jk_plan *plan, FILE *out);
void jk_metrics_write(const jk_plan *plan, FILE *out);
void jk_repro_write(const jk_plan *plan, FILE *out);
void jk_page_write(const jk_plan *plan, FILE *out);

#endif
