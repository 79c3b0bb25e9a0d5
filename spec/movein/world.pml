/* SPDX-License-Identifier: Apache-2.0 */
/* The world of a check: the people at the desks, and where the members live at the start. */

/* The operator at a terminal: asks once; may stop. */
proctype operator(byte me)
{
    desk_terminal[me] ! MOVE_IN, 0, 0, 0, 0, 0;
end_WAITS:
#ifdef WITH_STOP
    desk_terminal[me] ! STOP_MOVE_IN, 0, 0, 0, 0, 0
#else
    skip
#endif
}

/* The clerk of the destination's registry enters or rejects what is on the desk. */
proctype clerk_dest(byte me)
{
end_WAITS:
    if
    :: desk_dest[me] ! ENTER, 0, 0, 0, 0, 0
    :: desk_dest[me] ! REJECT, 0, 0, 0, 0, 0
    fi
}

/* The clerk of the origin's registry takes the filing; may be asked to cancel it. */
proctype clerk_origin()
{
    desk_origin ! FILE_OUT, 0, ALL, 0, 0, 0;
end_WAITS:
#ifdef WITH_CANCEL_OUT
    desk_origin ! CANCEL_FILING, 0, 0, 0, 0, 0
#else
    skip
#endif
}

#define PREFECTURE_OF_ORIGIN 0

init
{
    byte i;
    atomic {
        ghost_current[ORIGIN] = ALL;
        ghost_recorded = START_EPOCH;
        run origin_cs(ORIGIN);
        run origin_registry(ORIGIN);
        run clerk_origin();
        run identity();
        for (i : 0 .. NDEST - 1) {
            run terminal(i);
            run dest_cs(i);
            run dest_registry(i);
            run operator(i);
            run clerk_dest(i)
        }
        for (i : 0 .. NMEMBER - 1) {
            run prefecture(0, i);
            run prefecture(1, i);
            run national(i);
            run cards(i);
            /* The members' own ENTRY came long ago. */
            cs_to_prefecture[ORIGIN * NMEMBER + i] ! ENTRY, 0, 0, START_EPOCH, 0, ORIGIN + 1
        }
        i = 0
    }
}
