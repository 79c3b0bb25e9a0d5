/* SPDX-License-Identifier: Apache-2.0 */
/* The versions of the tools, in their own words. */
#define _POSIX_C_SOURCE 200809L
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "plan.h"

#define LIMIT_MS 20000
#define POLL_NS  2000000L

/* The first line of what argv prints; "" if it cannot be started. */
static void first_line(const char *folder, char *const *argv, char *words, size_t capacity)
{
    char path[JK_PATH_SIZE];
    jk_process process;
    int code;
    words[0] = '\0';
    if (!jk_path_join(path, folder, "version.txt") ||
        jk_process_start(&process, folder, path, argv, LIMIT_MS) != JK_OK) {
        return;
    }
    while (!jk_process_ended(&process, &code)) {
        (void)nanosleep(&(struct timespec){.tv_nsec = POLL_NS}, NULL);
    }
    size_t size;
    char *text = jk_file_read(path, &size);
    if (text != NULL) {
        (void)snprintf(words, capacity, "%.*s", (int)strcspn(text, "\n"), text);
    }
    free(text);
    (void)remove(path);
}

void jk_tools_read(const char *folder, jk_tools *tools)
{
    char names[3][16] = {"spin", "tcc", "clang-14"};
    char options[3][16] = {"-V", "-v", "--version"};
    char *words[3] = {tools->spin, tools->tcc, tools->clang};
    for (size_t i = 0; i < 3; i++) {
        char *argv[] = {names[i], options[i], NULL};
        first_line(folder, argv, words[i], sizeof tools->spin);
    }
}
