/* SPDX-License-Identifier: Apache-2.0 */
/* The claim of a replay: its name, and whether the trail's end violates it.  SPIN plays a trail to
 * its last line and does not say that a part of it is missing. */
#ifndef JUKI_VERIFY_CLAIM_H
#define JUKI_VERIFY_CLAIM_H

#include <stddef.h>

#include "trail.h"

/* The claim that the replay went with, "" if none. */
void jk_claim_name(const char *replay, char *name, size_t capacity);

/* NULL, or why this cannot be a whole trail: its last state does not violate what the claim
 * `[] p` forbids, or a claim about what must come has no cycle.  What is not understood is let
 * through. */
const char *jk_claim_refuse(const char *replay, const jk_trail *trail);

#endif
