/* SPDX-License-Identifier: Apache-2.0 */
/* The legal days of a move.  A day is a count since 1970-01-01, as jk_date_to_day gives it. */
#ifndef JUKI_CALENDAR_H
#define JUKI_CALENDAR_H

#include <stdbool.h>
#include <stdint.h>

/* Periods in days.  The first day is not counted: an act on day n of a period of n is in time, on
 * day n + 1 it is late.  The Cabinet Order behind planned_out and moved_in, and the period of
 * offer_kept, could not be read; hence parameters (spec/seed.md, Q2). */
typedef struct jk_legal_periods {
    int32_t planned_out;   /* special filing, counted from the planned move-out day: 30 */
    int32_t moved_in;      /* special filing, counted from the day of moving in: 14 */
    int32_t offer_kept;    /* data sent ahead, kept without a filing, from its receipt: 60 */
    int32_t card_continue; /* card's continued use, from the filing: 90 */
} jk_legal_periods;

/* The defaults named above. */
jk_legal_periods jk_legal_periods_default(void);

/* May this filing take the special route (3-①)?  Both limits must hold; late on one is late.  A day
 * beyond a million years from 1970, such as the INT64_MIN of "unknown", is never in time. */
bool jk_special_route_in_time(const jk_legal_periods *periods, int64_t filing_day,
                              int64_t planned_out_day, int64_t moved_in_day);

/* Is `day` within `period` days after `start`?  A day before the start is. */
bool jk_legal_day_in_time(int64_t start, int32_t period, int64_t day);

#endif
