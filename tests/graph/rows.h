/* SPDX-License-Identifier: Apache-2.0 */
/* Rows and inputs that no file of tests can hold. */
#ifndef JUKI_TESTS_GRAPH_ROWS_H
#define JUKI_TESTS_GRAPH_ROWS_H

#include "../../src/verify/replay_machine.h"

/* false: what the machine does wrong is printed. */
bool graph_check_rows(const jk_replay_protocol *protocol, const jk_replay_role *role);

#endif
