/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JUKI_TOOL_IDENTITY_H
#define JUKI_TOOL_IDENTITY_H

int jk_tool_identity(int argc, char **argv);

#endif
