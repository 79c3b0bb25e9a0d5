/* SPDX-License-Identifier: Apache-2.0 */
/* The verbs decode and encode; argv[0] is the verb. */
#ifndef JK_TOOL_DECODE_H
#define JK_TOOL_DECODE_H

int jk_tool_decode(int argc, char **argv);
int jk_tool_encode(int argc, char **argv);

#endif
