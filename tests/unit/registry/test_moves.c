/* SPDX-License-Identifier: Apache-2.0 */
/* Change reasons and legal days: the whole table, and each limit at day n and day n + 1. */
#include "juki/calendar.h"
#include "juki/reasons.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include <string.h>

static void all_reasons(void **state)
{
    int count = 0;

    (void)state;
    for (uint32_t i = 0; i <= UINT16_MAX; i++) {
        const uint16_t reason = (uint16_t)i;
        const bool listed = (reason >= 101 && reason <= 109) || (reason >= 201 && reason <= 209) ||
                            (reason >= 301 && reason <= 320);
        assert_int_equal(jk_change_reason_check(reason), listed ? JK_OK : JK_E_ENUM);
        assert_int_equal(jk_change_reason_ja(reason) != NULL, listed);
        assert_int_equal(jk_change_reason_en(reason) != NULL, listed);
        assert_int_equal(jk_change_reason_kind(reason), listed ? reason / 100 : JK_CHANGE_NONE);
        assert_int_equal(jk_change_reason_is_notified(reason),
                         listed && !(reason >= 310 && reason <= 313));
        count += listed;
    }
    assert_int_equal(count, 38);
    assert_string_equal(jk_change_reason_ja(JK_REASON_MOVE_IN), "国内転入");
    assert_string_equal(jk_change_reason_en(JK_REASON_DEATH), "death");
    assert_int_equal(JK_REASON_MOVE_OUT, 201);
}

static void reasons_differ(void **state)
{
    (void)state;
    for (uint16_t a = 101; a <= 320; a++) {
        for (uint16_t b = (uint16_t)(a + 1); b <= 320; b++) {
            if (jk_change_reason_ja(a) != NULL && jk_change_reason_ja(b) != NULL) {
                assert_string_not_equal(jk_change_reason_ja(a), jk_change_reason_ja(b));
                assert_string_not_equal(jk_change_reason_en(a), jk_change_reason_en(b));
            }
        }
    }
}

static void special_route(void **state)
{
    const jk_legal_periods periods = jk_legal_periods_default();
    const int64_t out = 20000;

    (void)state;
    /* Thirty days from the planned day, with the fourteen kept far away. */
    assert_true(jk_special_route_in_time(&periods, out + 30, out, out + 30));
    assert_false(jk_special_route_in_time(&periods, out + 31, out, out + 31));
    /* Fourteen days from moving in. */
    assert_true(jk_special_route_in_time(&periods, out + 14, out, out));
    assert_false(jk_special_route_in_time(&periods, out + 15, out, out));
    assert_true(jk_special_route_in_time(&periods, out + 15, out, out + 1));
    /* A filing before the planned day is in time. */
    assert_true(jk_special_route_in_time(&periods, out - 5, out, out - 5));
}

static void other_periods(void **state)
{
    jk_legal_periods periods = jk_legal_periods_default();

    (void)state;
    assert_int_equal(periods.planned_out, 30);
    assert_int_equal(periods.moved_in, 14);
    assert_int_equal(periods.offer_kept, 60);
    assert_int_equal(periods.card_continue, 90);
    assert_true(jk_legal_day_in_time(0, periods.card_continue, 90));
    assert_false(jk_legal_day_in_time(0, periods.card_continue, 91));
    assert_true(jk_legal_day_in_time(0, periods.offer_kept, 60));
    assert_false(jk_legal_day_in_time(0, periods.offer_kept, 61));
    periods.planned_out = 40;
    assert_true(jk_special_route_in_time(&periods, 40, 0, 40));
    assert_false(jk_special_route_in_time(&periods, 41, 0, 41));
}

static void unknown_days(void **state)
{
    const jk_legal_periods periods = jk_legal_periods_default();

    (void)state;
    assert_false(jk_special_route_in_time(&periods, INT64_MIN, 0, 0));
    assert_false(jk_special_route_in_time(&periods, 0, INT64_MIN, 0));
    assert_false(jk_special_route_in_time(&periods, 0, 0, INT64_MIN));
    assert_false(jk_special_route_in_time(&periods, 0, INT64_MAX, INT64_MAX));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_reasons),   cmocka_unit_test(reasons_differ),
        cmocka_unit_test(special_route), cmocka_unit_test(other_periods),
        cmocka_unit_test(unknown_days),
    };
    return cmocka_run_group_tests_name("registry_moves", tests, NULL, NULL);
}
