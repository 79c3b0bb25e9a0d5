/* SPDX-License-Identifier: Apache-2.0 */
/* With OBSERVED: what a step hears and does gets a number (role.pml, JP_HEARD and JP_DID), each its
 * own; tests/identity looks at that.  A name within its own macro is the inline itself. */

#define number_of_resend 1

#define window(HIGHEST) window(HIGHEST); JP_HEARD(1, HIGHEST)
#define upper_check(ANSWER) upper_check(ANSWER); JP_HEARD(2, ANSWER)
#define first_answer(ANSWER) first_answer(ANSWER); JP_HEARD(3, ANSWER)

#define STORE_OUTBOX(SEQUENCE, MESSAGE) \
    JP_DID(101, SEQUENCE, MESSAGE) JP_THEN(STORE_OUTBOX(SEQUENCE, MESSAGE))
#define TRANSMIT(SEQUENCE, UPTO) \
    JP_DID(102, SEQUENCE, UPTO) JP_THEN(TRANSMIT(SEQUENCE, UPTO))
#define DELETE_UPTO(SEQUENCE) \
    JP_DID(103, SEQUENCE, 0) JP_THEN(DELETE_UPTO(SEQUENCE))
#define REFUSE_OUTBOX(SEQUENCE) \
    JP_DID(104, SEQUENCE, 0) JP_THEN(REFUSE_OUTBOX(SEQUENCE))
#define DELIVER(SEQUENCE, MESSAGE) \
    JP_DID(105, SEQUENCE, MESSAGE) JP_THEN(DELIVER(SEQUENCE, MESSAGE))
#define DEAD_LETTER(SEQUENCE, MESSAGE) \
    JP_DID(106, SEQUENCE, MESSAGE) JP_THEN(DEAD_LETTER(SEQUENCE, MESSAGE))
