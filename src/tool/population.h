/* SPDX-License-Identifier: Apache-2.0 */
/* The verb `juki population`. */
#ifndef JK_TOOL_POPULATION_H
#define JK_TOOL_POPULATION_H

/* argv[0] is the verb's name.  Returns the exit status: 0 done, 1 refused or failed, 2 misused. */
int jk_tool_population(int argc, char **argv);

#endif
