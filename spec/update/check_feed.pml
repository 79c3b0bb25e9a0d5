/* SPDX-License-Identifier: Apache-2.0 */
/* Changes between a registry, its CS, its prefecture and national. */
#include "update.pml"
#include "properties.pml"
