/* SPDX-License-Identifier: Apache-2.0 */
/* What a person sees: one line of progress, the table of outcomes, the verdict. */
#define _POSIX_C_SOURCE 200809L

#include "demo_run.h"

#include "movein.h"
#include "movein_names.h"

#include <string.h>
#include <unistd.h>

enum {
    SHOW_MS = 100
};

static const char *const outcome_names[DEMO_OUTCOMES] = {
    "open", "done", "refused", "cancelled", "parked", "lost",
};

const char *demo_outcome_name(demo_outcome outcome)
{
    return outcome_names[outcome];
}

/* ---- width ---- */

/* Wide for kana, kanji and full-width forms; nothing for variation selectors. */
static size_t width_of(unsigned point)
{
    if ((point >= 0xfe00 && point <= 0xfe0f) || (point >= 0xe0100 && point <= 0xe01ef)) {
        return 0;
    }
    const bool wide =
        (point >= 0x2e80 && point <= 0xa4cf) || (point >= 0xf900 && point <= 0xfaff) ||
        (point >= 0xff00 && point <= 0xff60) || (point >= 0x20000 && point <= 0x3fffd);
    return wide ? 2 : 1;
}

size_t demo_width(const char *text)
{
    size_t width = 0;
    const unsigned char *at = (const unsigned char *)text;
    while (*at != '\0') {
        unsigned point = *at++;
        unsigned more = point >= 0xf0 ? 3 : point >= 0xe0 ? 2 : point >= 0xc0 ? 1 : 0;
        point &= more == 3 ? 0x07U : more == 2 ? 0x0fU : more == 1 ? 0x1fU : 0x7fU;
        while (more > 0 && (*at & 0xc0U) == 0x80U) {
            point = point << 6 | (*at++ & 0x3fU);
            more--;
        }
        width += width_of(point);
    }
    return width;
}

/* ---- progress ---- */

static void count_outcomes(const demo_run *run, unsigned outcomes[DEMO_OUTCOMES])
{
    memset(outcomes, 0, DEMO_OUTCOMES * sizeof outcomes[0]);
    for (size_t i = 0; i < run->plan.count; i++) {
        outcomes[run->plan.moves[i].outcome]++;
    }
}

static unsigned running(const demo_run *run)
{
    unsigned count = 0;
    for (size_t i = 0; i < DEMO_NODES; i++) {
        count += run->net.node[i].pid > 0 ? 1U : 0U;
    }
    return count;
}

void demo_show_progress(demo_run *run, bool last)
{
    const int64_t now = demo_now_ms();
    if (run->options->quiet || isatty(STDOUT_FILENO) == 0 ||
        (!last && now - run->shown_ms < SHOW_MS)) {
        return;
    }
    unsigned outcomes[DEMO_OUTCOMES];
    count_outcomes(run, outcomes);
    run->shown_ms = now;
    (void)printf("\r\033[Kmoves %u/%zu   done %u  refused %u  cancelled %u  parked %u   "
                 "processes %u  restarts %u   %.1f s",
                 run->over, run->plan.count, outcomes[DEMO_DONE], outcomes[DEMO_REFUSED],
                 outcomes[DEMO_CANCELLED], outcomes[DEMO_PARKED], running(run), run->restarts,
                 (double)(now - run->start_ms) / 1000.0);
    (void)printf("%s", last ? "\r\033[K" : "");
    (void)fflush(stdout);
}

void demo_show_event(demo_run *run, const char *what, const char *who)
{
    if (run->options->quiet) {
        return;
    }
    (void)printf("%s%6.2f s  %s: %s\n", isatty(STDOUT_FILENO) != 0 ? "\r\033[K" : "",
                 (double)(demo_now_ms() - run->start_ms) / 1000.0, who, what);
    (void)fflush(stdout);
}

/* ---- tables ---- */

/* A label in two languages, padded by what it takes on the screen. */
static void row(FILE *out, const char *english, const char *japanese, const char *indent)
{
    const size_t width = demo_width(english) + demo_width(japanese) + demo_width(indent) + 1;
    (void)fprintf(out, "%s%s %s%*s", indent, english, japanese, width < 36 ? (int)(36 - width) : 0,
                  "");
}

static const char *japanese_reason(unsigned reason)
{
    switch (reason) {
    case JK_REASON_NO_MATCH: return "該当なし";
    case JK_REASON_CARD_INVALID: return "カード無効";
    case JK_REASON_PIN_LOCKED: return "暗証番号ロック";
    case JK_REASON_UNAVAILABLE: return "全国サーバ応答なし";
    case JK_REASON_NO_FILING: return "転出届なし";
    case JK_REASON_GRANTED_ELSEWHERE: return "他で処理中";
    case JK_REASON_CANCELLED: return "転出取消";
    case JK_REASON_TOO_LATE: return "期限経過";
    case JK_REASON_ALREADY_USED: return "転入済み";
    case JK_REASON_REJECTED_BY_CLERK: return "転入地で不受理";
    case JK_REASON_UNREACHABLE: return "応答なし";
    case JK_REASON_STOPPED_BY_OPERATOR: return "窓口で中止";
    default: return "";
    }
}

static const char *reason_name(unsigned reason)
{
    return reason == 0 ? "reason not kept" : jk_movein_reason_name((uint16_t)reason);
}

void demo_show_outcomes(const demo_run *run, FILE *out)
{
    (void)fprintf(out, "\n");
    row(out, "special move-ins", "特例転入", "");
    (void)fprintf(out, "%5zu\n", run->plan.count);
    row(out, "done", "完了", "  ");
    (void)fprintf(out, "%5u   %u residents, %u households of 2 to 5\n", run->outcomes[DEMO_DONE],
                  run->moved, run->households);
    row(out, "refused", "不受理", "  ");
    (void)fprintf(out, "%5u\n", run->outcomes[DEMO_REFUSED]);
    for (unsigned reason = 0; reason < DEMO_REASONS; reason++) {
        if (run->refused[reason] > 0 || reason == JK_REASON_UNREACHABLE) {
            row(out, reason_name(reason), japanese_reason(reason), "    ");
            (void)fprintf(out, "%5u\n", run->refused[reason]);
        }
    }
    row(out, "cancelled", "取消し", "  ");
    (void)fprintf(out, "%5u\n", run->outcomes[DEMO_CANCELLED]);
    row(out, "parked", "保留", "  ");
    (void)fprintf(out, "%5u\n", run->outcomes[DEMO_PARKED]);
    const unsigned rest = run->outcomes[DEMO_OPEN] + run->outcomes[DEMO_LOST];
    if (rest > 0) {
        row(out, "not accounted for", "不明", "  ");
        (void)fprintf(out, "%5u\n", rest);
    }
    if (run->unexpected > 0) {
        row(out, "ended otherwise than planned", "想定外", "  ");
        (void)fprintf(out, "%5u\n", run->unexpected);
    }
}

void demo_show_verdict(const jk_verdict *verdict, FILE *out)
{
    for (unsigned rule = 1; rule <= JK_JUDGE_RULES; rule++) {
        if (verdict->count[rule] == 0) {
            continue;
        }
        (void)fprintf(out, "V%-2u %-46s %5llu\n", rule, jk_judge_rule_text(rule),
                      (unsigned long long)verdict->count[rule]);
        for (size_t i = 0; i < JK_JUDGE_EXAMPLES; i++) {
            if (verdict->example[rule][i][0] != '\0') {
                (void)fprintf(out, "      %s\n", verdict->example[rule][i]);
            }
        }
    }
}
