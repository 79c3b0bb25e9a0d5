/* SPDX-License-Identifier: Apache-2.0 */
/* Group commit at the receiver, on any wire. */
#define GROUP
#include "transport.pml"
#include "properties.pml"
