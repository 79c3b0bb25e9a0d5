/* SPDX-License-Identifier: Apache-2.0 */
/* Reconciliation: a CS, its prefecture, national; the log between them.  A check file sets the
 * bounds, includes this file and properties.pml. */
#include "limits.pml"
#include "../lib/role.pml"
#include "../lib/envelope.pml"
#include "messages.pml"
#include "effects.pml"
#include "hooks.pml"
#ifdef OBSERVED
#include "observed.pml"
#endif
#include "cs_round.pml"
#include "cs_repair.pml"
#include "prefecture_round.pml"
#include "national_round.pml"
#include "world.pml"
