/* SPDX-License-Identifier: Apache-2.0 */
/* The change feed: a registry, its CS, its prefecture, national; the log between them.  A check
 * file sets the bounds, includes this file and properties.pml. */
#include "limits.pml"
#include "../lib/role.pml"
#include "../lib/envelope.pml"
#include "messages.pml"
#include "effects.pml"
#include "hooks.pml"
#ifdef OBSERVED
#include "observed.pml"
#endif
#include "registry_update.pml"
#include "cs_update.pml"
#include "prefecture_update.pml"
#include "national_update.pml"
#include "world.pml"
