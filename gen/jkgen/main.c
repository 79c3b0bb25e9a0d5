/* SPDX-License-Identifier: Apache-2.0 */
/* The program jkgen; everything is in the library, which `juki gen` uses too. */
#include "jkgen.h"

int main(int argc, char **argv)
{
    return jk_gen_main(argc, argv);
}
