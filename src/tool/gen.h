/* SPDX-License-Identifier: Apache-2.0 */
/* The verb gen; argv[0] is the verb. */
#ifndef JK_TOOL_GEN_H
#define JK_TOOL_GEN_H

int jk_tool_gen(int argc, char **argv);

#endif
