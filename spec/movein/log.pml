/* SPDX-License-Identifier: Apache-2.0 */
/* The interface contract at the update log (1-4), where protocols.md lets us cut the search.
 *
 * An observer sees every entry where a CS writes it.  The check of the case proves that the CS keep
 * the contract (property log_contract); the check of the log lets an environment write everything
 * that the contract allows, and nothing else, and proves that prefectures and national then agree.
 * One text serves both sides, LOG_ENTRY_LEGAL and LOG_REMOVAL_LEGAL below.  For each resident:
 *
 *   - an ENTRY has an epoch above every epoch that the log holds (epochs are allocated serially);
 *     one of the same municipality renews its residence;
 *   - a REMOVAL ends the sender's own residence, once: of all ENTRYs not above its epoch the
 *     highest is the sender's and not ended yet.  So its epoch is not below the sender's ENTRY and
 *     below every later grant (M7).
 *
 * Epochs are bits of a mask, so they stay below 8. */

byte log_used[NMEMBER];       /* epochs of the ENTRYs, per resident */
byte log_open[NCS * NMEMBER]; /* those of a CS whose REMOVAL has not been written */
count log_top[NMEMBER];       /* highest epoch in the log */
bool broken_log;              /* an entry broke the contract */

#define LOG_UPTO(E)     ((2 << (E)) - 1)
#define LOG_OPEN(CS, M) log_open[(CS) * NMEMBER + (M)]

#ifdef WITH_OVERRIDE
/* M3: who registers from a grant that was overridden may come after later epochs. */
#define LOG_ENTRY_LEGAL(CS, M, E) \
    ((log_used[M] & (1 << (E))) == 0 && (E) > LOG_LATEST(CS, M))
#else
#define LOG_ENTRY_LEGAL(CS, M, E) ((E) > log_top[M])
#endif
#define LOG_REMOVAL_LEGAL(CS, M, E) \
    ((LOG_OPEN(CS, M) & LOG_UPTO(E)) > (log_used[M] & LOG_UPTO(E) & ~LOG_OPEN(CS, M)))

/* The resident lives where the highest ENTRY was written, unless that residence has ended. */
#define LOG_SHOWS(CS, M) (LOG_OPEN(CS, M) > (log_used[M] & ~LOG_OPEN(CS, M)))
#define LOG_NOTHING_OPEN_BUT(CS, M, MASK) ((LOG_OPEN(CS, M) & ~(MASK)) == 0)

/* The latest ENTRY of a CS that has not ended; 0: none, and a REMOVAL of it is illegal. */
#define LOG_LATEST(CS, M) LOG_HIGHEST(LOG_OPEN(CS, M))
#define LOG_HIGHEST(X) \
    ((X) >= 128 -> 7 : ((X) >= 64 -> 6 : ((X) >= 32 -> 5 : ((X) >= 16 -> 4 : \
     ((X) >= 8 -> 3 : ((X) >= 4 -> 2 : ((X) >= 2 -> 1 : 0)))))))

/* In the check of a case: a REMOVAL carries the epoch of the sender's own latest ENTRY. */
#ifdef LOG_ALONE
#define OBSERVE_REMOVAL(CS, M, E) skip
#else
#define OBSERVE_REMOVAL(CS, M, E) broken_removal = broken_removal || (E) != LOG_LATEST(CS, M)
#endif

byte log_bit;

#define LOG_OBSERVE(KIND, CS, M, E) \
    d_step { \
        log_bit = 1 << (E); \
        if \
        :: (KIND) == ENTRY -> \
            broken_log = broken_log || !LOG_ENTRY_LEGAL(CS, M, E); \
            log_used[M] = log_used[M] | log_bit; \
            LOG_OPEN(CS, M) = log_bit /* its own earlier one is renewed */ \
        :: else -> \
            broken_log = broken_log || !LOG_REMOVAL_LEGAL(CS, M, E); \
            OBSERVE_REMOVAL(CS, M, E); \
            do \
            :: log_bit == 0 || (LOG_OPEN(CS, M) & log_bit) != 0 -> break \
            :: else -> log_bit = log_bit >> 1 \
            od; \
            LOG_OPEN(CS, M) = LOG_OPEN(CS, M) & ~log_bit \
        fi; \
        if \
        :: (E) > log_top[M] -> log_top[M] = E \
        :: else -> skip \
        fi; \
        log_bit = 0 \
    }
