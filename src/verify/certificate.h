/* SPDX-License-Identifier: Apache-2.0 */
/* gen/CERT.json: of which model and C, found with which spin, each graph's size and digests.  A
 * graph is one line, so that a change is one line of a diff. */
#ifndef JUKI_VERIFY_CERTIFICATE_H
#define JUKI_VERIFY_CERTIFICATE_H

#include "identity_row.h"

#define JK_CERTIFICATE_FORMAT 1

/* The certificate of these graphs; of graphs that were not searched (outcome JK_VERIFY_USAGE) the
 * line of the old text is kept.  free() it; NULL: no memory or a file cannot be read. */
char *jk_certificate_make(const jk_identity_options *options, const jk_graph *graphs, size_t count,
                          const char *spin, const char *old);

/* Compares the committed certificate (NULL: there is none) with a fresh one, and says in *note what
 * is first not the same.  true: nothing. */
bool jk_certificate_same(const char *old, const char *fresh, char *note, size_t capacity);

#endif
