/* SPDX-License-Identifier: Apache-2.0 */
/* Charts in the report: drawings without the style that each of them brings along, since the page
 * has it once. */
#define _POSIX_C_SOURCE 200809L
#include <stdlib.h>
#include <string.h>

#include "escape.h"
#include "page.h"

void jk_page_svg(const char *svg, bool with_style, FILE *out)
{
    const char *style = strstr(svg, "<style>");
    const char *end = style == NULL ? NULL : strstr(style, "</style>");
    if (with_style || end == NULL) {
        (void)fputs(svg, out);
        return;
    }
    (void)fwrite(svg, 1, (size_t)(style - svg), out);
    (void)fputs(end + strlen("</style>"), out);
}

static void write_text(const char *text, FILE *out)
{
    (void)fputs("<pre>", out);
    jk_put_xml(out, text);
    (void)fputs("</pre>\n", out);
}

/* The drawing, or else the text, in a box; false: there is neither. */
static bool write_drawn(const char *svg, const char *text, FILE *out)
{
    if (svg == NULL && text == NULL) {
        return false;
    }
    jk_page_box(out, "chart", "図");
    if (svg != NULL) {
        jk_page_svg(svg, false, out);
    } else {
        write_text(text, out);
    }
    (void)fputs("</div>\n", out);
    return true;
}

bool jk_page_chart(const jk_run *run, FILE *out)
{
    char *svg = jk_run_read(run, "chart.svg");
    char *text = svg == NULL ? jk_run_read(run, "chart.txt") : NULL;
    bool found = write_drawn(svg, text, out);
    free(text);
    free(svg);
    return found;
}

bool jk_page_graph_chart(const jk_graph *graph, size_t way, FILE *out)
{
    char name[JK_RUN_NAME_SIZE];
    if (!jk_graph_way(graph, way, name)) {
        return false;
    }
    char *svg = jk_graph_read(graph, name, ".svg");
    char *text = svg == NULL ? jk_graph_read(graph, name, ".txt") : NULL;
    bool found = write_drawn(svg, text, out);
    free(text);
    free(svg);
    return found;
}

bool jk_page_kept_chart(const jk_protocol *protocol, const char *name, FILE *out)
{
    char folder[JK_PATH_SIZE];
    char path[JK_PATH_SIZE];
    char file[JK_NOTE_SIZE];
    size_t size;
    (void)snprintf(file, sizeof file, "%s.txt", name);
    char *text =
        jk_path_join(folder, protocol->folder, "charts") && jk_path_join(path, folder, file)
            ? jk_file_read(path, &size)
            : NULL;
    bool found = text != NULL;
    if (found) {
        jk_page_box(out, "chart", "図");
        write_text(text, out);
        (void)fputs("</div>\n", out);
    }
    free(text);
    return found;
}
