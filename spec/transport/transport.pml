/* SPDX-License-Identifier: Apache-2.0 */
/* The transport of one directed link: both ends and the world around them.  A check file sets the
 * bounds, includes this file and properties.pml. */
#include "../lib/record.pml"
#include "limits.pml"
#include "messages.pml"
#include "wire.pml"
#include "hooks.pml"
#include "effects.pml"
#include "world.pml"
#ifdef OBSERVED
#include "observed.pml"
#endif
#include "sender.pml"
#ifdef GROUP
#include "group.pml"
#else
#include "receiver.pml"
#endif
