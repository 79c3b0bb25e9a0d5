/* SPDX-License-Identifier: Apache-2.0 */
/* Monotonic time from libuv, wall time from the system. */
#include "adapter/uv/clock.h"

#include <time.h>
#include <uv.h>

enum {
    NS_PER_MS = 1000000,
    MS_PER_S = 1000
};

#define MS_PER_DAY INT64_C(86400000)
#define JAPAN_MS   INT64_C(32400000) /* UTC+9 */
/* A step that time synchronisation may make at once. */
#define BELIEVED_MS INT64_C(3600000)

static int64_t monotonic_ms(jk_clock *clock)
{
    (void)clock;
    return (int64_t)(uv_hrtime() / NS_PER_MS);
}

static int64_t wall_ms(jk_clock *clock)
{
    (void)clock;
    struct timespec now = {0};
    if (clock_gettime(CLOCK_REALTIME, &now) != 0) {
        return 0;
    }
    return (int64_t)now.tv_sec * MS_PER_S + now.tv_nsec / NS_PER_MS;
}

/* Milliseconds since the machine started, asleep or not; nobody can set it. */
static int64_t counted_ms(void)
{
    struct timespec now = {0};
    if (clock_gettime(CLOCK_BOOTTIME, &now) != 0) {
        return 0;
    }
    return (int64_t)now.tv_sec * MS_PER_S + now.tv_nsec / NS_PER_MS;
}

int64_t jk_uv_clock_astray(jk_uv_clock *clock)
{
    const int64_t ahead_ms = wall_ms(&clock->port) - counted_ms();
    const int64_t set_ms = ahead_ms - clock->ahead_ms;
    if (set_ms <= BELIEVED_MS && set_ms >= -BELIEVED_MS) {
        clock->ahead_ms = ahead_ms;
        clock->astray_ms = 0;
    } else {
        clock->astray_ms = set_ms;
    }
    return clock->astray_ms;
}

static int64_t today(jk_clock *clock)
{
    jk_uv_clock *self = (jk_uv_clock *)clock;
    if (self->fixed) {
        return self->day;
    }
    (void)jk_uv_clock_astray(self);
    const int64_t local_ms = counted_ms() + self->ahead_ms + JAPAN_MS;
    return local_ms >= 0 ? local_ms / MS_PER_DAY : -((-local_ms + MS_PER_DAY - 1) / MS_PER_DAY);
}

void jk_uv_clock_init(jk_uv_clock *clock)
{
    clock->port.monotonic_ms = monotonic_ms;
    clock->port.wall_ms = wall_ms;
    clock->port.today = today;
    clock->fixed = false;
    clock->day = 0;
    clock->ahead_ms = wall_ms(&clock->port) - counted_ms();
    clock->astray_ms = 0;
}

void jk_uv_clock_fix(jk_uv_clock *clock, int64_t day)
{
    clock->fixed = true;
    clock->day = day;
}
