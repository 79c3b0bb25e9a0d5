/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 of texts, of the sources in a folder, and of a model with all that it includes. */
#define _POSIX_C_SOURCE 200809L
#include "digest.h"

#include <dirent.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"

#define FILES_MAX 128

void jk_digest_begin(jk_digest *digest)
{
    (void)crypto_hash_sha256_init(&digest->state);
}

void jk_digest_field(jk_digest *digest, const char *bytes, size_t size)
{
    unsigned char length[8];
    for (size_t i = 0; i < sizeof length; i++) {
        length[i] = (unsigned char)((uint64_t)size >> (8 * i));
    }
    (void)crypto_hash_sha256_update(&digest->state, length, sizeof length);
    (void)crypto_hash_sha256_update(&digest->state, (const unsigned char *)bytes, size);
}

void jk_digest_end(jk_digest *digest, char hex[JK_DIGEST_SIZE])
{
    unsigned char bytes[crypto_hash_sha256_BYTES];
    (void)crypto_hash_sha256_final(&digest->state, bytes);
    (void)sodium_bin2hex(hex, JK_DIGEST_SIZE, bytes, sizeof bytes);
}

void jk_digest_text(const char *bytes, size_t size, char hex[JK_DIGEST_SIZE])
{
    unsigned char hash[crypto_hash_sha256_BYTES];
    (void)crypto_hash_sha256(hash, (const unsigned char *)bytes, size);
    (void)sodium_bin2hex(hex, JK_DIGEST_SIZE, hash, sizeof hash);
}

/* The files found so far, each by its path from the protocol's folder. */
typedef struct files {
    char names[FILES_MAX][JK_PATH_SIZE];
    size_t count;
} files;

static bool add(files *all, const char *name)
{
    for (size_t i = 0; i < all->count; i++) {
        if (strcmp(all->names[i], name) == 0) {
            return true;
        }
    }
    size_t length = strlen(name);
    if (all->count == FILES_MAX || length >= JK_PATH_SIZE) {
        return false;
    }
    memcpy(all->names[all->count], name, length + 1);
    all->count++;
    return true;
}

/* A file that stands at `from` includes `name`: relative to the folder of from. */
static bool add_beside(files *all, const char *from, const char *name, size_t length)
{
    char path[JK_PATH_SIZE];
    const char *slash = strrchr(from, '/');
    size_t folder = name[0] == '/' || slash == NULL ? 0 : (size_t)(slash - from) + 1;
    if (folder + length >= sizeof path) {
        return false;
    }
    memcpy(path, from, folder);
    memcpy(path + folder, name, length);
    path[folder + length] = '\0';
    return add(all, path);
}

/* The #include lines of a text. */
static bool add_includes(files *all, const char *from, const char *text)
{
    bool good = true;
    for (const char *at = text; good && at != NULL;) {
        const char *end = strchr(at, '\n');
        at += strspn(at, " \t");
        const char *word = at[0] == '#' ? at + 1 + strspn(at + 1, " \t") : "";
        if (strncmp(word, "include", 7) == 0) {
            word += 7 + strspn(word + 7, " \t");
            size_t length = word[0] == '"' ? strcspn(word + 1, "\"\n") : 0;
            good = length > 0 && word[1 + length] == '"' && add_beside(all, from, word + 1, length);
        }
        at = end == NULL ? NULL : end + 1;
    }
    return good;
}

static bool is_source(const char *name)
{
    static const char *const ends[] = {".c", ".h", ".pml", ".bind"};
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot != NULL && i < sizeof ends / sizeof ends[0]; i++) {
        if (strcmp(dot, ends[i]) == 0) {
            return true;
        }
    }
    return false;
}

static bool add_file(jk_digest *digest, const char *folder, const char *name)
{
    char path[JK_PATH_SIZE];
    size_t size = 0;
    char *text = jk_path_join(path, folder, name) ? jk_file_read(path, &size) : NULL;
    bool found = text != NULL;
    if (found) {
        jk_digest_field(digest, name, strlen(name));
        jk_digest_field(digest, text, size);
    }
    free(text);
    return found;
}

bool jk_digest_folder(jk_digest *digest, const char *folder, const char *prefix,
                      const char *left_out)
{
    struct dirent **entries;
    int count = scandir(folder, &entries, NULL, alphasort);
    bool good = count >= 0;
    for (int i = 0; i < count; i++) {
        const char *name = entries[i]->d_name;
        bool wanted = is_source(name) && strncmp(name, prefix, strlen(prefix)) == 0 &&
                      (left_out == NULL || strcmp(name, left_out) != 0);
        good = good && (!wanted || add_file(digest, folder, name));
        free(entries[i]);
    }
    if (count >= 0) {
        free(entries);
    }
    return good;
}

bool jk_digest_model(jk_digest *digest, const char *folder, const char *file)
{
    files *all = calloc(1, sizeof *all);
    bool good = all != NULL && add(all, file);
    for (size_t i = 0; good && i < all->count; i++) {
        char path[JK_PATH_SIZE];
        size_t size = 0;
        const char *name = all->names[i];
        bool fits = name[0] == '/' ? snprintf(path, sizeof path, "%s", name) > 0
                                   : jk_path_join(path, folder, name);
        char *text = fits ? jk_file_read(path, &size) : NULL;
        good = text != NULL && add_includes(all, name, text);
        if (good) {
            jk_digest_field(digest, name, strlen(name));
            jk_digest_field(digest, text, size);
        }
        free(text);
    }
    free(all);
    return good;
}
