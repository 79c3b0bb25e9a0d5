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
} jk_uv_clock;

/* The legal day follows the wall clock in Japan (UTC+9, no summer time). */
void jk_uv_clock_init(jk_uv_clock *clock);

/* The legal day stays that day: days since 1970-01-01.  For tests and the demo. */
void jk_uv_clock_fix(jk_uv_clock *clock, int64_t day);

#endif
