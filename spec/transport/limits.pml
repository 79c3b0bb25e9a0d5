/* SPDX-License-Identifier: Apache-2.0 */
/* The bounds of a check.  A check may set them before it includes transport.pml. */
#ifndef MESSAGES
#define MESSAGES 3 /* messages that the upper step sends, 1 .. MESSAGES in this order */
#endif
#ifndef WINDOW
#define WINDOW 2  /* messages under way without an acknowledgement; JK_WINDOW_MAX in C, by a hook */
#endif
