/* SPDX-License-Identifier: Apache-2.0 */
/* The real channel: a stream that loses only by a cut.  Cuts and crashes without bound. */
#define STREAM
#include "transport.pml"
#include "properties.pml"
