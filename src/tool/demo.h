/* SPDX-License-Identifier: Apache-2.0 */
/* The verb `juki demo`: special move-ins across real processes, and a verdict over what is left. */
#ifndef JUKI_TOOL_DEMO_H
#define JUKI_TOOL_DEMO_H

/* argv[0] is the verb's name.  Starts further processes of the running program.  Returns the exit
 * status: 0 no violation and every move accounted for, 1 otherwise, 2 wrong usage. */
int jk_tool_demo(int argc, char **argv);

#endif
