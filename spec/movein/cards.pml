/* SPDX-License-Identifier: Apache-2.0 */
/* Role: card management system (個人番号カード管理システム).  Seed 3-6, and 3-1 before it (M16).
 * One instance per card. */
proctype cards(byte member)
{
    REGISTERS;

end_KEEPING:
    if
    :: EACH(dest_to_cards, CONTINUE,
           card_check(answer);
           if
           :: answer == CONTINUABLE ->
               CONTINUE_CARD();
               send(cards_to_dest[peer * NMEMBER + member], CONTINUED, in.txn, in.mask, 0, 0);
               NEXT(end_KEEPING)
           :: else ->
               send(cards_to_dest[peer * NMEMBER + member], CONTINUE_REFUSED, in.txn, in.mask, 0,
                    answer);
               NEXT(end_KEEPING)
           fi)
    :: EACH(dest_to_cards, CARD_STATUS,
           card_state(answer);
           send(cards_to_dest[peer * NMEMBER + member], CARD_STATE, in.txn, in.mask, 0, answer);
           NEXT(end_KEEPING))
    fi;
    goto end_KEEPING;
}
