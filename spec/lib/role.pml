/* SPDX-License-Identifier: Apache-2.0 */
/* The words of a role: everything in a role file beyond plain Promela is one of these.  SPIN
 * expands them as macros; jkgen knows them by name and never sees the macros (cpp runs with JKGEN
 * defined).  gen/README.md says what each becomes in C. */
#ifndef JK_ROLE
#define JK_ROLE
#ifndef JKGEN

/* Types of a role's variables.  A token is compared for equality only, so two or three values
 * prove it for 16-byte ids; members is a mask with one bit a member; a peer names the other end of
 * a link family. */
#define token   byte
#define members byte
#define count   byte
#define peer_id byte

/* The registers of a step: the message received, the peer it came from, a hook's answers.  NEXT
 * clears them, so they never multiply states.  A protocol whose message is not the envelope
 * defines JP_MESSAGE and these three itself before it includes this file (record.pml). */
#define NEXT(STATE) JP_CLEAR; goto STATE
#ifndef JP_MESSAGE
#define JP_MESSAGE envelope
#define REGISTERS \
    JP_MESSAGE in; \
    peer_id peer; \
    mtype:reason answer; \
    members chosen; \
    count highest

#define JP_CLEAR     \
    JP_TOOK          \
    d_step {         \
        in.txn = 0;  \
        in.mask = 0; \
        in.epoch = 0; \
        in.reason = 0; \
        in.author = 0; \
        peer = 0;    \
        answer = 0;  \
        chosen = 0;  \
        highest = 0  \
    }

/* Send one message.  A link never blocks: its capacity is asserted. */
#define send(LINK, KIND, TXN, MASK, EPOCH, REASON) \
    JP_SAID(KIND, TXN, MASK, EPOCH, REASON, 0) \
    JP_ROOM(LINK); LINK ! KIND, TXN, MASK, EPOCH, REASON, 0
#endif

/* Forward a log entry as it came: its author stays. */
#define forward(LINK, KIND, EPOCH, REASON, AUTHOR) \
    JP_SAID(KIND, 0, 0, EPOCH, REASON, AUTHOR) \
    JP_ROOM(LINK); LINK ! KIND, 0, 0, EPOCH, REASON, AUTHOR

/* One message a member of MASK, each with that member's bit; LINK_spread is defined beside the
 * link.  src/step does the same with the members of the real case, so the machine never loops over
 * them. */
#define send_each(LINK, KIND, TXN, MASK, EPOCH, REASON) \
    JP_SAID(KIND, TXN, MASK, EPOCH, REASON, 0) \
    LINK##_spread(KIND, TXN, MASK, EPOCH, REASON)
#define JP_SPREAD(CHANNEL, BIT, KIND, TXN, MASK, EPOCH, REASON, AUTHOR) \
    if \
    :: ((MASK) & (BIT)) != 0 -> \
        JP_ROOM(CHANNEL); CHANNEL ! KIND, TXN, BIT, EPOCH, REASON, AUTHOR \
    :: else -> skip \
    fi

/* An option for each instance of a link family; peer tells which one it was.  LINK_each is defined
 * beside the link. */
#define EACH(LINK, KIND, ...) LINK##_each(KIND, __VA_ARGS__)
#define JP_EACH1(FROM, KIND, ...) \
    atomic { FROM(0) ? KIND, in -> peer = 0; __VA_ARGS__ }
#define JP_EACH2(FROM, KIND, ...) \
    JP_EACH1(FROM, KIND, __VA_ARGS__) \
    :: atomic { FROM(1) ? KIND, in -> peer = 1; __VA_ARGS__ }
#define JP_EACH3(FROM, KIND, ...) \
    JP_EACH2(FROM, KIND, __VA_ARGS__) \
    :: atomic { FROM(2) ? KIND, in -> peer = 2; __VA_ARGS__ }

/* Inputs that a state names without acting on them, up to eight kinds of a link in one line. */
#define DROP(LINK, ...)            JP_KINDS(JP_DROP, LINK, __VA_ARGS__)
#define UNEXPECTED(LINK, ...)      JP_KINDS(JP_UNEXPECTED, LINK, __VA_ARGS__)
#define EACH_DROP(LINK, ...)       JP_KINDS(JP_EACH_DROP, LINK, __VA_ARGS__)
#define EACH_UNEXPECTED(LINK, ...) JP_KINDS(JP_EACH_UNEXPECTED, LINK, __VA_ARGS__)
#define JP_DROP(LINK, KIND)       atomic { LINK ? KIND, in -> JP_CLEAR }
#define JP_UNEXPECTED(LINK, KIND) atomic { LINK ? KIND, in -> JP_REFUSED }
#define JP_EACH_DROP(LINK, KIND)  LINK##_each(KIND, JP_CLEAR)
#define JP_EACH_UNEXPECTED(LINK, KIND) LINK##_each(KIND, JP_REFUSED)

/* Commands of the operator that this state does not take: they are not offered. */
#define NOT_NOW(LINK, ...)     atomic { false -> skip }

#define JP_KINDS(ONE, LINK, ...) \
    JP_NINTH(__VA_ARGS__, JP_K8, JP_K7, JP_K6, JP_K5, JP_K4, JP_K3, JP_K2, JP_K1, 0) \
    (ONE, LINK, __VA_ARGS__)
#define JP_NINTH(A, B, C, D, E, F, G, H, I, ...) I
#define JP_K1(ONE, LINK, KIND)      ONE(LINK, KIND)
#define JP_K2(ONE, LINK, KIND, ...) ONE(LINK, KIND) :: JP_K1(ONE, LINK, __VA_ARGS__)
#define JP_K3(ONE, LINK, KIND, ...) ONE(LINK, KIND) :: JP_K2(ONE, LINK, __VA_ARGS__)
#define JP_K4(ONE, LINK, KIND, ...) ONE(LINK, KIND) :: JP_K3(ONE, LINK, __VA_ARGS__)
#define JP_K5(ONE, LINK, KIND, ...) ONE(LINK, KIND) :: JP_K4(ONE, LINK, __VA_ARGS__)
#define JP_K6(ONE, LINK, KIND, ...) ONE(LINK, KIND) :: JP_K5(ONE, LINK, __VA_ARGS__)
#define JP_K7(ONE, LINK, KIND, ...) ONE(LINK, KIND) :: JP_K6(ONE, LINK, __VA_ARGS__)
#define JP_K8(ONE, LINK, KIND, ...) ONE(LINK, KIND) :: JP_K7(ONE, LINK, __VA_ARGS__)

/* An input whose fields contradict this machine's state: a bad message (T7), never a step. */
#define IMPOSSIBLE             JP_REFUSED

/* Timers: an armed flag and an expiry that is possible whenever it is armed.  A protocol may define
 * MAY_EXPIRE in its limits.pml, included before, to run a check in which a timer never expires. */
#ifndef MAY_EXPIRE
#define MAY_EXPIRE(NAME)       true
#endif
#define TIMER(NAME)            bool NAME
#define ARM(NAME)              NAME = true JP_TIMED(200, NAME)
#define DISARM(NAME)           NAME = false JP_TIMED(220, NAME)
#define EXPIRE(NAME)           NAME && MAY_EXPIRE(NAME) -> NAME = false
#define UNARMED(NAME)          atomic { NAME -> JP_STRAY(NAME) }

/* With OBSERVED a step adds up what it hears from hooks, and what it does, each in its order.
 * juki identity takes the two sums at the end of the step and clears them, in the model's search
 * and in the C's: so they stand on an edge, and no state has them.  (Without that they only grow.)
 * Hooks, effects and timers get their numbers in the protocol's observed.pml. */
#ifdef OBSERVED
int jk_heard;
int jk_did;
#define JP_ADD(SUM, VALUE)   (((SUM) * 257 + (VALUE)) % 8355967)
#define JP_HEARD(HOOK, ANSWER) \
    jk_heard = JP_ADD(JP_ADD(jk_heard, HOOK), ANSWER)
#define JP_DID(WHAT, A, B) \
    jk_did = JP_ADD(JP_ADD(JP_ADD(jk_did, WHAT), A), B)
#define JP_SAID(KIND, A, B, C, D, E) \
    JP_DID(KIND, A, B); JP_DID(C, D, E);
#define JP_THEN(EFFECT)      ; EFFECT
#define JP_TIMED(WHAT, NAME) ; JP_DID(WHAT, number_of_##NAME, 0)
#else
#define JP_SAID(KIND, A, B, C, D, E)
#define JP_TIMED(WHAT, NAME)
#endif

/* At the end of a step, before the registers are cleared: where nobody is behind the links the
 * message that was taken is heard, too (check_alone.pml). */
#define JP_TOOK

/* What a role asserts by itself: room on a link, no message that cannot come, no timer that is not
 * to run.  JK_NAMED_ONLY takes these assertions out, to see what the named properties find alone
 * (juki mutate spec): such a message is dropped, such a timer disarmed, and a run in which a link
 * overflows is not followed any further. */
#ifdef JK_NAMED_ONLY
bool jk_over;
#define JP_ROOM(CHANNEL) jk_over = full(CHANNEL); !jk_over
#define JP_REFUSED       JP_CLEAR
#define JP_STRAY(NAME)   NAME = false
#else
#define JP_ROOM(CHANNEL) assert(nfull(CHANNEL))
#define JP_REFUSED       assert(false)
#define JP_STRAY(NAME)   assert(false)
#endif

#endif
#endif
