/* SPDX-License-Identifier: Apache-2.0 */
/* Reads from the environment which mutant is on, and where the reached ones are noted: a file that
 * all processes of a test share.  Linked into every program of the mutated build. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "switch.h"

static unsigned char nowhere[JK_MUTANTS_MAX];

unsigned jk_mutant;
unsigned char *jk_places = nowhere;

__attribute__((constructor)) static void read_environment(void)
{
    const char *number = getenv("JK_MUTANT");
    const char *path = getenv("JK_MUTANT_PLACES");
    jk_mutant = number != NULL ? (unsigned)strtoul(number, NULL, 10) : 0;
    const int file = path != NULL ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (file < 0) {
        return;
    }
    void *map = mmap(NULL, JK_MUTANTS_MAX, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (map != MAP_FAILED) {
        jk_places = map;
    }
    close(file);
}
