/* SPDX-License-Identifier: Apache-2.0 */
/* How far a server has come in each CS's update log (1-④, 1-⑤). */
#ifndef JUKI_STEP_FEED_H
#define JUKI_STEP_FEED_H

#include "step/step.h"

/* The entry at that position was taken.  One that was there before means that the CS was restored
 * from a backup and writes its log anew: `beyond` from now on (R5). */
JK_MUST_USE jk_status jk_feed_applied(jk_engine *engine, const char *code, uint64_t position);

/* R5: this server has entries that the CS no longer knows of. */
JK_MUST_USE jk_status jk_feed_beyond(jk_engine *engine, const char *code, bool *beyond);

/* An operator has seen to it that the CS has its log again.  In an open group. */
JK_MUST_USE jk_status jk_feed_recovered(jk_engine *engine, const char *code);

#endif
