/* SPDX-License-Identifier: Apache-2.0 */
/* The case: terminals, CS and registries of the destinations and of the origin in one search,
 * cut at the log and at the cards. */
#define SPLIT_LOG
#define SPLIT_CARDS
#include "movein.pml"
#include "properties.pml"
