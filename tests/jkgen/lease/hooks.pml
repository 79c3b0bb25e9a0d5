/* SPDX-License-Identifier: Apache-2.0 */
/* What the landlord asks of its host. */
inline may_let(ANSWER)
{
    if
    :: ANSWER = FREE
    :: ANSWER = CLOSED
    fi
}

inline rooms_free(CHOSEN)
{
    if
    :: CHOSEN = 0
    :: CHOSEN = ROOMS
    fi
}

inline longest(HIGHEST)
{
    HIGHEST = 2
}
