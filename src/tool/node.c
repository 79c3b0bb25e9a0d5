/* SPDX-License-Identifier: Apache-2.0 */
/* `juki node` and `juki check-config`: src/node does the work. */
#include "node/node.h"

#include "tool/options.h"
#include "tool/verbs.h"

#include <stdio.h>

static const jk_option node_options[] = {
    {"config", "FILE", "the node's configuration (YAML; reference in src/node/README.md)", true,
     false},
};

static const jk_usage node_usage = {
    "node", NULL,
    "Runs one node until SIGTERM or SIGINT.  Prints \"ready NAME ADDRESS\" when it serves.\n"
    "Exit: 0 stopped, 1 refused to start (nothing was changed), 2 usage, 3 the store failed.",
    node_options, 1};

static const jk_option check_options[] = {
    {"store", NULL, "read the whole store for damage as well; the node may be running", false,
     false},
};

static const jk_usage check_usage = {
    "check-config", "FILE",
    "Checks a node's configuration, keys, directory, store and population, changing nothing.\n"
    "Each finding is one line: FILE:LINE:COLUMN: KEY: what is wrong.  Exit: 0 good, 1 not.",
    check_options, 1};

int jk_tool_node(int argc, char **argv)
{
    jk_options options;
    const int leave = jk_options_read(&node_usage, argc, argv, &options);
    return leave != -1 ? leave : (int)jk_node_run(options.value[0][0], stdout, stderr);
}

int jk_tool_check_config(int argc, char **argv)
{
    jk_options options;
    const int leave = jk_options_read(&check_usage, argc, argv, &options);
    if (leave != -1) {
        return leave;
    }
    if (options.rest_count != 1) {
        (void)fprintf(stderr, "juki check-config: one FILE is needed\n");
        return JK_EXIT_USAGE;
    }
    return (int)jk_node_check(options.rest[0], options.count[0] > 0, stdout, stderr);
}
