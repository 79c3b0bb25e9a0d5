/* SPDX-License-Identifier: Apache-2.0 */
/* The verb mutate; argv[0] is the verb. */
#ifndef JK_TOOL_MUTATE_H
#define JK_TOOL_MUTATE_H

/* Returns the exit code: 0 the scores are reached, 1 not, 2 usage, 3 incomplete, 4 tool error. */
int jk_tool_mutate(int argc, char **argv);

#endif
