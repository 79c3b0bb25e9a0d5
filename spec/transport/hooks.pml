/* SPDX-License-Identifier: Apache-2.0 */
/* What the transport asks of its host. */

/* How many messages may be under way: JK_WINDOW_MAX, or less if the peer gives less credit. */
inline window(HIGHEST)
{
    HIGHEST = WINDOW
}

/* T7: does the upper machine take this message?  Everything from the envelope up that makes it a
 * bad message is REFUSE: undecodable, unknown kind, wrong peer, unexpected in that state. */
inline upper_check(ANSWER)
{
    if
    :: ANSWER = ACCEPT
    :: ANSWER = REFUSE
    fi
}

/* T6, T7: how this message was answered the first time; the host looks into its dead letters. */
inline first_answer(ANSWER)
{
    if
    :: ghost_dead[in.message] -> ANSWER = REFUSE
    :: else -> ANSWER = ACCEPT
    fi
}
