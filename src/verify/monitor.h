/* SPDX-License-Identifier: Apache-2.0 */
/* All named properties of a protocol in one search that goes on when one is violated: which are
 * violated is known at its end, not only the first. */
#ifndef JUKI_VERIFY_MONITOR_H
#define JUKI_VERIFY_MONITOR_H

#include <stdbool.h>
#include <stddef.h>

#include "mutate.h"

/* The never claims of a monitor, and the line that pan prints for each violated property. */
#define JK_MONITOR_STATES   "strength_states"   /* [] p, [] (p -> q) */
#define JK_MONITOR_OUTCOMES "strength_outcomes" /* [] (p -> [] q) */
#define JK_MONITOR_PREMISES "strength_premises" /* p of each of these: can it happen */
#define JK_MONITOR_MARK     "violated: "

/* Has the text a property. */
bool jk_monitor_wanted(const char *text);

/* The text with its ltl properties and never claims taken out and one of the claims above at its
 * end.  Properties with <> are in neither of the first two: they need a search of their own.  Adds
 * the names of those with a premise to premises, if it is not NULL.  free() *monitor. */
JK_MUST_USE jk_status jk_monitor_make(const char *text, const char *claim, jk_words *premises,
                                      char **monitor);

#endif
