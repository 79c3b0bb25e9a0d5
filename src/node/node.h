/* SPDX-License-Identifier: Apache-2.0 */
/* A node process. */
#ifndef JUKI_NODE_NODE_H
#define JUKI_NODE_NODE_H

#include <stdbool.h>
#include <stdio.h>

/* Exit codes of a node. */
typedef enum jk_node_exit {
    JK_NODE_STOPPED = 0, /* asked to stop: everything is stored and closed */
    JK_NODE_REFUSED = 1, /* did not start; nothing was changed */
    JK_NODE_USAGE = 2,   /* wrong command line */
    JK_NODE_FAILED = 3   /* the store or this program failed; what is acknowledged is stored */
} jk_node_exit;

/* Runs the node of a config file until it is told to stop.  What is wrong goes to err, one line
 * each, "FILE:LINE:COLUMN: KEY: TEXT"; one line goes to out when the node is ready. */
jk_node_exit jk_node_run(const char *path, FILE *out, FILE *err);

/* Checks what jk_node_run would refuse, as far as it can be seen without changing anything; whole:
 * reads the store from end to end as well. */
jk_node_exit jk_node_check(const char *path, bool whole, FILE *out, FILE *err);

#endif
