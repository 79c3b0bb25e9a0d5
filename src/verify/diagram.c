/* SPDX-License-Identifier: Apache-2.0 */
/* The state diagrams of a protocol's roles, for the folder of results. */
#define _POSIX_C_SOURCE 200809L
#include "diagram.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "states.h"

static int compare(const void *left, const void *right)
{
    return strcmp(left, right);
}

void jk_diagram_find(const char *root, const char *protocol, jk_diagram_list *list)
{
    char path[JK_PATH_SIZE];
    size_t length = strlen(protocol);
    list->count = 0;
    DIR *folder = jk_path_join(path, root, "gen/tables") ? opendir(path) : NULL;
    if (folder == NULL) {
        return;
    }
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        const char *name = entry->d_name;
        size_t size = strlen(name);
        if (size > 4 && size < sizeof list->names[0] && strcmp(name + size - 4, ".dot") == 0 &&
            strncmp(name, protocol, length) == 0 && name[length] == '_' &&
            list->count < JK_DIAGRAMS_MAX) {
            (void)snprintf(list->names[list->count], sizeof list->names[0], "%.*s", (int)size - 4,
                           name);
            list->count++;
        }
    }
    (void)closedir(folder);
    qsort(list->names, list->count, sizeof list->names[0], compare);
}

bool jk_diagram_draw(const char *root, const char *name, const char *folder)
{
    char source[JK_PATH_SIZE];
    char target[JK_PATH_SIZE];
    char file[96];
    char *bytes = NULL;
    size_t size = 0;
    jk_fault fault = {.status = JK_OK};
    FILE *out = open_memstream(&bytes, &size);
    if (out == NULL) {
        return false;
    }
    (void)snprintf(file, sizeof file, "gen/tables/%.63s.dot", name);
    bool drawn =
        jk_path_join(source, root, file) && jk_states_draw(source, NULL, out, &fault) == JK_OK;
    drawn = fclose(out) == 0 && drawn;
    (void)snprintf(file, sizeof file, "state.%.63s.svg", name);
    drawn =
        drawn && jk_path_join(target, folder, file) && jk_file_write(target, bytes, size) == JK_OK;
    free(bytes);
    return drawn;
}
