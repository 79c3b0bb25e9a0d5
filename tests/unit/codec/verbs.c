/* SPDX-License-Identifier: Apache-2.0 */
/* A program with the two verbs alone, for the tests of their input and output. */
#include "decode.h"

#include <string.h>

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "decode") == 0) {
        return jk_tool_decode(argc - 1, argv + 1);
    }
    if (argc > 1 && strcmp(argv[1], "encode") == 0) {
        return jk_tool_encode(argc - 1, argv + 1);
    }
    return 2;
}
