/* SPDX-License-Identifier: Apache-2.0 */
/* One child process: started without a shell, its output in a file, killed with its children when
 * its time is over. */
#ifndef JUKI_VERIFY_PROCESS_H
#define JUKI_VERIFY_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "juki/status.h"

typedef struct jk_process {
    pid_t pid;
    int64_t started_ms; /* monotonic */
    int64_t limit_ms;   /* from the start; 0 none */
    int64_t used_ms;    /* processor time, when it has ended */
    bool timed_out;
} jk_process;

/* Milliseconds of the monotonic clock. */
int64_t jk_clock_ms(void);

/* Starts argv[0] (searched in PATH if it has no '/') in the folder, input from nowhere, output and
 * errors into the file log.  JK_E_IO if it cannot be started. */
JK_MUST_USE jk_status jk_process_start(jk_process *process, const char *folder, const char *log,
                                       char *const *argv, int64_t limit_ms);

/* Does not wait.  True when the process has ended, *code its exit code, or 128 + the signal.  One
 * whose time is over is killed. */
bool jk_process_ended(jk_process *process, int *code);

/* Kills it and waits for its end. */
void jk_process_kill(jk_process *process);

#endif
