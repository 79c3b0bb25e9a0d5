/* SPDX-License-Identifier: Apache-2.0 */
/* The verb `juki keys`: root key, node keys and certificates, directory, and a look at each. */
#ifndef JUKI_TOOL_KEYS_H
#define JUKI_TOOL_KEYS_H

/* argv[0] is the verb's name.  Returns the exit code: 0 done, 1 failed, 2 wrong usage. */
int jk_tool_keys(int argc, char **argv);

#endif
