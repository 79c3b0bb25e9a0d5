/* SPDX-License-Identifier: Apache-2.0 */
/* Puts names for numbers into a log of events: of reasons and links from pan.c, of the roles' order
 * from the protocol's list of files. */
#define _POSIX_C_SOURCE 200809L
#include "trail_names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"

#define LAST_RANK 1000000 /* of a role that the list does not have */

/* The name of a number of an mtype, from pan's own table; else the number stays. */
static void name_number(const char *pan, const char *type, char *number, size_t capacity)
{
    char wanted[96];
    const char *at = strstr(pan, "\nprintm(int x, char *s)\n{");
    (void)snprintf(wanted, sizeof wanted, "strcmp(s, \"%s\")", type);
    at = at == NULL ? NULL : strstr(at, wanted);
    const char *end = at == NULL ? NULL : strstr(at, "default:");
    (void)snprintf(wanted, sizeof wanted, "case %.32s: Printf(\"", number);
    at = at == NULL ? NULL : strstr(at, wanted);
    if (at != NULL && end != NULL && at < end) {
        at += strlen(wanted);
        (void)snprintf(number, capacity, "%.*s", (int)strcspn(at, "\""), at);
    }
}

/* "CERT,1,1,0,3,0": the fields that are of an mtype are called as that mtype is. */
static void name_fields(const jk_trail *trail, const char *pan, char *message, size_t capacity)
{
    char named[128];
    size_t commas = 0;
    for (const char *at = message; *at != '\0'; at++) {
        commas += *at == ',' ? 1 : 0;
    }
    if (commas != trail->field_count) {
        return;
    }
    size_t length = strcspn(message, ",");
    int used = snprintf(named, sizeof named, "%.*s", (int)length, message);
    const char *at = message + length;
    for (size_t i = 0; i < trail->field_count && used > 0 && (size_t)used < sizeof named; i++) {
        char part[64];
        length = strcspn(at + 1, ",");
        (void)snprintf(part, sizeof part, "%.*s", (int)length, at + 1);
        if (strcmp(part, "0") != 0) {
            name_number(pan, trail->fields[i], part, sizeof part);
        }
        int more = snprintf(named + used, sizeof named - (size_t)used, ",%s", part);
        used += more > 0 ? more : 0;
        at += length + 1;
    }
    if ((size_t)used < sizeof named) {
        (void)snprintf(message, capacity, "%s", named);
    }
}

static void name_values(jk_trail *trail, const char *pan)
{
    for (size_t i = 0; i < trail->event_count; i++) {
        jk_event *event = &trail->events[i];
        if (event->kind == JK_EVENT_SEND || event->kind == JK_EVENT_TAKE) {
            name_fields(trail, pan, event->text, sizeof event->text);
        } else if (event->kind == JK_EVENT_HOOK && strcmp(event->link, "answer") == 0) {
            name_number(pan, "reason", event->value, sizeof event->value);
        }
    }
}

/* pan.c prints each channel by name: "\tchan origin_to_dest[0] (=%d)". */
static void list_links(jk_trail *trail, const char *pan)
{
    static const char mark[] = "(\"\tchan ";
    for (const char *at = strstr(pan, mark); at != NULL; at = strstr(at, mark)) {
        char name[48];
        at += sizeof mark - 1;
        (void)snprintf(name, sizeof name, "%.*s", (int)strcspn(at, " ["), at);
        size_t i = 0;
        while (i < trail->link_count && strcmp(trail->links[i], name) != 0) {
            i++;
        }
        if (i == trail->link_count && i < JK_TRAIL_LINKS) {
            (void)snprintf(trail->links[i], sizeof trail->links[i], "%s", name);
            trail->link_count++;
        }
    }
}

static char *protocol_list(const char *model)
{
    char path[JK_PATH_SIZE];
    char name[80];
    size_t size;
    const char *base = strrchr(model, '/');
    (void)snprintf(name, sizeof name, "%.60s.pml", base == NULL ? model : base + 1);
    return jk_path_join(path, model, name) ? jk_file_read(path, &size) : NULL;
}

/* Where the role stands in the protocol's own list of files; the others come after it. */
static size_t rank(const char *list, const jk_actor *actor)
{
    char wanted[80];
    (void)snprintf(wanted, sizeof wanted, "\"%s.pml\"", actor->name);
    const char *at = list == NULL ? NULL : strstr(list, wanted);
    return at == NULL ? LAST_RANK : (size_t)(at - list);
}

/* First instances before second ones, each in the order of the list. */
static void place_roles(jk_trail *trail, const char *list)
{
    size_t key[JK_TRAIL_ACTORS];
    for (size_t i = 1; i < trail->actor_count; i++) {
        key[i] = trail->actors[i].instance * 10 * LAST_RANK + rank(list, &trail->actors[i]);
    }
    for (size_t i = 1; i < trail->actor_count; i++) {
        jk_actor *actor = &trail->actors[i];
        actor->place = 0;
        for (size_t j = 1; actor->role && j < trail->actor_count; j++) {
            bool before = key[j] < key[i] || (key[j] == key[i] && j < i);
            actor->place += trail->actors[j].role && before ? 1 : 0;
        }
    }
}

void jk_trail_find_names(jk_trail *trail, const jk_trail_source *source)
{
    char *list = protocol_list(source->model);
    place_roles(trail, list);
    free(list);
    if (source->pan != NULL) {
        name_values(trail, source->pan);
        list_links(trail, source->pan);
    }
}
