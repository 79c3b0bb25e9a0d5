/* SPDX-License-Identifier: Apache-2.0 */
/* Files and a scratch folder for the tests of jkgen. */
#define _XOPEN_SOURCE 700
#include "folder.h"

#include <dirent.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define PATHS      64
#define PATH_BYTES 1024
#define FILE_BYTES (1024 * 1024)

const char *folder_path(const char *folder, const char *name)
{
    static char paths[PATHS][PATH_BYTES];
    static int next;
    char *path = paths[next++ % PATHS];
    int length = snprintf(path, PATH_BYTES, "%s/%s", folder, name);
    assert_in_range(length, 1, PATH_BYTES - 1);
    return path;
}

char *folder_make(void)
{
    char *name = strdup(JK_BINARY_DIR "/jkgen-test-XXXXXX");
    assert_non_null(name);
    assert_non_null(mkdtemp(name));
    return name;
}

char *folder_read(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return NULL;
    }
    char *text = malloc(FILE_BYTES);
    assert_non_null(text);
    size_t size = fread(text, 1, FILE_BYTES - 1, file);
    assert_true(size < FILE_BYTES - 1);
    text[size] = '\0';
    fclose(file);
    return text;
}

void folder_write(const char *path, const char *text)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    assert_int_equal(fclose(file), 0);
}

static void copy(const char *from, const char *to)
{
    char *text = folder_read(from);
    assert_non_null(text);
    folder_write(to, text);
    free(text);
}

void folder_take_lease(const char *folder)
{
    const char *source = JK_SOURCE_DIR "/tests/jkgen/lease";
    DIR *list = opendir(source);
    assert_non_null(list);
    for (struct dirent *entry = readdir(list); entry != NULL; entry = readdir(list)) {
        if (entry->d_name[0] != '.') {
            copy(folder_path(source, entry->d_name), folder_path(folder, entry->d_name));
        }
    }
    closedir(list);
    copy(JK_SOURCE_DIR "/spec/lib/role.pml", folder_path(folder, "role.pml"));
}

static int remove_one(const char *path, const struct stat *info, int what, struct FTW *place)
{
    (void)info;
    (void)what;
    (void)place;
    return remove(path);
}

void folder_remove(const char *folder)
{
    assert_int_equal(nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}

bool folder_matches(const char *kept, const char *text)
{
    if (getenv("JK_REWRITE") != NULL) {
        folder_write(kept, text);
        return true;
    }
    char *expected = folder_read(kept);
    bool same = expected != NULL && strcmp(expected, text) == 0;
    if (!same) {
        fprintf(stderr, "%s differs; what came:\n%s\n", kept, text);
    }
    free(expected);
    return same;
}
