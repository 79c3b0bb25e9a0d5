/* SPDX-License-Identifier: Apache-2.0 */
/* Everything in one search, cut nowhere: it cross-checks the split of the other checks. */
#include "movein.pml"
#include "properties.pml"
