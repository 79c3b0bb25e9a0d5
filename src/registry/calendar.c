/* SPDX-License-Identifier: Apache-2.0 */
/* Legal days of a move: plain day counts.  Whether a last day that is a holiday moves to the next
 * working day is for the caller, who knows the holidays. */
#include "juki/calendar.h"

jk_legal_periods jk_legal_periods_default(void)
{
    const jk_legal_periods periods = {
        .planned_out = 30,
        .moved_in = 14,
        .offer_kept = 60,
        .card_continue = 90,
    };
    return periods;
}

/* Sums of such days cannot overflow. */
static bool is_day(int64_t day)
{
    const int64_t limit = INT64_C(366) * 1000000;

    return day >= -limit && day <= limit;
}

bool jk_legal_day_in_time(int64_t start, int32_t period, int64_t day)
{
    return is_day(start) && is_day(day) && day <= start + period;
}

bool jk_special_route_in_time(const jk_legal_periods *periods, int64_t filing_day,
                              int64_t planned_out_day, int64_t moved_in_day)
{
    return jk_legal_day_in_time(planned_out_day, periods->planned_out, filing_day) &&
           jk_legal_day_in_time(moved_in_day, periods->moved_in, filing_day);
}
