/* SPDX-License-Identifier: Apache-2.0 */
/* The explorer of one check. */
#include "search.h"

#include <inttypes.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    jk_search search;
    jk_search_options options = {.states_max = UINT32_MAX - 1, .memory_max = UINT64_MAX};
    for (int i = 1; i < argc; i++) {
        options.record = options.record || strcmp(argv[i], "--record") == 0;
        options.properties = options.properties || strcmp(argv[i], "--properties") == 0;
    }
    jk_search_end end = jk_search_run(&search, &jk_model, &options);
    printf("end %d states %" PRIu32 " edges %" PRIu64 " depth %" PRIu32
           " seconds %.3f bytes/state %.1f size %zu\n",
           end, search.states, search.edges, search.depth, search.seconds,
           (double)jk_search_bytes(&search) / search.states, jk_model.size);
    if (search.violation != NULL) {
        printf("violation %s %s:%d\n", search.violation, search.file, search.line);
    }
    for (unsigned i = 0; i < jk_model.properties && options.properties; i++) {
        if (search.broken[i] != JK_NO_STATE) {
            printf("broken %s\n", jk_model.property_names[i]);
        }
    }
    if (options.record) {
        char text[65];
        jk_hashes_digest(&search.state_hashes, text);
        printf("states %s\n", text);
        jk_hashes_digest(&search.edge_hashes, text);
        printf("edges %s\n", text);
    }
    jk_search_close(&search);
    return 0;
}
