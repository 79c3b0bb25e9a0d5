/* SPDX-License-Identifier: Apache-2.0 */
/* The verb verify; argv[0] is the verb. */
#ifndef JK_TOOL_VERIFY_H
#define JK_TOOL_VERIFY_H

/* Returns the exit code: 0 all holds and is complete, 1 violated, 2 usage, 3 incomplete, 4 tool
 * error, 5 the model and the C disagree. */
int jk_tool_verify(int argc, char **argv);

#endif
