/* SPDX-License-Identifier: Apache-2.0 */
/* The table of the defences: each mutant takes one rule away, and the property that then breaks is
 * named, with a chart of how. */
#define _POSIX_C_SOURCE 200809L
#include <string.h>

#include "escape.h"
#include "page.h"

/* The run of a row of mutants.tsv; NULL: it was not searched in this call. */
static const jk_run *run_of(const jk_plan *plan, const jk_protocol *protocol, size_t row)
{
    for (size_t i = 0; i < plan->run_count; i++) {
        const jk_run *run = &plan->runs[i];
        if (run->mutant && run->protocol == protocol && run->row == row) {
            return run;
        }
    }
    return NULL;
}

static const char *cell(const jk_protocol *protocol, size_t row, enum jk_mutant_column column)
{
    return jk_table_cell(&protocol->mutants, row, column);
}

static void write_row(const jk_plan *plan, const jk_protocol *protocol, size_t row, FILE *out)
{
    const jk_run *run = run_of(plan, protocol, row);
    const char *claim = cell(protocol, row, JK_MUTANT_CLAIM);
    (void)fprintf(out, "<tr class=\"%s\"><td>",
                  run == NULL ? "none" : jk_page_tone(jk_run_word(run)));
    if (run == NULL) {
        (void)fputs("<span class=\"aside\">", out);
        jk_page_say(out, "not searched in this run", "今回は未実行");
        (void)fputs("</span>", out);
    } else {
        jk_page_verdict(out, jk_run_word(run), run->cached, run->note);
    }
    (void)fputs("</td><td class=\"rule\">", out);
    jk_page_text(out, cell(protocol, row, JK_MUTANT_RULE));
    (void)fputs("</td><th scope=\"row\"><span class=\"text\" lang=\"en\">", out);
    jk_page_text(out, cell(protocol, row, JK_MUTANT_TEXT));
    (void)fputs("</span>", out);
    jk_page_name(out, cell(protocol, row, JK_MUTANT_NAME));
    (void)fputs("</th><td><span class=\"text\" lang=\"en\">", out);
    jk_page_text(out, jk_claim_text(protocol, strcmp(claim, "-") == 0 ? NULL : claim));
    (void)fputs("</span>", out);
    jk_page_name(out, claim);
    (void)fprintf(out, "</td><td><a href=\"#chart-%s-%s\">", protocol->name,
                  cell(protocol, row, JK_MUTANT_NAME));
    jk_page_say(out, "chart", "図");
    (void)fputs("</a></td></tr>\n", out);
}

static void write_chart(const jk_plan *plan, const jk_protocol *protocol, size_t row, FILE *out)
{
    const jk_run *run = run_of(plan, protocol, row);
    const char *name = cell(protocol, row, JK_MUTANT_NAME);
    (void)fprintf(out, "<details id=\"chart-%s-%s\"><summary><b>", protocol->name, name);
    jk_page_text(out, cell(protocol, row, JK_MUTANT_RULE));
    (void)fputs("</b> <span lang=\"en\">", out);
    jk_page_text(out, cell(protocol, row, JK_MUTANT_TEXT));
    (void)fputs("</span></summary>\n", out);
    bool drawn = run != NULL && jk_page_chart(run, out);
    if (!drawn && !jk_page_kept_chart(protocol, name, out)) {
        (void)fputs("<p class=\"aside\">", out);
        jk_page_say(out, "There is no chart.", "図はありません。");
        (void)fputs("</p>\n", out);
    }
    (void)fputs("</details>\n", out);
}

static void write_protocol(const jk_plan *plan, const jk_protocol *protocol, FILE *out)
{
    (void)fprintf(out,
                  "<h3 id=\"defences-%s\"><code>%s</code> <span class=\"aside\">%zu</span></h3>\n",
                  protocol->name, protocol->name, protocol->mutants.row_count);
    jk_page_box(out, "defences", "防御");
    (void)fputs("<table class=\"filtered\"><thead><tr>", out);
    jk_page_column(out, false, "Verdict", "判定");
    jk_page_column(out, false, "Rule", "規則");
    jk_page_column(out, false, "What is taken away", "外したもの");
    jk_page_column(out, false, "What then breaks", "破れる性質");
    jk_page_column(out, false, "How", "経過");
    (void)fputs("</tr></thead><tbody>\n", out);
    for (size_t row = 0; row < protocol->mutants.row_count; row++) {
        write_row(plan, protocol, row, out);
    }
    (void)fputs("</tbody></table></div>\n<div class=\"charts\">\n", out);
    for (size_t row = 0; row < protocol->mutants.row_count; row++) {
        write_chart(plan, protocol, row, out);
    }
    (void)fputs("</div>\n", out);
}

void jk_page_defences(const jk_plan *plan, FILE *out)
{
    (void)fputs("<section>\n", out);
    jk_page_heading(out, 2, "defences", "Defences", "防御の除去");
    (void)fputs("<p>", out);
    jk_page_say(
        out,
        "Each row takes one rule out of the model. A property that is worth something then "
        "breaks. The charts show how; a chart of a row that was not searched in this run is "
        "the one that is kept beside the model.",
        "各行はモデルから規則を一つ外したものです。意味のある性質なら、そこで破れます。図はその経過"
        "です。"
        "今回実行していない行の図は、モデルのそばに保存されているものです。");
    (void)fputs("</p>\n", out);
    size_t rows = 0;
    for (size_t i = 0; i < plan->protocol_count; i++) {
        rows += plan->protocols[i].mutants.row_count;
        if (plan->protocols[i].mutants.row_count > 0) {
            write_protocol(plan, &plan->protocols[i], out);
        }
    }
    if (rows == 0) {
        (void)fputs("<p class=\"aside\">", out);
        jk_page_say(out, "These protocols have no table of mutants.",
                    "これらの手順には変異体の表がありません。");
        (void)fputs("</p>\n", out);
    }
    (void)fputs("</section>\n", out);
}
