/* SPDX-License-Identifier: Apache-2.0 */
/* The message of the lease, in the place of spec/lib/envelope.pml; role.pml is a copy of
 * spec/lib's. */
#ifndef CLAIM
#define CLAIM
#ifndef JKGEN

#define JP_MESSAGE claim

#define REGISTERS \
    JP_MESSAGE in; \
    peer_id peer; \
    mtype:reason answer; \
    members chosen; \
    count highest

#define JP_CLEAR        \
    d_step {            \
        in.ticket = 0;  \
        in.rooms = 0;   \
        in.term = 0;    \
        in.why = 0;     \
        peer = 0;       \
        answer = 0;     \
        chosen = 0;     \
        highest = 0     \
    }

#define send(LINK, KIND, TICKET, ROOMS, TERM, WHY) \
    assert(nfull(LINK)); LINK ! KIND, TICKET, ROOMS, TERM, WHY

#endif

#include "role.pml"

mtype:reason = { FREE, TAKEN, CLOSED };

typedef claim {
    token ticket;
    members rooms;
    count term;
    mtype:reason why
};

#endif
