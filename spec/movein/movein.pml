/* SPDX-License-Identifier: Apache-2.0 */
/* The special move-in (特例転入), profile law2014: every role and the world around them.  A check file
 * says where the search is cut (SPLIT_LOG, SPLIT_CARDS), includes this file and properties.pml. */
#include "limits.pml"
#include "../lib/role.pml"
#include "../lib/envelope.pml"
#include "messages.pml"
#include "hooks.pml"
#include "effects.pml"
#include "log.pml"
#ifdef OBSERVED
#include "observed.pml"
#endif
#include "terminal.pml"
#include "dest_cs.pml"
#include "dest_registry.pml"
#include "origin_cs.pml"
#include "origin_registry.pml"
#ifndef SPLIT_LOG
#include "prefecture.pml"
#include "national.pml"
#endif
#include "identity.pml"
#ifndef SPLIT_CARDS
#include "cards.pml"
#endif
#include "world.pml"
