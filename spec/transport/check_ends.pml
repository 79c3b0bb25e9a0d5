/* SPDX-License-Identifier: Apache-2.0 */
/* Any wire, but its faults stop: everything comes to its end. */
#ifndef FAULTS
#define FAULTS 1
#endif
#include "transport.pml"
#include "properties.pml"
