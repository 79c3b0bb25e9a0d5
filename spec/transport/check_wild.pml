/* SPDX-License-Identifier: Apache-2.0 */
/* Any wire: it loses, doubles and reorders without bound, cuts and crashes too. */
#include "transport.pml"
#include "properties.pml"
