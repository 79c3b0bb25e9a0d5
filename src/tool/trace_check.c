/* SPDX-License-Identifier: Apache-2.0 */
/* The logs of all nodes, looked at in one order in which every message is sent before it is taken;
 * clocks need not agree.  A log waits while its next line takes what nobody sent yet.  If all wait,
 * there is no such order.  In memory stand one line a log, the rows, and what is under way. */
#define _POSIX_C_SOURCE 200809L
#include "trace_data.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void trace_differ(trace *t, const trace_source *source, const char *role, const char *rule,
                  const char *form, ...)
{
    jk_trace_verdict *v = t->verdict;
    v->differences++;
    if (v->shown == JK_TRACE_SHOWN) {
        return;
    }
    char what[256];
    va_list arguments;
    va_start(arguments, form);
    (void)vsnprintf(what, sizeof what, form, arguments);
    va_end(arguments);
    (void)snprintf(v->text[v->shown++], JK_TRACE_TEXT, "%.160s:%" PRIu64 ": %s%s%s: %s: %s",
                   t->paths[source->file[source->current]], source->place, source->name,
                   role == NULL ? "" : " ", role == NULL ? "" : role, rule, what);
}

/* ---- files ---- */

static void unread(trace *t, size_t file, const char *why)
{
    jk_trace_verdict *v = t->verdict;
    t->broken = true;
    (void)snprintf(v->text[0], JK_TRACE_TEXT, "%.300s: %s", t->paths[file], why);
    v->shown = 1;
}

typedef enum reading {
    READ_LINE,
    READ_CUT,  /* the file ends without the line's end */
    READ_LONG, /* longer than any line, or with a zero byte in it */
    READ_END
} reading;

static reading read_text(FILE *in, char text[TRACE_LINE_MAX])
{
    size_t used = 0;
    bool bad = false;
    int byte = getc_unlocked(in);
    if (byte == EOF) {
        return READ_END;
    }
    while (byte != EOF && byte != '\n') {
        bad = bad || byte == '\0' || used == TRACE_LINE_MAX - 1;
        if (!bad) {
            text[used++] = (char)byte;
        }
        byte = getc_unlocked(in);
    }
    text[used] = '\0';
    return byte == EOF ? READ_CUT : bad ? READ_LONG : READ_LINE;
}

/* Whose log a file is: its first line with the form of one says it.  False: none has. */
static bool owner_of(trace *t, size_t file, trace_source *like)
{
    FILE *in = fopen(t->paths[file], "re");
    reading got = READ_END;
    bool found = false;
    if (in == NULL) {
        unread(t, file, strerror(errno)); /* NOLINT(concurrency-mt-unsafe) */
        return false;
    }
    while (!found && (got = read_text(in, like->text)) != READ_END) {
        trace_parse(like->text, &like->line);
        found = got == READ_LINE && like->line.sort != TRACE_BAD;
    }
    if (ferror(in) != 0) {
        unread(t, file, "cannot be read");
    }
    (void)fclose(in);
    like->node = found ? like->line.node : (jk_node_id){.role = JK_ROLE_NONE};
    return found;
}

/* Puts the file behind those of the same node, or as the first of a new one. */
static void add_file(trace *t, size_t file, size_t all)
{
    trace_source *source = &t->source[t->count];
    const bool known = owner_of(t, file, source);
    const jk_node_id node = source->node;
    size_t at = 0;
    while (at < t->count && !(known && jk_node_equal(&t->source[at].node, &node))) {
        at++;
    }
    if (at == t->count) {
        t->count++;
        source->file = calloc(all, sizeof *source->file);
        t->broken = t->broken || source->file == NULL;
        if (known) {
            trace_node_name(&node, source->name);
        } else {
            (void)snprintf(source->name, sizeof source->name, "?");
        }
        t->verdict->nodes += known ? 1 : 0;
    }
    source = &t->source[at];
    if (source->file != NULL) {
        source->file[source->files++] = file;
    }
    t->verdict->files++;
}

/* The next text of a source, over the ends of its files. */
static reading next_text(trace *t, trace_source *source)
{
    for (;;) {
        if (source->in == NULL) {
            source->in = fopen(t->paths[source->file[source->current]], "re");
            source->place = 0;
        }
        if (source->in == NULL) {
            unread(t, source->file[source->current], "cannot be read");
            return READ_END;
        }
        const reading got = read_text(source->in, source->text);
        if (ferror(source->in) != 0) {
            unread(t, source->file[source->current], "cannot be read");
            return READ_END;
        }
        if (got != READ_END || source->current + 1 == source->files) {
            source->place += got == READ_END ? 0 : 1;
            return got;
        }
        (void)fclose(source->in);
        source->in = NULL;
        source->current++;
    }
}

/* ---- lines ---- */

/* Steps are numbered without a gap: none is missing, none is there twice. */
static void take_number(trace *t, trace_source *source, uint64_t n)
{
    if (!source->begun) {
        source->begun = true;
        source->late = n != 1;
        source->next = n;
    }
    if (n < source->next) {
        trace_differ(t, source, NULL, "number", "step %" PRIu64 " comes after step %" PRIu64, n,
                     source->next - 1);
    } else if (n == source->next + 1) {
        trace_differ(t, source, NULL, "number", "step %" PRIu64 " is missing before it", n - 1);
    } else if (n > source->next) {
        trace_differ(t, source, NULL, "number",
                     "steps %" PRIu64 " to %" PRIu64 " are missing before it", source->next, n - 1);
    }
}

static void take_head(trace *t, trace_source *source)
{
    const trace_line *line = &source->line;
    t->verdict->starts += line->start ? 1 : 0;
    source->headed = true;
    if (line->version != TRACE_VERSION) {
        trace_differ(t, source, NULL, "version", "the log's form is %" PRIu64 ", not %d",
                     line->version, TRACE_VERSION);
    }
    if (source->net[0] == '\0') {
        (void)snprintf(source->net, sizeof source->net, "%s", line->net);
    }
    if (t->net[0] == '\0') {
        (void)snprintf(t->net, sizeof t->net, "%s", line->net);
    }
    if (strcmp(t->net, line->net) != 0) {
        trace_differ(t, source, NULL, "network", "not that of the other logs");
    }
    take_number(t, source, line->n + 1);
    source->next = line->n + 1;
}

/* One line that was read; true: it is a step that is to be looked at. */
static bool take_line(trace *t, trace_source *source, reading got)
{
    const bool last = source->current + 1 == source->files;
    t->verdict->lines++;
    if (got == READ_CUT && last) {
        t->verdict->cut++;
        return false;
    }
    if (got == READ_LINE) {
        trace_parse(source->text, &source->line);
    } else {
        source->line.sort = TRACE_BAD;
        source->line.why = got == READ_CUT ? "the line is cut off" : "no line is so long";
    }
    if (source->line.sort == TRACE_BAD) {
        trace_differ(t, source, NULL, "form", "%s", source->line.why);
        return false;
    }
    if (!jk_node_equal(&source->line.node, &source->node)) {
        trace_differ(t, source, NULL, "node", "a line of another node");
        return false;
    }
    if (source->line.sort == TRACE_HEAD) {
        take_head(t, source);
    } else if (source->line.sort == TRACE_STEP) {
        take_number(t, source, source->line.n);
        source->next = source->line.n + 1;
        if (!source->headed && !source->headless) {
            source->headless = true;
            source->late = true;
            t->verdict->headless++;
        }
    }
    return source->line.sort == TRACE_STEP;
}

/* Reads on to the source's next step. */
static void advance(trace *t, trace_source *source)
{
    while (!source->ready && !source->ended && !t->broken) {
        const reading got = next_text(t, source);
        source->ended = got == READ_END;
        source->ready = !source->ended && take_line(t, source, got);
    }
}

/* ---- the order ---- */

static void look_at(trace *t, size_t index, bool given_up)
{
    trace_source *source = &t->source[index];
    source->ready = false;
    trace_link_take(t, source, given_up);
    trace_step(t, index);
    trace_link_send(t, source);
    advance(t, source);
}

/* The source whose line is the earliest by its clock, of those that need not wait.  If all wait:
 * one that waits in vain, or else the earliest.  TRACE_NOBODY: all are at their ends. */
static size_t choose(trace *t, bool *given_up)
{
    size_t ready = TRACE_NOBODY;
    size_t vain = TRACE_NOBODY;
    size_t any = TRACE_NOBODY;
    for (size_t i = 0; i < t->count; i++) {
        const trace_source *source = &t->source[i];
        if (!source->ready) {
            continue;
        }
        const bool sent = trace_link_ready(t, source);
        size_t *best = sent ? &ready : trace_link_hopeless(t, source) ? &vain : &any;
        if (*best == TRACE_NOBODY || source->line.time_ms < t->source[*best].line.time_ms) {
            *best = i;
        }
    }
    *given_up = ready == TRACE_NOBODY;
    return ready != TRACE_NOBODY ? ready : vain != TRACE_NOBODY ? vain : any;
}

static void check_all(trace *t)
{
    bool given_up = false;
    size_t index = 0;
    for (size_t i = 0; i < t->count; i++) {
        advance(t, &t->source[i]);
    }
    while (!t->broken && (index = choose(t, &given_up)) != TRACE_NOBODY) {
        look_at(t, index, given_up);
    }
}

static void close_all(trace *t)
{
    trace_link_end(t);
    trace_map_free(&t->rows);
    trace_map_free(&t->links);
    for (size_t i = 0; i < t->count; i++) {
        free(t->source[i].file);
        if (t->source[i].in != NULL) {
            (void)fclose(t->source[i].in);
        }
    }
    free(t->source);
    free(t);
}

int jk_trace_check(char *const *paths, size_t count, const char *tables, jk_trace_verdict *verdict)
{
    memset(verdict, 0, sizeof *verdict);
    trace *t = calloc(1, sizeof *t);
    if (t == NULL) {
        return JK_TRACE_UNREAD;
    }
    t->paths = paths;
    t->verdict = verdict;
    t->source = calloc(count + 1, sizeof *t->source);
    t->broken = t->source == NULL;
    trace_roles_make(&t->roles);
    trace_map_init(&t->rows, trace_row_hash, trace_row_equal);
    trace_map_init(&t->links, trace_link_hash, trace_link_equal);
    for (size_t i = 0; i < count && !t->broken; i++) {
        add_file(t, i, count);
    }
    if (!t->broken && tables != NULL) {
        t->cover = trace_cover_open(tables, &t->roles);
        if (t->cover == NULL) {
            (void)snprintf(verdict->text[0], JK_TRACE_TEXT, "%.300s: no tables of transitions",
                           tables);
            verdict->shown = 1;
            t->broken = true;
        }
    }
    if (!t->broken) {
        check_all(t);
    }
    trace_cover_close(t->cover, verdict);
    const bool broken = t->broken;
    close_all(t);
    const bool incomplete = verdict->steps == 0 || verdict->headless > 0 || verdict->unseen > 0 ||
                            verdict->unchecked > 0;
    return broken                     ? JK_TRACE_UNREAD
           : verdict->differences > 0 ? JK_TRACE_REFUSED
           : incomplete               ? JK_TRACE_INCOMPLETE
                                      : JK_TRACE_ACCEPTED;
}

void jk_trace_summary(const jk_trace_verdict *v, char *text, size_t capacity)
{
    if (v->differences > 0) {
        (void)snprintf(text, capacity, "trace: %" PRIu64 " difference%s from the model",
                       v->differences, v->differences == 1 ? "" : "s");
        return;
    }
    (void)snprintf(text, capacity,
                   "trace: %" PRIu64 " steps of %" PRIu64 " instances on %" PRIu64
                   " nodes are edges of the model, %" PRIu64 " messages all in order",
                   v->steps, v->instances, v->nodes, v->messages);
}
