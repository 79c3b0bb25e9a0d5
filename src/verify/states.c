/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the diagram that jkgen wrote, puts the inputs between the same two states together, lets
 * dot lay it out, and gives the result this project's colours, without ids. */
#define _XOPEN_SOURCE 700
#include "states.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "chart_names.h"
#include "escape.h"
#include "file.h"
#include "process.h"

#define STATES_MAX   64
#define EDGES_MAX    256
#define DOT_LIMIT_MS 30000
#define POLL_NS      2000000L

typedef struct edge {
    size_t from;
    size_t to;
    bool seen;
    char inputs[512]; /* with "\n" between them, as dot has it */
} edge;

typedef struct diagram {
    char role[64]; /* "dest_cs" */
    char state[STATES_MAX][48];
    bool final[STATES_MAX];
    bool seen[STATES_MAX];
    size_t state_count;
    edge edges[EDGES_MAX];
    size_t edge_count;
} diagram;

static const char style[] =
    ".jks{font-family:system-ui,'Noto Sans CJK JP','Noto Sans JP',sans-serif}"
    ".jks text{fill:#1f2328;font-family:inherit}.jks .graph>polygon{fill:#ffffff;stroke:none}"
    ".jks .node path{fill:none;stroke:#8c96a0}.jks .node path:first-of-type{fill:#f6f8fa}"
    ".jks .edge path{stroke:#8c96a0}.jks .edge polygon{fill:#8c96a0;stroke:#8c96a0}"
    ".jks .edge text{fill:#59636e}"
    ".jks .seen path{stroke:#0a58b5;stroke-width:2.4}"
    ".jks .edge.seen polygon{fill:#0a58b5;stroke:#0a58b5}"
    ".jks .node.seen path:first-of-type{fill:#e3effc}.jks .seen text{fill:#0a3f82;font-weight:600}"
    "@media (prefers-color-scheme:dark){"
    ".jks text{fill:#e6edf3}.jks .graph>polygon{fill:#12161b}"
    ".jks .node path{stroke:#77828e}.jks .node path:first-of-type{fill:#222a33}"
    ".jks .edge path{stroke:#77828e}.jks .edge polygon{fill:#77828e;stroke:#77828e}"
    ".jks .edge text{fill:#9aa5b1}"
    ".jks .seen path{stroke:#6cb0ff}.jks .edge.seen polygon{fill:#6cb0ff;stroke:#6cb0ff}.jks "
    ".node.seen path:first-of-type{fill:#16324f}"
    ".jks .seen text{fill:#cfe5ff}}";

static size_t word_length(const char *text)
{
    return strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz0123456789");
}

/* The state of that name; JK_TRAIL_NONE: none. */
static size_t state_of(const diagram *all, const char *name, size_t length)
{
    for (size_t i = 0; i < all->state_count; i++) {
        if (strlen(all->state[i]) == length && memcmp(all->state[i], name, length) == 0) {
            return i;
        }
    }
    return JK_TRAIL_NONE;
}

/* "    IDLE;", "    DONE [peripheries=2];" */
static bool read_state(diagram *all, const char *line)
{
    size_t length = word_length(line);
    const char *rest = line + length;
    bool final = strncmp(rest, " [peripheries=2];", 17) == 0;
    if (length == 0 || length >= sizeof all->state[0] || all->state_count == STATES_MAX ||
        (!final && *rest != ';')) {
        return false;
    }
    (void)snprintf(all->state[all->state_count], sizeof all->state[0], "%.*s", (int)length, line);
    all->final[all->state_count] = final;
    all->state_count++;
    return true;
}

/* One more input of an edge, once. */
static void add_input(edge *one, const char *input, size_t length)
{
    size_t used = strlen(one->inputs);
    for (const char *at = one->inputs; *at != '\0';) {
        size_t word = word_length(at);
        if (word == length && memcmp(at, input, length) == 0) {
            return;
        }
        at += word;
        at += *at == '\\' ? 2 : *at != '\0' ? 1 : 0;
    }
    if (used + length + 3 <= sizeof one->inputs) {
        (void)snprintf(one->inputs + used, sizeof one->inputs - used, "%s%.*s",
                       used > 0 ? "\\n" : "", (int)length, input);
    }
}

/* "    IDLE -> WAIT [label=\"CERT\\nin.reason == X\"];" */
static bool read_edge(diagram *all, const char *line)
{
    static const char mark[] = " [label=\"";
    size_t length = word_length(line);
    size_t from = state_of(all, line, length);
    const char *arrow = line + length;
    if (strncmp(arrow, " -> ", 4) != 0) {
        return false;
    }
    size_t other = word_length(arrow + 4);
    size_t to = state_of(all, arrow + 4, other);
    const char *label = arrow + 4 + other;
    if (from == JK_TRAIL_NONE || to == JK_TRAIL_NONE ||
        strncmp(label, mark, sizeof mark - 1) != 0) {
        return false;
    }
    size_t i = 0;
    while (i < all->edge_count && (all->edges[i].from != from || all->edges[i].to != to)) {
        i++;
    }
    if (i == EDGES_MAX) {
        return false;
    }
    if (i == all->edge_count) {
        all->edges[i] = (edge){.from = from, .to = to};
        all->edge_count++;
    }
    label += sizeof mark - 1;
    add_input(&all->edges[i], label, word_length(label));
    return true;
}

static bool read_diagram(diagram *all, const char *text)
{
    for (const char *line = text; line != NULL && *line != '\0';) {
        const char *at = line + strspn(line, " ");
        if (at > line && strncmp(at, "node ", 5) != 0 && strncmp(at, "rankdir", 7) != 0 &&
            !read_state(all, at) && !read_edge(all, at)) {
            return false;
        }
        line = strchr(line, '\n');
        line = line == NULL ? NULL : line + 1;
    }
    return all->state_count > 0 && all->edge_count > 0;
}

/* "gen/tables/movein_dest_cs.dot": the role is what stands behind the protocol. */
static bool read_name(diagram *all, const char *path)
{
    const char *last = strrchr(path, '/');
    const char *name = last == NULL ? path : last + 1;
    const char *role = strchr(name, '_');
    size_t length = role == NULL ? 0 : strlen(role + 1);
    if (length <= 4 || length - 4 >= sizeof all->role ||
        strcmp(role + 1 + length - 4, ".dot") != 0) {
        return false;
    }
    (void)snprintf(all->role, sizeof all->role, "%.*s", (int)(length - 4), role + 1);
    return true;
}

static void mark_edge(diagram *all, size_t from, size_t to)
{
    for (size_t i = 0; i < all->edge_count; i++) {
        edge *one = &all->edges[i];
        one->seen = one->seen || (one->from == from && one->to == to);
    }
}

static void mark_actor(diagram *all, const jk_trail *trail, size_t actor)
{
    size_t at = 0; /* the first state of the table is the initial one */
    all->seen[at] = true;
    for (size_t i = 0; i < trail->event_count; i++) {
        const jk_event *event = &trail->events[i];
        bool moved = event->kind == JK_EVENT_STATE || event->kind == JK_EVENT_STAY;
        if (event->actor != actor || !moved || event->step == 0) {
            continue;
        }
        const char *name = strncmp(event->text, "end_", 4) == 0 ? event->text + 4 : event->text;
        size_t to = state_of(all, name, strlen(name));
        to = to == JK_TRAIL_NONE ? at : to;
        mark_edge(all, at, to);
        all->seen[to] = true;
        at = to;
    }
}

static void write_dot(const diagram *all, FILE *out)
{
    (void)fputs("digraph states {\nrankdir=TB;\nnodesep=0.35;\nranksep=0.5;\n"
                "node [shape=box,style=rounded,fontname=\"sans\",fontsize=13];\n"
                "edge [fontname=\"sans\",fontsize=11];\n",
                out);
    for (size_t i = 0; i < all->state_count; i++) {
        (void)fprintf(out, "%s [%s%s];\n", all->state[i], all->final[i] ? "peripheries=2," : "",
                      all->seen[i] ? "class=seen" : "class=plain");
    }
    for (size_t i = 0; i < all->edge_count; i++) {
        const edge *one = &all->edges[i];
        (void)fprintf(out, "%s -> %s [label=\"%s\",class=%s];\n", all->state[one->from],
                      all->state[one->to], one->inputs, one->seen ? "seen" : "plain");
    }
    (void)fputs("}\n", out);
}

static jk_status refuse(jk_fault *fault, jk_status status, const char *why)
{
    fault->status = status;
    (void)snprintf(fault->text, sizeof fault->text, "%s", why);
    return status;
}

/* Runs dot in the folder; its picture is states.svg. */
static jk_status run_dot(const diagram *all, const char *folder, jk_fault *fault)
{
    char path[JK_PATH_SIZE];
    char dot[] = "dot";
    char form[] = "-Tsvg";
    char to[] = "-ostates.svg";
    char from[] = "states.dot";
    char *const arguments[] = {dot, form, to, from, NULL};
    jk_process process;
    int code = 1;
    FILE *out = jk_path_join(path, folder, "states.dot") ? fopen(path, "w") : NULL;
    if (out == NULL) {
        return refuse(fault, JK_E_IO, "no scratch file can be made");
    }
    write_dot(all, out);
    if (fclose(out) != 0 ||
        jk_process_start(&process, folder, "dot.txt", arguments, DOT_LIMIT_MS) != JK_OK) {
        return refuse(fault, JK_E_IO, "dot cannot be started: graphviz is missing");
    }
    const struct timespec pause = {.tv_nsec = POLL_NS};
    while (!jk_process_ended(&process, &code)) {
        (void)nanosleep(&pause, NULL);
    }
    return code == 0 ? JK_OK : refuse(fault, JK_E_IO, "dot fails: is graphviz there?");
}

/* A line without its ids: many of these pictures may stand in one page. */
static void print_line(FILE *out, const char *line, size_t length)
{
    const char *id = memchr(line, ' ', length);
    while (id != NULL && strncmp(id, " id=\"", 5) != 0) {
        id = memchr(id + 1, ' ', length - (size_t)(id + 1 - line));
    }
    size_t before = id == NULL ? length : (size_t)(id - line);
    (void)fwrite(line, 1, before, out);
    if (id != NULL) {
        size_t cut = 5 + strcspn(id + 5, "\"") + 1;
        (void)fwrite(id + cut, 1, length - before - cut, out);
    }
    (void)fputc('\n', out);
}

static void print_begin(const diagram *all, const jk_trail *trail, const char *view, FILE *out)
{
    jk_lifeline name = jk_lifeline_of(all->role);
    double width = 0;
    (void)sscanf(view, "viewBox=\"%*f %*f %lf", &width);
    (void)fprintf(out,
                  "<svg xmlns=\"http://www.w3.org/2000/svg\" %.*s\" width=\"100%%\" "
                  "style=\"height:auto;min-width:%.0fpx;max-width:%.0fpx\" role=\"img\" "
                  "class=\"jks\">\n<title>",
                  (int)(9 + strcspn(view + 9, "\"")), view, width * 0.7, width * 1.3);
    jk_put_xml(out, name.japanese);
    (void)fputs(" ", out);
    jk_put_xml(out, name.english);
    (void)fprintf(out, "</title>\n<desc>");
    jk_put_xml(out, all->role);
    (void)fprintf(out, ": %zu states%s%s</desc>\n<style>%s</style>\n", all->state_count,
                  trail == NULL ? "" : "; marked is the run of ", trail == NULL ? "" : "a trail",
                  style);
}

/* What dot drew, without its head, its comments and its ids. */
static jk_status print_picture(const diagram *all, const jk_trail *trail, const char *text,
                               FILE *out, jk_fault *fault)
{
    const char *view = strstr(text, "viewBox=\"");
    const char *at = view == NULL ? NULL : strstr(view, "<g ");
    if (at == NULL) {
        return refuse(fault, JK_E_IO, "dot wrote no picture");
    }
    print_begin(all, trail, view, out);
    while (*at != '\0') {
        size_t length = strcspn(at, "\n");
        if (strncmp(at, "<!--", 4) != 0) {
            print_line(out, at, length);
        }
        at += length + (at[length] == '\n' ? 1 : 0);
    }
    return JK_OK;
}

static jk_status draw(diagram *all, const char *path, const jk_trail *trail, FILE *out,
                      jk_fault *fault)
{
    char folder[] = "/tmp/juki-states-XXXXXX";
    char made[JK_PATH_SIZE];
    size_t size;
    char *text = jk_file_read(path, &size);
    if (text == NULL) {
        return refuse(fault, JK_E_FILE, "the diagram cannot be read");
    }
    bool good = read_name(all, path) && read_diagram(all, text);
    free(text);
    if (!good) {
        return refuse(fault, JK_E_CONFIG, "this is no state diagram of jkgen");
    }
    for (size_t i = 1; trail != NULL && i < trail->actor_count; i++) {
        if (strcmp(trail->actors[i].name, all->role) == 0 && trail->actors[i].acts) {
            mark_actor(all, trail, i);
        }
    }
    if (mkdtemp(folder) == NULL) {
        return refuse(fault, JK_E_IO, "no scratch folder can be made");
    }
    jk_status status = run_dot(all, folder, fault);
    text = status == JK_OK && jk_path_join(made, folder, "states.svg") ? jk_file_read(made, &size)
                                                                       : NULL;
    if (status == JK_OK) {
        status = text == NULL ? refuse(fault, JK_E_IO, "dot wrote nothing")
                              : print_picture(all, trail, text, out, fault);
    }
    free(text);
    jk_folder_remove(folder);
    return status;
}

jk_status jk_states_draw(const char *path, const jk_trail *trail, FILE *out, jk_fault *fault)
{
    diagram *all = calloc(1, sizeof *all);
    if (all == NULL) {
        return refuse(fault, JK_E_MEMORY, "no memory");
    }
    jk_status status = draw(all, path, trail, out, fault);
    free(all);
    return status;
}
