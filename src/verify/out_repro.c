/* SPDX-License-Identifier: Apache-2.0 */
/* A shell script that repeats every search with stock tools alone: patch, spin, a C compiler and
 * pan, without juki; of a graph SPIN's side. */
#define _POSIX_C_SOURCE 200809L
#include <inttypes.h>
#include <string.h>

#include "command.h"
#include "escape.h"
#include "graph_result.h"
#include "out.h"

static const char head[] =
    "#!/bin/sh\n"
    "# Repeats the searches of a call of juki verify with stock tools: spin, a C compiler, and\n"
    "# patch for the mutants.  From the folder that holds spec/, or with ROOT=FOLDER:\n"
    "#   sh repro.sh              lists the names\n"
    "#   sh repro.sh NAME...      searches; pan's own words and what is expected of them\n"
    "# CC is the compiler (cc).  What pan says counts, not its exit code: it ends with 0 on a\n"
    "# violated property.\n"
    "set -eu\n"
    "root=$(cd \"${ROOT:-.}\" && pwd)\n"
    "[ -d \"$root/spec\" ] || { echo \"repro.sh: there is no folder spec in $root\" >&2; exit 2; "
    "}\n"
    "work=$(mktemp -d)\n"
    "trap 'rm -rf \"$work\"' EXIT\n"
    "\n"
    "# begin NAME: a copy of the models to work on.\n"
    "begin() {\n"
    "  echo \"== $1\"\n"
    "  rm -rf \"$work/run\"\n"
    "  mkdir \"$work/run\"\n"
    "  cp -r \"$root/spec\" \"$work/run/spec\"\n"
    "  cd \"$work/run\"\n"
    "}\n"
    "\n"
    "# shown COMMAND...: prints a command and runs it.\n"
    "shown() {\n"
    "  echo \"+ $*\"\n"
    "  \"$@\"\n"
    "}\n"
    "\n"
    "# expected WORDS: what this search gave.  A trail is told step by step by: spin -t -p -g.\n"
    "expected() {\n"
    "  echo \"expected: $*\"\n"
    "}\n"
    "\n";

static void words(FILE *out, const jk_arguments *list)
{
    for (size_t i = 0; i < list->count; i++) {
        (void)fputc(' ', out);
        jk_put_shell(out, list->items[i]);
    }
}

static void write_tools(const jk_arguments *spin, const jk_arguments *compiler,
                        const jk_arguments *pan, FILE *out)
{
    (void)fputs("  shown", out);
    words(out, spin);
    (void)fputs("\n  shown \"${CC:-cc}\" -O1", out);
    words(out, compiler);
    (void)fputs(" -o pan pan.c\n  shown", out);
    words(out, pan);
    (void)fputs(" || true\n", out);
}

/* The commands of one search. */
static void write_commands(const jk_plan *plan, const jk_run *run, FILE *out)
{
    const jk_build *build = &plan->builds[run->build];
    char model[JK_PATH_SIZE];
    char memory[48];
    jk_arguments spin = {.count = 0};
    jk_arguments compiler = {.count = 0};
    jk_arguments pan = {.count = 0};
    (void)snprintf(model, sizeof model, "spec/%s/%s", run->protocol->name, build->file);
    (void)snprintf(memory, sizeof memory, "-DMEMLIM=%d", plan->options->memory_mb);
    jk_spin_command(build, model, &spin);
    jk_argument(&compiler, "-w");
    jk_argument(&compiler, memory);
    jk_mode_arguments(build, &compiler);
    jk_pan_command(build, run, "./pan", plan->options->depth, &pan);
    if (build->patch != NULL) {
        (void)fprintf(out, "  shown patch -p1 -i spec/%s/", run->protocol->name);
        jk_put_shell(out, build->patch);
        (void)fputc('\n', out);
    }
    write_tools(&spin, &compiler, &pan, out);
}

static void write_expected(const jk_run *run, FILE *out)
{
    char text[JK_NOTE_SIZE + 160];
    bool finished = run->output.finished;
    (void)snprintf(text, sizeof text, "%s%s%s; errors: %" PRIu64 ", %" PRIu64 " states, stored",
                   jk_run_word(run), run->note[0] == '\0' ? "" : ": ", run->note,
                   run->output.errors, run->output.states);
    (void)fputs("  expected ", out);
    jk_put_shell(out, finished ? text : jk_run_word(run));
    (void)fputc('\n', out);
}

/* SPIN's side of a graph; that the C's side is the same takes juki. */
static void write_graph(const jk_plan *plan, const jk_graph *graph, FILE *out)
{
    char text[JK_PATH_SIZE];
    jk_arguments spin = {.count = 0};
    jk_arguments compiler = {.count = 0};
    jk_arguments pan = {.count = 0};
    (void)snprintf(text, sizeof text, "spec/%s/%s", graph->protocol, graph->file);
    jk_graph_spin_command(graph, text, &spin);
    jk_argument(&compiler, "-w");
    jk_graph_mode_arguments(plan->options->memory_mb, &compiler);
    jk_graph_pan_command(&pan);
    write_tools(&spin, &compiler, &pan, out);
    (void)fputs("  expected ", out);
    (void)snprintf(text, sizeof text,
                   "%s; %" PRIu64 " states, stored, %" PRIu64 " transitions (the edges, and the "
                   "beginning); the C: %" PRIu64 " states, %" PRIu64 " edges",
                   jk_graph_word(graph), graph->spin.states, graph->spin.edges + 1, graph->c.states,
                   graph->c.edges);
    jk_put_shell(out, graph->spin.complete ? text : jk_graph_word(graph));
    (void)fputc('\n', out);
}

/* protocol.name, protocol.mutant.name or protocol.graph.name: letters, digits, '_' and '.' only. */
static void write_list(const jk_plan *plan, FILE *out)
{
    (void)fputs("if [ $# -eq 0 ]; then\n  cat <<'NAMES'\n", out);
    for (size_t i = 0; i < plan->run_count; i++) {
        char name[JK_RUN_NAME_SIZE];
        jk_run_file_name(&plan->runs[i], "", name);
        (void)fprintf(out, "%s\n", name);
    }
    for (size_t i = 0; i < plan->graphs.count; i++) {
        char name[JK_RUN_NAME_SIZE];
        jk_graph_file_name(&plan->graphs.list[i], "", name);
        if (jk_graph_is_told(&plan->graphs.list[i])) {
            (void)fprintf(out, "%s\n", name);
        }
    }
    (void)fputs("NAMES\n  exit 0\nfi\n\n", out);
}

void jk_repro_write(const jk_plan *plan, FILE *out)
{
    (void)fputs(head, out);
    write_list(plan, out);
    (void)fputs("search() {\n  case $1 in\n", out);
    for (size_t i = 0; i < plan->run_count; i++) {
        char name[JK_RUN_NAME_SIZE];
        const jk_run *run = &plan->runs[i];
        jk_run_file_name(run, "", name);
        (void)fprintf(out, "  %s)\n  begin \"$1\"\n", name);
        write_commands(plan, run, out);
        write_expected(run, out);
        (void)fputs("  ;;\n", out);
    }
    for (size_t i = 0; i < plan->graphs.count; i++) {
        char name[JK_RUN_NAME_SIZE];
        const jk_graph *graph = &plan->graphs.list[i];
        if (jk_graph_is_told(graph)) {
            jk_graph_file_name(graph, "", name);
            (void)fprintf(out, "  %s)\n  begin \"$1\"\n", name);
            write_graph(plan, graph, out);
            (void)fputs("  ;;\n", out);
        }
    }
    (void)fputs("  *)\n    echo \"repro.sh: there is no search $1\" >&2\n    exit 2\n    ;;\n"
                "  esac\n}\n\nfor name in \"$@\"; do\n  search \"$name\"\ndone\n",
                out);
}
