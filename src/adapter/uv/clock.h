/* SPDX-License-Identifier: Apache-2.0 */
/* The clock port of a running node. */
#ifndef JUKI_ADAPTER_UV_CLOCK_H
#define JUKI_ADAPTER_UV_CLOCK_H

#include "port/clock.h"

#include <stdbool.h>

typedef struct jk_uv_clock {
    jk_clock port; /* first: the port's functions find the rest behind it */
    bool fixed;    /* day is the legal day, whatever the wall clock says */
    int64_t day;
    int64_t ahead_ms;  /* the wall clock before the counted one, when it was last believed */
    int64_t astray_ms; /* how far the wall clock was set since; 0: it is believed */
} jk_uv_clock;

/* The legal day follows the wall clock in Japan (UTC+9, no summer time), as long as that is not set
 * by more than an hour at once: a legal day that comes too early removes people.  Then the day
 * is counted on, until the wall clock is right again or the process starts anew. */
void jk_uv_clock_init(jk_uv_clock *clock);

/* Looks at the wall clock: 0, or by how many milliseconds it was set ('-': back). */
int64_t jk_uv_clock_astray(jk_uv_clock *clock);

/* The legal day stays that day: days since 1970-01-01.  For tests and the demo. */
void jk_uv_clock_fix(jk_uv_clock *clock, int64_t day);

#endif
