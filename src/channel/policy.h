/* SPDX-License-Identifier: Apache-2.0 */
/* Who may dial whom.  Each arrow is one channel that carries both directions, so one side is fixed
 * as the one that dials. */
#ifndef JUKI_CHANNEL_POLICY_H
#define JUKI_CHANNEL_POLICY_H

#include "juki/types.h"

/* True when `initiator` may dial `target`.  Both ids must be valid. */
bool jk_policy_allows(const jk_node_id *initiator, const jk_node_id *target);

#endif
