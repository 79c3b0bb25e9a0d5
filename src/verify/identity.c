/* SPDX-License-Identifier: Apache-2.0 */
/* A call about the graphs alone, with files of its own choice: juki identity. */
#define _XOPEN_SOURCE 700
#include "identity.h"

#include <inttypes.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "graph_result.h"
#include "graphs.h"
#include "plan.h"

#define POLL_NS 5000000L

jk_identity_options jk_identity_defaults(void)
{
    jk_identity_options options = {
        .root = ".", .self = "juki", .jobs = 2, .time_s = 900, .memory_mb = 6000};
    return options;
}

const char *jk_own_path(const char *otherwise)
{
    static char path[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    if (length <= 0) {
        return otherwise;
    }
    path[length] = '\0';
    return path;
}

/* The folder to work in, as a path from the root of all files. */
static bool open_work(const char *out, char work[PATH_MAX])
{
    const char *scratch = getenv("TMPDIR");
    if (out != NULL) {
        return jk_folder_make(out) && realpath(out, work) != NULL;
    }
    (void)snprintf(work, PATH_MAX, "%.4000s/juki_identity_XXXXXX",
                   scratch == NULL || scratch[0] != '/' ? "/tmp" : scratch);
    return mkdtemp(work) != NULL;
}

static void say_begun(jk_graphs *graphs)
{
    for (size_t i = 0; i < graphs->count; i++) {
        jk_graph *graph = &graphs->list[i];
        if (!graph->told && graph->busy) {
            (void)fprintf(stderr, "identity: %s/%s ...\n", graph->protocol, graph->name);
            graph->told = true;
        }
    }
}

static void run_all(jk_graphs *graphs)
{
    const jk_identity_options *options = &graphs->options;
    while (jk_graphs_turn(graphs, (size_t)options->jobs) > 0) {
        if (!options->quiet) {
            say_begun(graphs);
        }
        if (options->stop != NULL && *options->stop != 0) {
            jk_graphs_stop(graphs, "stopped");
        }
        (void)nanosleep(&(struct timespec){.tv_nsec = POLL_NS}, NULL);
    }
}

static jk_verify_exit tell(const jk_graphs *graphs, FILE *report)
{
    jk_graph_tally sum = jk_graphs_tally(graphs);
    jk_verify_exit worst = jk_graphs_exit(graphs);
    jk_graphs_print(graphs, report);
    if (graphs->options.machines != NULL) {
        (void)fprintf(report, "identity: other machines, no certificate\n");
    } else if (graphs->certified != JK_CERTIFIED_NOT) {
        (void)fprintf(report, "identity: %s%s%s\n", jk_certificate_words(graphs),
                      graphs->note[0] == '\0' ? "" : ", ", graphs->note);
    }
    if (graphs->count > graphs->asked) {
        (void)fprintf(report, "identity: %zu graphs were not searched\n",
                      graphs->count - graphs->asked);
    }
    (void)fprintf(report,
                  "identity: %zu of %zu graphs are the same in SPIN and in C (%" PRIu64
                  " states, %" PRIu64 " edges), %zu promises held by the C: %s\n",
                  sum.same, graphs->asked, sum.states, sum.edges, sum.promises,
                  worst == JK_VERIFY_HOLDS ? "the C is the model, within these bounds"
                                           : "NOT shown");
    return worst;
}

static jk_verify_exit run(jk_graphs *graphs, FILE *report)
{
    char work[PATH_MAX];
    jk_tools tools;
    const char *out = graphs->options.out;
    if (!open_work(out, work) || !jk_graphs_make_folders(graphs, work)) {
        (void)fprintf(stderr, "juki identity: the scratch folder cannot be made\n");
        return JK_VERIFY_TOOL;
    }
    jk_tools_read(work, &tools);
    run_all(graphs);
    jk_graphs_certify(graphs, tools.spin);
    jk_verify_exit code = tell(graphs, report);
    if (out == NULL && code == JK_VERIFY_HOLDS) {
        jk_folder_remove(work);
    } else {
        (void)fprintf(report, "identity: logs and paths in %s\n", work);
    }
    return code;
}

jk_verify_exit jk_identity_run(const jk_identity_options *options, FILE *report)
{
    jk_fault fault = {.status = JK_OK};
    jk_graphs *graphs = calloc(1, sizeof *graphs);
    if (graphs == NULL) {
        return JK_VERIFY_TOOL;
    }
    jk_verify_exit code = jk_graphs_read(graphs, options, &fault);
    if (code == JK_VERIFY_HOLDS && graphs->asked == 0) {
        (void)snprintf(fault.text, sizeof fault.text, "no graph fits");
        code = JK_VERIFY_USAGE;
    }
    if (code == JK_VERIFY_HOLDS) {
        code = run(graphs, report);
    } else {
        (void)fprintf(stderr, "juki identity: %s\n", fault.text);
    }
    jk_graphs_close(graphs);
    free(graphs);
    return code;
}
