/* SPDX-License-Identifier: Apache-2.0 */
/* The table of the checks, one for each protocol. */
#define _POSIX_C_SOURCE 200809L
#include <inttypes.h>
#include <string.h>

#include "escape.h"
#include "page.h"

static void write_row(const jk_run *run, FILE *out)
{
    (void)fprintf(out, "<tr class=\"%s\"><td>", jk_page_tone(jk_run_word(run)));
    jk_page_verdict(out, jk_run_word(run), run->cached, run->note);
    (void)fputs("</td><th scope=\"row\"><span class=\"text\" lang=\"en\">", out);
    jk_page_text(out, jk_run_cell(run, JK_CHECK_TEXT));
    (void)fputs("</span>", out);
    jk_page_name(out, jk_run_name(run));
    (void)fputs("</th><td class=\"rule\">", out);
    jk_page_text(out, jk_run_rule(run));
    (void)fputs("</td><td class=\"claim\">", out);
    if (run->claim == NULL) {
        jk_page_say(out, "assertions, deadlock", "表明と行き詰まり");
    } else {
        jk_page_name(out, run->claim);
    }
    (void)fputs("</td><td class=\"bounds\">", out);
    jk_page_bounds(out, jk_run_cell(run, JK_CHECK_DEFINES));
    (void)fputs("</td><td class=\"number\">", out);
    jk_page_count(out, run->output.states);
    (void)fputs("</td><td class=\"number\">", out);
    jk_page_count(out, run->output.depth);
    (void)fprintf(out, "</td><td class=\"number\">%.1f</td></tr>\n", (double)run->used_ms / 1000);
}

static void write_protocol(const jk_plan *plan, const jk_protocol *protocol, FILE *out)
{
    size_t rows = 0;
    for (size_t i = 0; i < plan->run_count; i++) {
        const jk_run *run = &plan->runs[i];
        rows += run->protocol == protocol && !run->mutant ? 1 : 0;
    }
    if (rows == 0) {
        return;
    }
    (void)fprintf(out,
                  "<h3 id=\"checks-%s\"><code>%s</code> <span class=\"aside\">%zu</span></h3>\n",
                  protocol->name, protocol->name, rows);
    jk_page_box(out, "checks", "検査");
    (void)fputs("<table class=\"filtered\"><thead><tr>", out);
    jk_page_column(out, false, "Verdict", "判定");
    jk_page_column(out, false, "Property and check", "性質と検査");
    jk_page_column(out, false, "Rule", "規則");
    jk_page_column(out, false, "Claim", "主張");
    jk_page_column(out, false, "Bounds", "範囲");
    jk_page_column(out, true, "States", "状態数");
    jk_page_column(out, true, "Depth", "深さ");
    jk_page_column(out, true, "Seconds", "秒");
    (void)fputs("</tr></thead><tbody>\n", out);
    for (size_t i = 0; i < plan->run_count; i++) {
        const jk_run *run = &plan->runs[i];
        if (run->protocol == protocol && !run->mutant) {
            write_row(run, out);
        }
    }
    (void)fputs("</tbody></table></div>\n", out);
}

void jk_page_checks(const jk_plan *plan, FILE *out)
{
    (void)fputs("<section>\n", out);
    jk_page_heading(out, 2, "checks", "Checks", "検査");
    (void)fputs("<p>", out);
    jk_page_say(out,
                "Each row is one search of all states that the model can reach within the bounds. "
                "Seconds are of processor time.",
                "各行は、範囲内でモデルが到達しうるすべての状態を調べた一回の探索です。秒はプロセッ"
                "サ時間です。");
    (void)fputs("</p>\n", out);
    for (size_t i = 0; i < plan->protocol_count; i++) {
        write_protocol(plan, &plan->protocols[i], out);
    }
    if (plan->left_out_count > 0) {
        (void)fputs("<p class=\"aside\">", out);
        jk_page_count(out, plan->left_out_count);
        jk_page_say(
            out, " checks of another tier were not run; nothing is said about them.",
            " 件の検査は別の区分のため実行していません。それらについては何も述べていません。");
        (void)fputs("</p>\n", out);
    }
    (void)fputs("</section>\n", out);
}
