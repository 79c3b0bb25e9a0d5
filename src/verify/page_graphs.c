/* SPDX-License-Identifier: Apache-2.0 */
/* The graphs of model and C, side by side, and the certificate that lies beside the machines. */
#define _POSIX_C_SOURCE 200809L
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "escape.h"
#include "page.h"

static void count_cell(uint64_t count, FILE *out)
{
    (void)fputs("<td class=\"number\">", out);
    jk_page_count(out, count);
    (void)fputs("</td>", out);
}

/* Two numbers of one kind: SPIN's and the C's. */
static void pair_cell(uint64_t spin, uint64_t c, FILE *out)
{
    (void)fputs("<td class=\"number\">", out);
    jk_page_count(out, spin);
    (void)fputs("<br>", out);
    jk_page_count(out, c);
    (void)fputs("</td>", out);
}

static void write_graph_row(const jk_graph *graph, FILE *out)
{
    (void)fprintf(out, "<tr class=\"%s\"><td>", jk_page_tone(jk_graph_word(graph)));
    jk_page_verdict(out, jk_graph_word(graph), graph->cached, graph->note);
    (void)fputs("</td><th scope=\"row\"><span class=\"text\" lang=\"en\">", out);
    jk_page_text(out, graph->text);
    (void)fputs("</span>", out);
    jk_page_name(out, graph->protocol);
    (void)fputs("<code>/<wbr></code>", out);
    jk_page_name(out, graph->name);
    (void)fputs("</th><td class=\"side\">SPIN<br>C</td>", out);
    pair_cell(graph->spin.states, graph->c.states, out);
    pair_cell(graph->spin.edges, graph->c.edges, out);
    pair_cell(graph->spin.depth, graph->c.depth, out);
    (void)fprintf(out, "<td class=\"number\">%.1f<br>%.1f</td>", graph->spin.seconds,
                  graph->c.seconds);
    (void)fprintf(out, "<td class=\"number\">%.0f<br>%.0f</td>", jk_graph_state_bytes(&graph->spin),
                  jk_graph_state_bytes(&graph->c));
    count_cell(graph->promises, out);
    (void)fputs("<td class=\"bounds\">", out);
    jk_page_bounds(out, graph->defines);
    (void)fputs("</td></tr>\n", out);
}

static void write_graphs(const jk_graphs *graphs, FILE *out)
{
    jk_page_box(out, "graphs", "グラフ");
    (void)fputs("<table class=\"filtered\"><thead><tr>", out);
    jk_page_column(out, false, "Verdict", "判定");
    jk_page_column(out, false, "Graph", "グラフ");
    jk_page_column(out, false, "Side", "側");
    jk_page_column(out, true, "States", "状態数");
    jk_page_column(out, true, "Edges", "遷移数");
    jk_page_column(out, true, "Depth", "深さ");
    jk_page_column(out, true, "Seconds", "秒");
    jk_page_column(out, true, "Bytes a state", "バイト／状態");
    jk_page_column(out, true, "Promises", "性質");
    jk_page_column(out, false, "Bounds", "範囲");
    (void)fputs("</tr></thead><tbody>\n", out);
    for (size_t i = 0; i < graphs->count; i++) {
        if (jk_graph_is_told(&graphs->list[i])) {
            write_graph_row(&graphs->list[i], out);
        }
    }
    (void)fputs("</tbody></table></div>\n", out);
}

static void write_left_out(const jk_graphs *graphs, FILE *out)
{
    if (graphs->asked == 0) {
        (void)fputs("<p class=\"aside\">", out);
        jk_page_say(out, "No graph was compared in this run.", "今回はグラフを比較していません。");
        (void)fputs("</p>\n", out);
    }
    if (graphs->left_out > 0) {
        (void)fputs("<p class=\"aside\">", out);
        jk_page_count(out, graphs->left_out);
        jk_page_say(out, " graphs of another tier were not searched; nothing is said about them.",
                    " 件のグラフは別の区分のため探索していません。それらについては何も述べていま"
                    "せん。");
        (void)fputs("</p>\n", out);
    }
}

static void write_value(const json_t *value, FILE *out)
{
    if (json_is_integer(value)) {
        jk_page_count(out, json_integer_value(value) > 0 ? (uint64_t)json_integer_value(value) : 0);
    } else if (json_is_string(value)) {
        jk_put_xml(out, json_string_value(value));
    } else {
        char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
        jk_put_xml(out, text == NULL ? "" : text);
        free(text);
    }
}

/* What is said of all graphs: whatever there is, in its own words. */
static void write_common(json_t *whole, FILE *out)
{
    const char *key;
    json_t *value;
    (void)fputs("<dl class=\"facts\">\n", out);
    json_object_foreach(whole, key, value)
    {
        if (json_is_array(value)) {
            continue;
        }
        (void)fputs("<div><dt><code>", out);
        jk_put_xml(out, key);
        (void)fputs("</code></dt><dd>", out);
        write_value(value, out);
        (void)fputs("</dd></div>\n", out);
    }
    (void)fputs("</dl>\n", out);
}

/* A row for each; the first one names the columns. */
static void write_list(json_t *graphs, FILE *out)
{
    const char *key;
    json_t *value;
    json_t *first = json_array_get(graphs, 0);
    jk_page_box(out, "graphs", "グラフ");
    (void)fputs("<table><thead><tr>", out);
    json_object_foreach(first, key, value)
    {
        (void)fprintf(out, "<th scope=\"col\"%s><code>",
                      json_is_integer(value) ? " class=\"number\"" : "");
        jk_put_xml(out, key);
        (void)fputs("</code></th>", out);
    }
    (void)fputs("</tr></thead><tbody>\n", out);
    for (size_t i = 0; i < json_array_size(graphs); i++) {
        (void)fputs("<tr>", out);
        json_object_foreach(first, key, value)
        {
            json_t *own = json_object_get(json_array_get(graphs, i), key);
            bool bounds = strcmp(key, "bounds") == 0 && json_is_string(own);
            bool digest = strstr(key, "digest") != NULL;
            (void)fprintf(out, "<td%s>",
                          json_is_integer(value) ? " class=\"number\""
                          : bounds               ? " class=\"bounds\""
                          : digest               ? " class=\"digest\""
                                                 : "");
            if (bounds) {
                jk_page_bounds(out, json_string_value(own));
            } else if (own != NULL) {
                write_value(own, out);
            }
            (void)fputs("</td>", out);
        }
        (void)fputs("</tr>\n", out);
    }
    (void)fputs("</tbody></table></div>\n", out);
}

/* Every list of objects in it is a table. */
static void write_certificate(json_t *whole, FILE *out)
{
    const char *key;
    json_t *value;
    write_common(whole, out);
    json_object_foreach(whole, key, value)
    {
        if (json_is_object(json_array_get(value, 0))) {
            write_list(value, out);
        }
    }
}

static void write_compared(const jk_graphs *graphs, FILE *out)
{
    static const char *const words[][2] = {
        {"It was not compared in this run.", "今回は比較していません。"},
        {"It is what was found in this run, byte for byte.",
         "今回の結果とバイト単位で一致しました。"},
        {"It is not what was found in this run.", "今回の結果と一致しません。"},
        {"It was written by this run.", "今回の結果で書き直しました。"},
        {"It cannot be read or written.", "読み書きできません。"}};
    bool wrong = jk_certificate_is_wrong(graphs);
    (void)fprintf(out, "<p class=\"%s\">", wrong ? "open" : "plain");
    jk_page_say(out, words[graphs->certified][0], words[graphs->certified][1]);
    (void)fputs("</p>\n", out);
    if (graphs->note[0] != '\0') {
        jk_page_box(out, "what is not the same", "一致しない箇所");
        (void)fputs("<pre>", out);
        jk_put_xml(out, graphs->note);
        (void)fputs("</pre></div>\n", out);
    }
}

static void write_file(const jk_plan *plan, FILE *out)
{
    char path[JK_PATH_SIZE];
    json_error_t error = {.line = -1};
    json_t *whole = jk_path_join(path, plan->options->root, "gen/CERT.json")
                        ? json_load_file(path, 0, &error)
                        : NULL;
    bool missing = whole == NULL && error.line == -1;
    jk_page_heading(out, 3, "certificate-file", "The certificate: gen/CERT.json",
                    "証明書: gen/CERT.json");
    if (json_is_object(whole)) {
        write_compared(&plan->graphs, out);
        (void)fputs("<details><summary>", out);
        jk_page_say(out, "What it says", "証明書の内容");
        (void)fputs("</summary>\n", out);
        write_certificate(whole, out);
        (void)fputs("</details>\n", out);
    } else if (missing) {
        (void)fputs("<p class=\"aside\">", out);
        jk_page_say(out, "There is no certificate: gen/CERT.json is not there.",
                    "証明書（gen/CERT.json）はありません。");
        (void)fputs("</p>\n", out);
    } else {
        jk_page_missing(out, "gen/CERT.json", error.text);
    }
    json_decref(whole);
}

void jk_page_certificate(const jk_plan *plan, FILE *out)
{
    (void)fputs("<section>\n", out);
    jk_page_heading(out, 2, "certificate", "Model and C", "モデルと C の一致");
    (void)fputs("<p>", out);
    jk_page_say(
        out,
        "All states and all steps of the model, as stock SPIN finds them, against all that the "
        "generated C reaches: the same numbers, and the same digests. Promises are properties "
        "that the search over the C has looked at itself.",
        "標準の SPIN が見つけたモデルの全状態・全遷移と、生成された C "
        "が到達する全状態・全遷移を比べ、"
        "数とダイジェストの一致を示します。「性質」は、C の探索が自ら確かめた性質の数です。");
    (void)fputs("</p>\n", out);
    if (plan->graphs.asked > 0) {
        write_graphs(&plan->graphs, out);
    }
    write_left_out(&plan->graphs, out);
    write_file(plan, out);
    (void)fputs("</section>\n", out);
}
