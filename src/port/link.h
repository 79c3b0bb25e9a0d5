/* SPDX-License-Identifier: Apache-2.0 */
/* The link port: how a committed step's outgoing records leave.  The engine calls it only after the
 * store's commit returned; what the peer does not get is sent again after link_up. */
#ifndef JUKI_PORT_LINK_H
#define JUKI_PORT_LINK_H

#include "juki/types.h"

typedef struct jk_link jk_link;

struct jk_link {
    /* A message with its identity on the directed link; bytes are borrowed. */
    void (*message)(jk_link *link, const jk_node_id *peer, uint64_t link_epoch, uint64_t sequence,
                    jk_span bytes);
    /* Everything below next is committed here; credit: messages the receiver takes now. */
    void (*ack)(jk_link *link, const jk_node_id *peer, uint64_t next, uint32_t credit);
    /* The message was consumed as a bad one (T7); rule is a jk_status. */
    void (*nack)(jk_link *link, const jk_node_id *peer, uint64_t sequence, uint16_t rule);
};

#endif
