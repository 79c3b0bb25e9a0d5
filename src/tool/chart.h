/* SPDX-License-Identifier: Apache-2.0 */
/* The verb chart; argv[0] is the verb. */
#ifndef JK_TOOL_CHART_H
#define JK_TOOL_CHART_H

/* Returns the exit code: 0 drawn (and replayed), 1 the machines differ from the trail, 2 usage,
 * 3 the input is refused, 4 spin or the output fails. */
int jk_tool_chart(int argc, char **argv);

#endif
