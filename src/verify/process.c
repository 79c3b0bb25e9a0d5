/* SPDX-License-Identifier: Apache-2.0 */
/* One child process at a time: posix_spawn, a process group of its own, an end by the clock. */
#define _GNU_SOURCE
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int64_t jk_clock_ms(void)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int prepare(posix_spawn_file_actions_t *files, posix_spawnattr_t *attributes,
                   const char *folder, const char *log)
{
    int code = posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETPGROUP);
    if (code == 0) {
        code = posix_spawn_file_actions_addchdir_np(files, folder);
    }
    if (code == 0) {
        code = posix_spawn_file_actions_addopen(files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    }
    if (code == 0) {
        code = posix_spawn_file_actions_addopen(files, STDOUT_FILENO, log,
                                                O_WRONLY | O_CREAT | O_TRUNC, 0666);
    }
    if (code == 0) {
        code = posix_spawn_file_actions_adddup2(files, STDOUT_FILENO, STDERR_FILENO);
    }
    return code;
}

jk_status jk_process_start(jk_process *process, const char *folder, const char *log,
                           char *const *argv, int64_t limit_ms)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    if (posix_spawn_file_actions_init(&files) != 0) {
        return JK_E_MEMORY;
    }
    if (posix_spawnattr_init(&attributes) != 0) {
        (void)posix_spawn_file_actions_destroy(&files);
        return JK_E_MEMORY;
    }
    pid_t pid = 0;
    int code = prepare(&files, &attributes, folder, log);
    if (code == 0) {
        code = posix_spawnp(&pid, argv[0], &files, &attributes, argv, environ);
    }
    (void)posix_spawnattr_destroy(&attributes);
    (void)posix_spawn_file_actions_destroy(&files);
    if (code != 0) {
        return JK_E_IO;
    }
    *process = (jk_process){.pid = pid, .started_ms = jk_clock_ms(), .limit_ms = limit_ms};
    return JK_OK;
}

static int64_t used_ms(const struct rusage *usage)
{
    return (int64_t)(usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) * 1000 +
           (usage->ru_utime.tv_usec + usage->ru_stime.tv_usec) / 1000;
}

bool jk_process_ended(jk_process *process, int *code)
{
    int status;
    struct rusage usage = {0};
    pid_t ended = wait4(process->pid, &status, WNOHANG, &usage);
    if (ended == 0) {
        int64_t age_ms = jk_clock_ms() - process->started_ms;
        if (process->limit_ms > 0 && age_ms > process->limit_ms && !process->timed_out) {
            process->timed_out = true;
            (void)kill(-process->pid, SIGKILL);
        }
        return false;
    }
    process->used_ms = used_ms(&usage);
    if (ended < 0) {
        *code = 127;
        return errno != EINTR;
    }
    *code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return true;
}

void jk_process_kill(jk_process *process)
{
    int status;
    (void)kill(-process->pid, SIGKILL);
    while (waitpid(process->pid, &status, 0) < 0 && errno == EINTR) {
    }
}
