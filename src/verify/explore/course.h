/* SPDX-License-Identifier: Apache-2.0 */
/* Properties of several states, looked at in the graph that a search has kept. */
#ifndef JUKI_VERIFY_COURSE_H
#define JUKI_VERIFY_COURSE_H

#include "search.h"

/* Sets broken[i] for each of model->courses, in their order; all false before.  The search was made
 * with options.keep_edges and saw every state.  [] p -> [] q: no state behind p is without q.
 * <> q: no run from p stays without q, if every process that can go on all the time goes on at
 * some time (weak fairness, as pan -f), or stops without q.  false: no memory. */
bool jk_courses_look(const jk_search *search, bool *broken);

#endif
