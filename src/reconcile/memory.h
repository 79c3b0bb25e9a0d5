/* SPDX-License-Identifier: Apache-2.0 */
/* Where this library's working memory comes from: two functions that the caller hands in, so that
 * it stays pure and a test can refuse any allocation.  Everything taken in a call is given back
 * before it returns, unless the function says that it makes something that is closed later. */
#ifndef JUKI_RECONCILE_MEMORY_H
#define JUKI_RECONCILE_MEMORY_H

#include <stddef.h>

typedef struct jk_recon_memory {
    void *(*take)(void *arg, size_t size); /* NULL: no memory */
    void (*give)(void *arg, void *block);  /* NULL is nothing */
    void *arg;
} jk_recon_memory;

#endif
