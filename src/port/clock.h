/* SPDX-License-Identifier: Apache-2.0 */
/* The clock port.  Protocol time is monotonic; the wall clock serves legal days, certificates and
 * logs alone. */
#ifndef JUKI_PORT_CLOCK_H
#define JUKI_PORT_CLOCK_H

#include <stdint.h>

typedef struct jk_clock jk_clock;

struct jk_clock {
    int64_t (*monotonic_ms)(jk_clock *clock);
    int64_t (*wall_ms)(jk_clock *clock); /* milliseconds since 1970-01-01 UTC */
    int64_t (*today)(jk_clock *clock);   /* the legal day: days since 1970-01-01, Japanese time */
};

#endif
