/* SPDX-License-Identifier: Apache-2.0 */
/* The clock of a node on given times: its units, the first and the last millisecond of a legal day,
 * and a wall clock that somebody sets. */
#include "adapter/uv/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

/* What the system says: the linker puts these in front of it (see CMakeLists.txt). */
static struct timespec wall;
static struct timespec booted;
static uint64_t counter_ns;
static clockid_t broken = -1;

int __wrap_clock_gettime(clockid_t clock, struct timespec *now);
uint64_t __wrap_uv_hrtime(void);

int __wrap_clock_gettime(clockid_t clock, struct timespec *now)
{
    if (clock == broken) {
        return -1;
    }
    *now = clock == CLOCK_REALTIME ? wall : booted;
    return 0;
}

uint64_t __wrap_uv_hrtime(void)
{
    return counter_ns;
}

static struct timespec at_ms(int64_t ms)
{
    int64_t s = ms / 1000;
    if (ms % 1000 < 0) {
        s--;
    }
    return (struct timespec){.tv_sec = (time_t)s, .tv_nsec = (long)(ms - s * 1000) * 1000000};
}

/* The machine has run for ten minutes; the wall clock says `wall_ms`. */
static void start(jk_uv_clock *clock, int64_t wall_ms)
{
    wall = at_ms(wall_ms);
    booted = at_ms(600000);
    jk_uv_clock_init(clock);
}

/* Time passes: both clocks go on. */
static void pass(int64_t ms)
{
    const int64_t wall_ms = (int64_t)wall.tv_sec * 1000 + wall.tv_nsec / 1000000;
    const int64_t booted_ms = (int64_t)booted.tv_sec * 1000 + booted.tv_nsec / 1000000;
    wall = at_ms(wall_ms + ms);
    booted = at_ms(booted_ms + ms);
}

/* Somebody sets the wall clock alone. */
static void set(int64_t by_ms)
{
    const struct timespec before = booted;
    pass(by_ms);
    booted = before;
}

static int64_t day_of(jk_uv_clock *clock)
{
    return clock->port.today(&clock->port);
}

static void units(void **state)
{
    (void)state;
    jk_uv_clock clock;
    start(&clock, INT64_C(1750000000123));
    wall.tv_nsec += 999999; /* of a millisecond that is not over */
    assert_int_equal(clock.port.wall_ms(&clock.port), INT64_C(1750000000123));
    broken = CLOCK_REALTIME;
    assert_int_equal(clock.port.wall_ms(&clock.port), 0);
    broken = -1;
    counter_ns = UINT64_C(5999999);
    assert_int_equal(clock.port.monotonic_ms(&clock.port), 5);
    counter_ns++;
    assert_int_equal(clock.port.monotonic_ms(&clock.port), 6);
}

/* The day begins at midnight in Japan, 15:00 in Greenwich, also before 1970. */
static void midnights(void **state)
{
    (void)state;
    static const int64_t days[] = {20254, 1, 0, -1, -2, -400};
    for (size_t i = 0; i < sizeof days / sizeof days[0]; i++) {
        jk_uv_clock clock;
        start(&clock, days[i] * 86400000 - 32400000);
        assert_int_equal(day_of(&clock), days[i]);
        pass(86399999);
        assert_int_equal(day_of(&clock), days[i]);
        pass(1);
        assert_int_equal(day_of(&clock), days[i] + 1);
        start(&clock, days[i] * 86400000 - 32400001);
        assert_int_equal(day_of(&clock), days[i] - 1);
    }
}

/* An hour at once is believed, a millisecond more is not: then the day is counted on. */
static void a_wall_clock_that_is_set(void **state)
{
    (void)state;
    static const int64_t hour = 3600000;
    for (int sign = -1; sign <= 1; sign += 2) {
        jk_uv_clock clock;
        start(&clock, INT64_C(20000) * 86400000 - 32400000 + 43200000); /* noon */
        assert_int_equal(jk_uv_clock_astray(&clock), 0);
        set(sign * hour);
        assert_int_equal(jk_uv_clock_astray(&clock), 0);
        set(sign * (hour + 1)); /* counted from what was believed last */
        assert_int_equal(jk_uv_clock_astray(&clock), sign * (hour + 1));
        assert_int_equal(clock.astray_ms, sign * (hour + 1));
        set(sign * 30 * 24 * hour);
        assert_int_equal(jk_uv_clock_astray(&clock), sign * (hour + 1 + 30 * 24 * hour));
        assert_int_equal(day_of(&clock), 20000);
        pass(24 * hour);
        assert_int_equal(day_of(&clock), 20001);
        set(-sign * (30 * 24 * hour + 1)); /* right again, but for an hour */
        assert_int_equal(jk_uv_clock_astray(&clock), 0);
        assert_int_equal(clock.astray_ms, 0);
        set(sign * hour);
        assert_int_equal(jk_uv_clock_astray(&clock), 0);
        assert_int_equal(day_of(&clock), 20001);
    }
}

/* The day follows what was believed: an hour over midnight. */
static void a_small_step_moves_the_day(void **state)
{
    (void)state;
    jk_uv_clock clock;
    start(&clock, INT64_C(20000) * 86400000 - 32400000 - 1000);
    assert_int_equal(day_of(&clock), 19999);
    set(1000);
    assert_int_equal(day_of(&clock), 20000);
}

static void a_fixed_day(void **state)
{
    (void)state;
    jk_uv_clock clock;
    start(&clock, INT64_C(1750000000000));
    jk_uv_clock_fix(&clock, 20544);
    pass(INT64_C(86400000) * 3);
    assert_int_equal(day_of(&clock), 20544);
}

/* No counted time is no time: the wall clock alone is believed at the start. */
static void without_a_counted_time(void **state)
{
    (void)state;
    jk_uv_clock clock;
    broken = CLOCK_BOOTTIME;
    start(&clock, INT64_C(20000) * 86400000 - 32400000);
    assert_int_equal(clock.ahead_ms, INT64_C(20000) * 86400000 - 32400000);
    assert_int_equal(day_of(&clock), 20000);
    broken = -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(units),
        cmocka_unit_test(midnights),
        cmocka_unit_test(a_wall_clock_that_is_set),
        cmocka_unit_test(a_small_step_moves_the_day),
        cmocka_unit_test(a_fixed_day),
        cmocka_unit_test(without_a_counted_time),
    };
    return cmocka_run_group_tests_name("the node's clock", tests, NULL, NULL);
}
