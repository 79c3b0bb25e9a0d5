/* SPDX-License-Identifier: Apache-2.0 */
/* Rounds between a CS, its prefecture and national. */
#include "reconcile.pml"
#include "properties.pml"
