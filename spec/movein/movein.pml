/* SPDX-License-Identifier: Apache-2.0 */
/* The special move-in (特例転入), profile law2014: every role and the world around them.  A check file
 * sets the bounds, includes this file and properties.pml. */
#include "../lib/role.pml"
#include "../lib/envelope.pml"
#include "limits.pml"
#include "messages.pml"
#include "hooks.pml"
#include "effects.pml"
#include "terminal.pml"
#include "dest_cs.pml"
#include "dest_registry.pml"
#include "origin_cs.pml"
#include "origin_registry.pml"
#include "prefecture.pml"
#include "national.pml"
#include "identity.pml"
#include "cards.pml"
#include "world.pml"
