/* SPDX-License-Identifier: Apache-2.0 */
/* The roles' state diagrams in the report, from the folder of charts of the results. */
#define _POSIX_C_SOURCE 200809L
#include <stdlib.h>
#include <string.h>

#include "chart_names.h"
#include "diagram.h"
#include "escape.h"
#include "page.h"

/* graphviz's drawing without what is before it and without the names of its parts, which more than
 * one drawing on a page has. */
static void write_svg(char *svg, FILE *out)
{
    char *at = strstr(svg, "<svg");
    const char *head_end = at == NULL ? NULL : strchr(at, '>');
    if (head_end == NULL) {
        return;
    }
    for (char *unit = strstr(at, "pt\""); unit != NULL && unit < head_end;
         unit = strstr(unit, "pt\"")) {
        unit[1] = 'x'; /* a pixel for a point: letters as large as those around them */
    }
    (void)fputs("<svg class=\"states\" role=\"img\"", out);
    for (at += strlen("<svg"); *at != '\0';) {
        char *name = strstr(at, " id=\"");
        char *end = name == NULL ? NULL : strchr(name + 5, '"');
        if (end == NULL) {
            (void)fputs(at, out);
            return;
        }
        (void)fwrite(at, 1, (size_t)(name - at), out);
        at = end + 1;
    }
}

static bool write_diagram(const jk_plan *plan, const jk_protocol *protocol, const char *name,
                          FILE *out)
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
    write_svg(svg, out);
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
                "something and come back, with the numbered steps of the move-in. Inputs that are "
                "dropped, and those that must not come, stand in gen/tables.",
                "矢印は、次の状態へ進む入力、または何かを行って同じ状態に戻る入力を、手順の番号とと"
                "もに示します。"
                "読み捨てる入力と、来てはならない入力は gen/tables の表にあります。");
    (void)fputs("</p>\n<div class=\"charts\">\n", out);
    for (size_t i = 0; i < plan->protocol_count; i++) {
        jk_diagram_list list;
        jk_diagram_find(plan->options->root, plan->protocols[i].name, &list);
        for (size_t k = 0; k < list.count; k++) {
            drawn += write_diagram(plan, &plan->protocols[i], list.names[k], out) ? 1 : 0;
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
