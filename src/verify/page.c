/* SPDX-License-Identifier: Apache-2.0 */
/* report.html: one file, nothing from outside; it can be read without its script. */
#define _POSIX_C_SOURCE 200809L
#include "page.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "chart.h"
#include "escape.h"
#include "out.h"

/* page.css and page.js, byte for byte, with a NUL. */
static const unsigned char style[] = {
#include "page_css.inc"
};

static const unsigned char script[] = {
#include "page_js.inc"
};

static void write_head(const jk_plan *plan, FILE *out)
{
    jk_verify_exit code = jk_plan_exit(plan);
    (void)fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                "<meta name=\"color-scheme\" content=\"light dark\">\n<title>juki verify: ",
                out);
    jk_put_xml(out, jk_page_sentence(code, false));
    (void)fprintf(out, "</title>\n<style>\n%s\n%s</style>\n</head>\n<body>\n", (const char *)style,
                  jk_chart_style());
    (void)fputs("<input type=\"radio\" name=\"language\" id=\"in-en\" class=\"choice\" checked>\n"
                "<input type=\"radio\" name=\"language\" id=\"in-ja\" class=\"choice\">\n",
                out);
}

static void write_fact(FILE *out, const char *english, const char *japanese, const char *value)
{
    (void)fputs("<div><dt>", out);
    jk_page_say(out, english, japanese);
    (void)fputs("</dt><dd>", out);
    jk_put_xml(out, value);
    (void)fputs("</dd></div>\n", out);
}

/* So many of so many; what was not asked for is no fact. */
static void write_share(FILE *out, const char *english, const char *japanese, size_t good,
                        size_t all)
{
    char text[64];
    (void)snprintf(text, sizeof text, "%zu / %zu", good, all);
    if (all > 0) {
        write_fact(out, english, japanese, text);
    }
}

static void write_facts(const jk_plan *plan, FILE *out)
{
    char text[160];
    char tools[260];
    time_t when = (time_t)plan->started_s;
    struct tm parts = {0};
    jk_tally checks = jk_plan_tally(plan, false);
    jk_tally mutants = jk_plan_tally(plan, true);
    (void)fputs("<dl class=\"facts\">\n", out);
    write_share(out, "Checks as expected", "期待どおりの検査", checks.good,
                checks.good + checks.bad + checks.incomplete + checks.tool);
    write_share(out, "Mutants refuted", "反証された変異体", mutants.good,
                mutants.good + mutants.bad + mutants.incomplete + mutants.tool);
    write_share(out, "Graphs the same in SPIN and C", "SPIN と C で一致したグラフ",
                jk_graphs_tally(&plan->graphs).same, plan->graphs.asked);
    (void)snprintf(text, sizeof text, "%zu", jk_plan_cached(plan));
    write_fact(out, "Results from the cache", "キャッシュからの結果", text);
    (void)snprintf(text, sizeof text, "%zu", plan->left_out_count);
    write_fact(out, "Checks of another tier, not run", "別の区分のため未実行の検査", text);
    (void)snprintf(text, sizeof text, "%" PRId64 " s (%" PRId64 " s)", plan->wall_ms / 1000,
                   plan->used_ms / 1000);
    write_fact(out, "Time (of processors)", "所要時間（プロセッサ時間）", text);
    (void)gmtime_r(&when, &parts);
    (void)strftime(text, sizeof text, "%Y-%m-%d %H:%M UTC", &parts);
    write_fact(out, "Begun", "開始", text);
    (void)snprintf(tools, sizeof tools, "%s; %s; %s", plan->tools.spin, plan->tools.tcc,
                   plan->tools.clang);
    (void)fputs("</dl>\n<dl class=\"facts wide\">\n", out);
    write_fact(out, "Tools", "ツール", tools);
    (void)fputs("</dl>\n", out);
}

static void write_header(const jk_plan *plan, FILE *out)
{
    jk_verify_exit code = jk_plan_exit(plan);
    const char *tone = code == JK_VERIFY_HOLDS                                   ? "good"
                       : code == JK_VERIFY_VIOLATED || code == JK_VERIFY_DIFFERS ? "bad"
                                                                                 : "open";
    (void)fputs("<header>\n<div class=\"bar\"><p class=\"name\">juki verify</p>\n"
                "<p class=\"languages\"><label for=\"in-en\" lang=\"en\">English</label>"
                "<label for=\"in-ja\" lang=\"ja\">日本語</label></p></div>\n",
                out);
    (void)fprintf(out, "<h1 class=\"%s\">", tone);
    jk_page_say(out, jk_page_sentence(code, false), jk_page_sentence(code, true));
    (void)fputs("</h1>\n", out);
    write_facts(plan, out);
    (void)fputs("<nav><ul>", out);
    static const char *const links[][3] = {
        {"checks", "Checks", "検査"},           {"certificate", "Model and C", "モデルと C の一致"},
        {"defences", "Defences", "防御の除去"}, {"diagrams", "State diagrams", "状態遷移図"},
        {"scores", "Strength", "性質の強さ"},   {"limits", "Limits", "この報告の限界"}};
    for (size_t i = 0; i < sizeof links / sizeof links[0]; i++) {
        (void)fprintf(out, "<li><a href=\"#%s\">", links[i][0]);
        jk_page_say(out, links[i][1], links[i][2]);
        (void)fputs("</a></li>", out);
    }
    (void)fputs("</ul></nav>\n</header>\n", out);
}

static void write_problem(const jk_run *run, FILE *out)
{
    jk_place place;
    char name[JK_RUN_NAME_SIZE];
    jk_run_full_name(run, name);
    jk_run_place(run, &place);
    (void)fprintf(out, "<article class=\"%s\">\n<h3><code>", jk_page_tone(jk_run_word(run)));
    jk_put_xml(out, name);
    (void)fputs("</code></h3>\n<p>", out);
    jk_page_verdict(out, jk_run_word(run), run->cached, run->note);
    (void)fputs("</p>\n<p lang=\"en\">", out);
    jk_page_text(out, jk_run_text(run));
    (void)fprintf(out, "</p>\n<p class=\"aside\"><code>%s:%u</code></p>\n", place.file, place.line);
    (void)jk_page_chart(run, out);
    (void)fputs("</article>\n", out);
}

/* What differs, with the shortest ways to where the graphs part. */
static void write_graph(const jk_graphs *graphs, const jk_graph *graph, FILE *out)
{
    jk_place place;
    char name[JK_RUN_NAME_SIZE];
    const char *word = jk_graph_word(graph);
    jk_graph_full_name(graph, name);
    jk_graph_place(graphs, graph, &place);
    (void)fprintf(out, "<article class=\"%s\">\n<h3><code>", jk_page_tone(word));
    jk_put_xml(out, name);
    (void)fputs("</code></h3>\n<p>", out);
    jk_page_verdict(out, word, graph->cached, graph->note);
    (void)fputs("</p>\n<p lang=\"en\">", out);
    jk_page_text(out, graph->text);
    (void)fprintf(out, "</p>\n<p class=\"aside\"><code>%s:%u</code></p>\n", place.file, place.line);
    char *text = jk_graph_read(graph, "compare", ".txt");
    if (text != NULL) {
        jk_page_box(out, "where they part", "分かれる箇所");
        (void)fputs("<pre>", out);
        jk_put_xml(out, text);
        (void)fputs("</pre></div>\n", out);
    }
    free(text);
    for (size_t i = 0; jk_page_graph_chart(graph, i, out); i++) {
    }
    (void)fputs("</article>\n", out);
}

static void write_undecided(const char *name, const char *word, const char *note, const char *text,
                            FILE *out)
{
    (void)fprintf(out, "<tr class=\"%s\"><td>", jk_page_tone(word));
    jk_page_verdict(out, word, false, note);
    (void)fputs("</td><th scope=\"row\"><span class=\"text\" lang=\"en\">", out);
    jk_page_text(out, text);
    (void)fputs("</span><code>", out);
    jk_put_xml(out, name);
    (void)fputs("</code></th></tr>\n", out);
}

static void write_all_undecided(const jk_plan *plan, FILE *out)
{
    const jk_graphs *graphs = &plan->graphs;
    char name[JK_RUN_NAME_SIZE];
    jk_page_heading(out, 3, "undecided", "Not decided", "判定できない結果");
    jk_page_box(out, "not decided", "判定できない結果");
    (void)fputs("<table class=\"short\"><thead><tr>", out);
    jk_page_column(out, false, "Verdict", "判定");
    jk_page_column(out, false, "Property and check", "性質と検査");
    (void)fputs("</tr></thead><tbody>\n", out);
    for (size_t i = 0; i < plan->run_count; i++) {
        const jk_run *run = &plan->runs[i];
        if (run->outcome != JK_OUTCOME_BAD && run->outcome != JK_OUTCOME_GOOD) {
            jk_run_full_name(run, name);
            write_undecided(name, jk_run_word(run), run->note, jk_run_text(run), out);
        }
    }
    for (size_t i = 0; i < graphs->count; i++) {
        const jk_graph *graph = &graphs->list[i];
        if (graph->outcome == JK_VERIFY_INCOMPLETE || graph->outcome == JK_VERIFY_TOOL) {
            jk_graph_full_name(graph, name);
            write_undecided(name, jk_graph_word(graph), graph->note, graph->text, out);
        }
    }
    if (jk_certificate_is_wrong(graphs)) {
        write_undecided("gen/CERT.json",
                        graphs->certified == JK_CERTIFIED_OTHER ? "INCOMPLETE" : "TOOL ERROR", "",
                        jk_certificate_words(graphs), out);
    }
    (void)fputs("</tbody></table></div>\n", out);
}

/* What is violated or differs comes first, each with its charts; what is not decided is a table. */
static void write_problems(const jk_plan *plan, FILE *out)
{
    size_t undecided = jk_plan_undecided(plan);
    if (jk_plan_exit(plan) == JK_VERIFY_HOLDS) {
        return;
    }
    (void)fputs("<section>\n", out);
    jk_page_heading(out, 2, "problems", "Not as expected", "期待と異なる結果");
    for (size_t i = 0; i < plan->graphs.count; i++) {
        const jk_graph *graph = &plan->graphs.list[i];
        if (graph->outcome == JK_VERIFY_DIFFERS || graph->outcome == JK_VERIFY_VIOLATED) {
            write_graph(&plan->graphs, graph, out);
        }
    }
    for (size_t i = 0; i < plan->run_count; i++) {
        if (plan->runs[i].outcome == JK_OUTCOME_BAD) {
            write_problem(&plan->runs[i], out);
        }
    }
    if (undecided > 0) {
        write_all_undecided(plan, out);
    }
    (void)fputs("</section>\n", out);
}

static void write_limits(FILE *out)
{
    static const char *const words[][2] = {
        {"A property that holds is proved for the bounds of its row: so many members, "
         "destinations, messages, faults. Larger systems are not covered by it.",
         "「成立」は、その行の範囲（構成員、転入先、電文、故障の数）について証明されたことを意味し"
         "ます。"
         "それより大きな構成については述べていません。"},
        {"Checks and defences are searched in the model. That the C behaves as the model is shown "
         "by the graphs, for their bounds; without them it is not shown here.",
         "検査と防御の除去はモデルを対象にした探索です。C "
         "がモデルどおりに動くことは、グラフの比較がその範囲について示します。"
         "比較がなければ、ここでは示されません。"},
        {"Answers of the host, storage, cryptography and encoding are outside of the model; tests "
         "of the running nodes cover them.",
         "ホストの応答、保存、暗号、符号化はモデルの外にあり、実際のノードの試験で確かめます。"},
        {"A result from the cache was complete when it was made, of the same model, property, "
         "options and tool versions, and was judged again now.",
         "キャッシュの結果は、同じモデル、性質、オプション、ツールの版による完全な探索のもので、今"
         "回あらためて判定しました。"}};
    (void)fputs("<section>\n", out);
    jk_page_heading(out, 2, "limits", "What this report does not say", "この報告の限界");
    (void)fputs("<ul>\n", out);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        (void)fputs("<li>", out);
        jk_page_say(out, words[i][0], words[i][1]);
        (void)fputs("</li>\n", out);
    }
    (void)fputs("</ul>\n", out);
    jk_page_heading(out, 3, "words", "The words of the verdicts", "判定の語の意味");
    jk_page_legend(out);
    (void)fputs("<p>", out);
    jk_page_say(out, "To repeat a search with stock tools, without juki: ",
                "juki を使わず標準のツールだけで探索を繰り返すには: ");
    (void)fputs("<code>sh repro.sh</code></p>\n</section>\n", out);
}

void jk_page_write(const jk_plan *plan, FILE *out)
{
    write_head(plan, out);
    (void)fputs("<div class=\"page\">\n", out);
    write_header(plan, out);
    (void)fputs("<main>\n", out);
    write_problems(plan, out);
    jk_page_checks(plan, out);
    jk_page_certificate(plan, out);
    jk_page_defences(plan, out);
    jk_page_diagrams(plan, out);
    jk_page_scores(plan, out);
    write_limits(out);
    (void)fprintf(out, "</main>\n</div>\n<script>\n%s</script>\n</body>\n</html>\n",
                  (const char *)script);
}
