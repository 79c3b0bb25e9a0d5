/* SPDX-License-Identifier: Apache-2.0 */
/* Kinds, commands and links of the transport: one directed link.  DATA goes from the sender to the
 * receiver, the answers go back.  The wire between the two ends stands in world.pml. */

mtype:kind = { DATA, ACK, NACK };

/* What the host tells the sender: a step of an upper machine sends a message; the channel to the
 * peer is open, is gone. */
mtype:command = { SUBMIT, LINK_UP, LINK_DOWN };

chan host_sender        = [0] of { mtype:command, record };
chan sender_to_receiver = [0] of { mtype:kind, record };
chan receiver_to_sender = [0] of { mtype:kind, record };
