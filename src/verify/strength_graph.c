/* SPDX-License-Identifier: Apache-2.0 */
/* The digest of a state graph: pan's dump (-DSVDUMP), one state after the other. */
#include <inttypes.h>
#include <stdlib.h>

#include "strength_work.h"

bool jk_graph_digest(const char *path, size_t state_size, char *text, size_t capacity)
{
    FILE *file = fopen(path, "rb");
    unsigned char *state = state_size == 0 ? NULL : malloc(state_size);
    uint64_t sum[2] = {0, 0};
    size_t got = 0;
    uint64_t count = 0;
    if (file != NULL && state != NULL) {
        got = fread(state, 1, state_size, file);
        while (got == state_size) {
            uint64_t one[2];
            jk_hash_begin(one);
            jk_hash_add(one, state, state_size);
            /* Every state is there once, so the sum is that of the set. */
            sum[0] += one[0];
            sum[1] += one[1];
            count++;
            got = fread(state, 1, state_size, file);
        }
    }
    bool good = file != NULL && state != NULL && ferror(file) == 0 && got == 0 && count > 0;
    free(state);
    if (file != NULL) {
        (void)fclose(file);
    }
    int length = snprintf(text, capacity, " %016" PRIx64 "%016" PRIx64 " %" PRIu64 " ", sum[0],
                          sum[1], count);
    return good && length > 0 && (size_t)length < capacity;
}
