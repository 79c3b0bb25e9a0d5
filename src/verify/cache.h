/* SPDX-License-Identifier: Apache-2.0 */
/* Results of earlier calls.  Only what is complete is kept: a search that proved all, a witness
 * that was found, a mutant that was killed.  What is kept is pan's own output with its trail, under
 * a digest of everything that it depends on; taking it judges it again. */
#ifndef JUKI_VERIFY_CACHE_H
#define JUKI_VERIFY_CACHE_H

#include "plan.h"

#define JK_CACHE_KEY_SIZE 65 /* hexadecimal digits of a SHA-256, with NUL */

/* The key: the model's text with all files that it includes, the patch, bounds, claim, mode of
 * search, options of spin, compilers and pan, their versions, and the version of our verdicts.
 * Time, memory and depth are no part of it: what is complete is complete under any limit.  False:
 * not everything it depends on is known, so it is not kept. */
JK_MUST_USE bool jk_cache_key(const jk_plan *plan, const jk_run *run, char key[JK_CACHE_KEY_SIZE]);

/* Fills the run from the cache, judged; false: it is to be searched. */
bool jk_cache_take(jk_plan *plan, jk_run *run);

/* Keeps a run that is done, if it may be kept. */
void jk_cache_keep(jk_plan *plan, const jk_run *run);

/* The same of a graph (graph_cache.c): kept is what both searches said; taking it compares them
 * again.  Its key is of the model, what jkgen made of it, the machines, the explorer, bounds and
 * tools.  false: an entry is damaged, or cannot be written. */
JK_MUST_USE bool jk_graph_cache_take(const jk_identity_options *options, jk_graph *graph);
JK_MUST_USE bool jk_graph_cache_keep(const jk_identity_options *options, const jk_graph *graph);

#endif
