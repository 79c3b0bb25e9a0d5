/* SPDX-License-Identifier: Apache-2.0 */
/* What other calls measured: scores of mutants.  Files that are not there are said to be missing;
 * nothing is made up for them. */
#define _POSIX_C_SOURCE 200809L
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "escape.h"
#include "page.h"

#define SURVIVORS_SHOWN 200

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text == NULL ? "" : text;
}

static uint64_t count_of(const json_t *object, const char *key)
{
    json_int_t value = json_integer_value(json_object_get(object, key));
    return value > 0 ? (uint64_t)value : 0;
}

static void number_cell(uint64_t count, FILE *out)
{
    (void)fputs("<td class=\"number\">", out);
    jk_page_count(out, count);
    (void)fputs("</td>", out);
}

/* One part: the spec's mutants, the machines', the code's. */
static void write_score(const json_t *part, const char *name, FILE *out)
{
    uint64_t mutants = count_of(part, "mutants");
    uint64_t equivalent = count_of(part, "equivalent");
    uint64_t killed = count_of(part, "killed");
    uint64_t live = mutants > equivalent ? mutants - equivalent : 0;
    (void)fputs("<tr><th scope=\"row\">", out);
    jk_put_xml(out, name);
    if (text_of(part, "protocol")[0] != '\0') {
        (void)fputc(' ', out);
        jk_put_xml(out, text_of(part, "protocol"));
    }
    (void)fputs("</th>", out);
    number_cell(mutants, out);
    number_cell(equivalent, out);
    number_cell(killed, out);
    (void)fprintf(out, "<td class=\"number\">%.1f %%</td>",
                  live == 0 ? 0.0 : 100.0 * (double)killed / (double)live);
    if (json_is_integer(json_object_get(part, "named_killed"))) {
        number_cell(count_of(part, "named_killed"), out);
    } else {
        (void)fputs("<td class=\"number\">-</td>", out);
    }
    number_cell(json_array_size(json_object_get(part, "survivors")), out);
    (void)fputs("</tr>\n", out);
}

/* Calls write for each part of a file: one object, a list of them, or a part with a list of
 * protocols. */
typedef void each_part(const json_t *part, const char *name, FILE *out);

static size_t each_in(const json_t *value, each_part *write, FILE *out)
{
    size_t count = 0;
    const json_t *items = json_is_array(value) ? value : json_object_get(value, "parts");
    for (size_t i = 0; i < (items == NULL ? 1 : json_array_size(items)); i++) {
        const json_t *part = items == NULL ? value : json_array_get(items, i);
        const json_t *protocols = json_object_get(part, "protocols");
        for (size_t k = 0; k < json_array_size(protocols); k++) {
            write(json_array_get(protocols, k), text_of(part, "part"), out);
            count++;
        }
        if (protocols == NULL && json_is_integer(json_object_get(part, "mutants"))) {
            write(part, text_of(part, "part"), out);
            count++;
        }
    }
    return count;
}

static void write_survivors(const json_t *part, const char *name, FILE *out)
{
    const json_t *list = json_object_get(part, "survivors");
    size_t count = json_array_size(list);
    if (count == 0) {
        return;
    }
    (void)fputs("<details><summary>", out);
    jk_page_say(out, "survivors: ", "生き残った変異体: ");
    jk_put_xml(out, name);
    (void)fprintf(out, " %s (%zu)</summary>\n", text_of(part, "protocol"), count);
    jk_page_box(out, "survivors", "生き残った変異体");
    (void)fputs("<pre>", out);
    for (size_t i = 0; i < count && i < SURVIVORS_SHOWN; i++) {
        const json_t *one = json_array_get(list, i);
        jk_put_xml(out, text_of(one, "name"));
        jk_put_xml(out, text_of(one, "file"));
        if (json_is_integer(json_object_get(one, "line"))) {
            (void)fprintf(out, ":%" PRIu64, count_of(one, "line"));
        }
        (void)fputc('\n', out);
        jk_put_xml(out, text_of(one, "diff"));
        (void)fputs("\n\n", out);
    }
    (void)fputs("</pre></div></details>\n", out);
}

static void nothing(const json_t *part, const char *name, FILE *out)
{
    (void)part;
    (void)name;
    (void)out;
}

static void write_scores_table(const json_t *value, FILE *out)
{
    jk_page_box(out, "scores", "得点");
    (void)fputs("<table><thead><tr>", out);
    jk_page_column(out, false, "Part", "部分");
    jk_page_column(out, true, "Mutants", "変異体");
    jk_page_column(out, true, "Equivalent", "等価");
    jk_page_column(out, true, "Killed", "検出");
    jk_page_column(out, true, "Share", "割合");
    jk_page_column(out, true, "By a named property", "名前のある性質による");
    jk_page_column(out, true, "Survivors", "生存");
    (void)fputs("</tr></thead><tbody>\n", out);
    (void)each_in(value, write_score, out);
    (void)fputs("</tbody></table></div>\n", out);
    (void)each_in(value, write_survivors, out);
}

/* One file of the list that --scores gave. */
static void write_scores_file(const char *path, FILE *out)
{
    json_error_t error;
    json_t *value = json_load_file(path, 0, &error);
    if (value == NULL) {
        jk_page_missing(out, path, error.text);
    } else if (each_in(value, nothing, out) == 0) {
        jk_page_missing(out, path, "no part with mutants in it");
    } else {
        write_scores_table(value, out);
    }
    json_decref(value);
}

void jk_page_scores(const jk_plan *plan, FILE *out)
{
    const char *list = plan->options->scores;
    (void)fputs("<section>\n", out);
    jk_page_heading(out, 2, "scores", "Strength of the properties and tests", "性質と試験の強さ");
    (void)fputs("<p>", out);
    jk_page_say(
        out,
        "Small faults are put into the models and the code, one at a time; a property or a "
        "test must notice. Faults that change nothing are counted apart.",
        "モデルとコードに小さな誤りを一つずつ入れ、性質または試験がそれに気づくかを測ります。"
        "何も変えない誤りは別に数えます。");
    (void)fputs("</p>\n", out);
    if (list == NULL) {
        (void)fputs("<p class=\"aside\">", out);
        jk_page_say(
            out, "Not measured in this run. ./dev mutate measures it; --scores FILE shows it here.",
            "今回は測定していません。./dev mutate で測定し、--scores FILE で表示します。");
        (void)fputs("</p>\n", out);
    }
    while (list != NULL && *list != '\0') {
        char path[JK_PATH_SIZE];
        size_t length = strcspn(list, ",");
        (void)snprintf(path, sizeof path, "%.*s", (int)(length < sizeof path ? length : 0), list);
        write_scores_file(path, out);
        list += length + (list[length] == ',' ? 1 : 0);
    }
    (void)fputs("</section>\n", out);
}
