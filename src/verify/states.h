/* SPDX-License-Identifier: Apache-2.0 */
/* The state diagram of a role as SVG, from its generated table, laid out by graphviz's dot. */
#ifndef JUKI_VERIFY_STATES_H
#define JUKI_VERIFY_STATES_H

#include <stdio.h>

#include "trail.h"

/* Draws gen/tables/PROTOCOL_ROLE.dot.  Where trail is not NULL, the states and transitions that any
 * instance of the role took in it stand out.
 *
 * Returns JK_E_FILE: no such file; JK_E_CONFIG: no diagram of this form; JK_E_IO: dot does not run
 * (Debian: graphviz).  Then nothing is written. */
JK_MUST_USE jk_status jk_states_draw(const char *diagram, const jk_trail *trail, FILE *out,
                                     jk_fault *fault);

#endif
