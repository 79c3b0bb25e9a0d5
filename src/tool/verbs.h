/* SPDX-License-Identifier: Apache-2.0 */
/* The verbs of the program `juki` that this build has, from the list that CMake writes. */
#ifndef JUKI_TOOL_VERBS_H
#define JUKI_TOOL_VERBS_H

#define JK_VERB(name, function, help) int function(int argc, char **argv);
#include "verbs.inc"
#undef JK_VERB

#endif
