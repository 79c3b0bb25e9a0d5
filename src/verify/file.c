/* SPDX-License-Identifier: Apache-2.0 */
/* Small helpers over files and strings for the runner. */
#define _XOPEN_SOURCE 700
#include "file.h"

#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_SIZE_MAX ((size_t)64 << 20)

char *jk_file_read(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return NULL;
    }
    size_t capacity = 65536;
    size_t used = 0;
    char *bytes = malloc(capacity);
    while (bytes != NULL) {
        used += fread(bytes + used, 1, capacity - used - 1, file);
        if (used + 1 < capacity) {
            break;
        }
        char *larger = capacity < FILE_SIZE_MAX ? realloc(bytes, capacity * 2) : NULL;
        if (larger == NULL) {
            free(bytes);
        }
        bytes = larger;
        capacity *= 2;
    }
    bool failed = bytes == NULL || ferror(file) != 0;
    (void)fclose(file);
    if (failed) {
        free(bytes);
        return NULL;
    }
    bytes[used] = '\0';
    *size = used;
    return bytes;
}

jk_status jk_file_write(const char *path, const char *bytes, size_t size)
{
    char fresh[JK_PATH_SIZE];
    int length = snprintf(fresh, sizeof fresh, "%s.new", path);
    if (length < 0 || (size_t)length >= sizeof fresh) {
        return JK_E_OVERSIZED;
    }
    FILE *file = fopen(fresh, "wb");
    if (file == NULL) {
        return JK_E_FILE;
    }
    bool good = fwrite(bytes, 1, size, file) == size;
    good = fclose(file) == 0 && good;
    if (!good || rename(fresh, path) != 0) {
        (void)remove(fresh);
        return JK_E_IO;
    }
    return JK_OK;
}

bool jk_path_join(char path[JK_PATH_SIZE], const char *folder, const char *name)
{
    int length = snprintf(path, JK_PATH_SIZE, "%s/%s", folder, name);
    return length > 0 && (size_t)length < JK_PATH_SIZE;
}

bool jk_folder_make(const char *path)
{
    return mkdir(path, 0777) == 0 || errno == EEXIST;
}

bool jk_folder_make_all(const char *path)
{
    char part[JK_PATH_SIZE];
    int length = snprintf(part, sizeof part, "%s", path);
    if (length <= 0 || length >= JK_PATH_SIZE) {
        return false;
    }
    for (char *at = strchr(part + 1, '/'); at != NULL; at = strchr(at + 1, '/')) {
        *at = '\0';
        if (!jk_folder_make(part)) {
            return false;
        }
        *at = '/';
    }
    return jk_folder_make(part);
}

bool jk_folder_is_empty(const char *path)
{
    DIR *folder = opendir(path);
    if (folder == NULL) {
        return false;
    }
    bool empty = true;
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        empty = empty && (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0);
    }
    (void)closedir(folder);
    return empty;
}

bool jk_file_copy(const char *from, const char *to)
{
    size_t size;
    char *bytes = jk_file_read(from, &size);
    if (bytes == NULL) {
        return false;
    }
    bool good = jk_file_write(to, bytes, size) == JK_OK;
    free(bytes);
    return good;
}

bool jk_folder_copy(const char *from, const char *to)
{
    DIR *folder = opendir(from);
    if (folder == NULL || !jk_folder_make(to)) {
        if (folder != NULL) {
            (void)closedir(folder);
        }
        return false;
    }
    bool good = true;
    for (struct dirent *entry = readdir(folder); good && entry != NULL; entry = readdir(folder)) {
        size_t length = strlen(entry->d_name);
        if (length < 4 || strcmp(entry->d_name + length - 4, ".pml") != 0) {
            continue;
        }
        char source[JK_PATH_SIZE];
        char target[JK_PATH_SIZE];
        good = jk_path_join(source, from, entry->d_name) &&
               jk_path_join(target, to, entry->d_name) && jk_file_copy(source, target);
    }
    (void)closedir(folder);
    return good;
}

static int remove_one(const char *path, const struct stat *info, int type, struct FTW *place)
{
    (void)info;
    (void)type;
    (void)place;
    (void)remove(path);
    return 0;
}

void jk_folder_remove(const char *path)
{
    (void)nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}
