/* SPDX-License-Identifier: Apache-2.0 */
/* What a role does to its host; ghosts for properties. */
members ghost_let;

inline MOVE_IN(LET) { ghost_let = ghost_let | (LET) }
inline MOVE_OUT() { skip }
inline WRITE_BOOK(LET, TERM) { skip }
