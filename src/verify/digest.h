/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 of texts, of the sources in a folder, and of a model with all that it includes. */
#ifndef JUKI_VERIFY_DIGEST_H
#define JUKI_VERIFY_DIGEST_H

#include <sodium.h>
#include <stdbool.h>
#include <stddef.h>

#include "juki/status.h"

#define JK_DIGEST_SIZE 65 /* hexadecimal, with NUL */

typedef struct jk_digest {
    crypto_hash_sha256_state state;
} jk_digest;

void jk_digest_begin(jk_digest *digest);

/* A field: its length goes before it, so that no two lists of fields are the same bytes. */
void jk_digest_field(jk_digest *digest, const char *bytes, size_t size);

void jk_digest_end(jk_digest *digest, char hex[JK_DIGEST_SIZE]);

/* Of these bytes alone, as sha256sum has it. */
void jk_digest_text(const char *bytes, size_t size, char hex[JK_DIGEST_SIZE]);

/* The files of a folder that begin with PREFIX and end in .c, .h, .pml or .bind, but for the one
 * left out (NULL: none), by name: names and bytes.  False: the folder or one of them cannot be
 * read. */
JK_MUST_USE bool jk_digest_folder(jk_digest *digest, const char *folder, const char *prefix,
                                  const char *left_out);

/* A model of the folder and every file that it or one of those includes by #include "...", whatever
 * #if stands around it: names and bytes.  False: one of them cannot be read, or is not named by a
 * plain string. */
JK_MUST_USE bool jk_digest_model(jk_digest *digest, const char *folder, const char *file);

#endif
