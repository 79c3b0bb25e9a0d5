/* SPDX-License-Identifier: Apache-2.0 */
/* The roles' state diagrams in the report, from the folder of charts of the results. */
#define _POSIX_C_SOURCE 200809L
#include <stdlib.h>
#include <string.h>

#include "chart_names.h"
#include "diagram.h"
#include "escape.h"
#include "page.h"

static bool write_diagram(const jk_plan *plan, const jk_protocol *protocol, const char *name,
                          bool first, FILE *out)
{
    char folder[JK_PATH_SIZE];
    char path[JK_PATH_SIZE];
    char file[80];
    size_t size;
    (void)snprintf(file, sizeof file, "state.%.60s.svg", name);
    char *svg =
        jk_path_join(folder, plan->options->out, "charts") && jk_path_join(path, folder, file)
            ? jk_file_read(path, &size)
            : NULL;
    if (svg == NULL) {
        return false;
    }
    const char *role = name + strlen(protocol->name) + 1;
    const jk_lifeline line = jk_lifeline_of(role);
    (void)fputs("<details><summary><code>", out);
    jk_put_xml(out, name);
    (void)fputs("</code> ", out);
    if (line.english[0] != '\0' && line.japanese[0] != '\0') {
        jk_page_say(out, line.english, line.japanese);
    }
    (void)fputs("</summary>\n", out);
    jk_page_box(out, "state diagram", "状態遷移図");
    jk_page_svg(svg, first, out);
    (void)fputs("</div></details>\n", out);
    free(svg);
    return true;
}

void jk_page_diagrams(const jk_plan *plan, FILE *out)
{
    size_t drawn = 0;
    (void)fputs("<section>\n", out);
    jk_page_heading(out, 2, "diagrams", "State diagrams", "状態遷移図");
    (void)fputs("<p>", out);
    jk_page_say(out,
                "Each arrow names the inputs that lead from one state to another, or that do "
                "something and come back. Conditions, inputs that are dropped, and those that "
                "must not come, stand in the tables of gen/tables.",
                "矢印は、次の状態へ進む入力、または何かを行って同じ状態に戻る入力を示します。"
                "条件、読み捨てる入力、来てはならない入力は gen/tables の表にあります。");
    (void)fputs("</p>\n<div class=\"charts\">\n", out);
    for (size_t i = 0; i < plan->protocol_count; i++) {
        jk_diagram_list list;
        jk_diagram_find(plan->options->root, plan->protocols[i].name, &list);
        for (size_t k = 0; k < list.count; k++) {
            drawn +=
                write_diagram(plan, &plan->protocols[i], list.names[k], drawn == 0, out) ? 1 : 0;
        }
    }
    (void)fputs("</div>\n", out);
    if (drawn == 0) {
        (void)fputs("<p class=\"aside\">", out);
        jk_page_say(
            out,
            "None was drawn: there are no tables of these protocols in gen/tables, or "
            "graphviz is not installed.",
            "図はありません。gen/tables に表がないか、graphviz がインストールされていません。");
        (void)fputs("</p>\n", out);
    }
    (void)fputs("</section>\n", out);
}
