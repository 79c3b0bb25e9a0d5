/* SPDX-License-Identifier: Apache-2.0 */
/* Role: identity verification at the national server.  Seed 2-3, 2-4.
 * One instance per transaction in C; it keeps nothing. */
proctype identity()
{
    REGISTERS;

end_READY:
    if
    :: EACH(dest_to_national, VERIFY_REQUEST,
           identity_check(answer);
           send(national_to_dest[peer], VERIFY_RESULT, in.txn, 0, 0, answer);
           NEXT(end_READY))
    fi;
    goto end_READY;
}
