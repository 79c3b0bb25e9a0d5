/* SPDX-License-Identifier: Apache-2.0 */
/* What the transport's machines may read of a record, in the place of envelope.pml: include this
 * file before anything else.  A record has a fixed layout (src/channel/record.h), no .proto
 * message; only its kinds stand in spec/wire/kinds.proto. */
#ifndef JK_RECORD
#define JK_RECORD
#ifndef JKGEN

#define JP_MESSAGE record

#define REGISTERS \
    JP_MESSAGE in; \
    mtype:reason answer; \
    count highest

#define JP_CLEAR            \
    JP_TOOK                 \
    d_step {                \
        in.link_epoch = 0;  \
        in.sequence = 0;    \
        in.upto = 0;        \
        in.message = 0;     \
        answer = 0;         \
        highest = 0         \
    }

/* Put one record on the wire; LINK_put is defined beside the link, for this wire may lose it. */
#define send(LINK, KIND, LINK_EPOCH, SEQUENCE) \
    JP_SAID(KIND, LINK_EPOCH, SEQUENCE, 0, 0, 0) \
    LINK##_put(KIND, LINK_EPOCH, SEQUENCE)

#endif

#include "role.pml"

/* What a hook of the transport answers; never on the wire. */
mtype:reason = { ACCEPT, REFUSE };

typedef record {
    count link_epoch;    /* T4: raised by a restore only */
    count sequence;      /* of DATA and NACK: the message; of ACK: the next one expected */
    count upto;          /* the end of a range in an effect; never on the wire */
    token message        /* DATA: message_id of the envelope inside */
};

#endif
