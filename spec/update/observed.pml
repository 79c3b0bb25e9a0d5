/* SPDX-License-Identifier: Apache-2.0 */
/* With OBSERVED: what a step hears and does gets a number (role.pml, JP_HEARD and JP_DID), each its
 * own; tests/identity looks at that.  A name within its own macro is the inline itself. */

#define change_check(ANSWER) change_check(ANSWER); JP_HEARD(1, ANSWER)
#define waiting_check(ANSWER) waiting_check(ANSWER); JP_HEARD(2, ANSWER)
#define update_position(HIGHEST) update_position(HIGHEST); JP_HEARD(3, HIGHEST)
#define check_at_prefecture(ANSWER) check_at_prefecture(ANSWER); JP_HEARD(4, ANSWER)
#define check_at_national(ANSWER) check_at_national(ANSWER); JP_HEARD(5, ANSWER)

#define CHANGE_REGISTER() \
    JP_DID(101, 0, 0) JP_THEN(CHANGE_REGISTER())
#define RECORD_CHANGE() \
    JP_DID(102, 0, 0) JP_THEN(RECORD_CHANGE())
#define QUEUE_CHANGE() \
    JP_DID(103, 0, 0) JP_THEN(QUEUE_CHANGE())
#define UNQUEUE_CHANGE() \
    JP_DID(104, 0, 0) JP_THEN(UNQUEUE_CHANGE())
#define PASS_CHANGE(REASON) \
    JP_DID(105, REASON, 0) JP_THEN(PASS_CHANGE(REASON))
#define WRITE_UPDATE(POSITION) \
    JP_DID(106, POSITION, 0) JP_THEN(WRITE_UPDATE(POSITION))
#define APPLY_UPDATE(POSITION) \
    JP_DID(107, POSITION, 0) JP_THEN(APPLY_UPDATE(POSITION))
#define PASS_UPDATE(POSITION, REASON) \
    JP_DID(108, POSITION, REASON) JP_THEN(PASS_UPDATE(POSITION, REASON))
#define KEEP_REFUSED(POSITION, REASON) \
    JP_DID(109, POSITION, REASON) JP_THEN(KEEP_REFUSED(POSITION, REASON))
