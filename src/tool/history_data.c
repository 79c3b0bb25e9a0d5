/* SPDX-License-Identifier: Apache-2.0 */
/* Memory of the history checker: texts that are kept once, arrays that grow, tables of numbers; and
 * the verb's library face. */
#include "history_data.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct h_slot {
    bool used;
    uint32_t key[4];
    uint32_t value;
};

static const char *const rule_texts[JK_HISTORY_RULES + 1] = {
    NULL,
    "two new registers of one resident",
    "registers overlap outside a grant",
    "neither register nor open case",
    "removed before the planned date and without a notice",
    "a card that goes on before the registration was sent",
    "an acknowledged operation lost, doubled or told otherwise",
    "a transaction that neither ended nor parked",
    "an epoch twice, going back or without a grant",
    "municipality, prefecture and national disagree at the end",
    "a message or log entry twice, lost or out of order",
    "two grants of one case at a time",
    "changed while its node was stopped",
};

const char *jk_history_rule_text(unsigned rule)
{
    return rule <= JK_HISTORY_RULES ? rule_texts[rule] : NULL;
}

void *h_add(h_history *h, h_array *array, size_t size)
{
    if (array->count == array->capacity) {
        const size_t capacity = array->capacity == 0 ? 256 : 2 * array->capacity;
        void *item = realloc(array->item, capacity * size);
        if (item == NULL) {
            h->no_memory = true;
            return NULL;
        }
        array->item = item;
        array->capacity = capacity;
    }
    void *made = (char *)array->item + array->count * size;
    memset(made, 0, size);
    array->count++;
    return made;
}

static size_t place_of(const uint32_t key[4], size_t capacity)
{
    uint64_t hash = 0;
    for (int i = 0; i < 4; i++) {
        hash = (hash ^ key[i]) * UINT64_C(0x9E3779B97F4A7C15);
        hash ^= hash >> 29;
    }
    return (size_t)hash & (capacity - 1);
}

static struct h_slot *find(const h_map *map, const uint32_t key[4])
{
    size_t at = place_of(key, map->capacity);
    while (map->slot[at].used && memcmp(map->slot[at].key, key, 4 * sizeof *key) != 0) {
        at = (at + 1) & (map->capacity - 1);
    }
    return &map->slot[at];
}

static bool widen(h_history *h, h_map *map)
{
    h_map wider = {.capacity = map->capacity == 0 ? 1024 : 2 * map->capacity, .count = map->count};
    wider.slot = calloc(wider.capacity, sizeof *wider.slot);
    if (wider.slot == NULL) {
        h->no_memory = true;
        return false;
    }
    for (size_t i = 0; i < map->capacity; i++) {
        if (map->slot[i].used) {
            *find(&wider, map->slot[i].key) = map->slot[i];
        }
    }
    free(map->slot);
    *map = wider;
    return true;
}

uint32_t *h_map_at(h_history *h, h_map *map, const uint32_t key[4])
{
    if (2 * map->count >= map->capacity && !widen(h, map)) {
        return NULL;
    }
    struct h_slot *slot = find(map, key);
    if (!slot->used) {
        slot->used = true;
        memcpy(slot->key, key, sizeof slot->key);
        slot->value = UINT32_MAX;
        map->count++;
    }
    return &slot->value;
}

const char *h_word(const h_history *h, h_text text)
{
    char *const *texts = h->texts.item;
    return text == H_NONE || text > h->texts.count ? "-" : texts[text - 1];
}

/* Texts with the same hash stand under the next number of the key. */
h_text h_text_of(h_history *h, const char *text, size_t size)
{
    uint64_t hash = UINT64_C(1469598103934665603);
    for (size_t i = 0; i < size; i++) {
        hash = (hash ^ (unsigned char)text[i]) * UINT64_C(1099511628211);
    }
    if (size == 0 || (size == 1 && text[0] == '-')) {
        return H_NONE;
    }
    for (uint32_t turn = 0;; turn++) {
        const uint32_t key[4] = {(uint32_t)hash, (uint32_t)(hash >> 32), (uint32_t)size, turn};
        uint32_t *known = h_map_at(h, &h->text_of, key);
        if (known == NULL) {
            return H_NONE;
        }
        if (*known != UINT32_MAX) {
            if (memcmp(h_word(h, *known), text, size) == 0) {
                return *known;
            }
            continue;
        }
        char *copy = malloc(size + 1);
        char **made = copy == NULL ? NULL : h_add(h, &h->texts, sizeof *made);
        if (made == NULL) {
            free(copy);
            h->no_memory = true;
            return H_NONE;
        }
        memcpy(copy, text, size);
        copy[size] = '\0';
        *made = copy;
        *known = (h_text)h->texts.count;
        return *known;
    }
}

bool h_is(const h_history *h, h_text text, const char *word)
{
    return strcmp(h_word(h, text), word) == 0;
}

bool h_begins(const h_history *h, h_text text, const char *word)
{
    return strncmp(h_word(h, text), word, strlen(word)) == 0;
}

bool h_parked(const h_history *h, h_text state)
{
    return strstr(h_word(h, state), "PARK") != NULL;
}

uint32_t h_find(h_history *h, h_index what, h_text a, h_text b, uint32_t node)
{
    const uint32_t key[4] = {(uint32_t)what, a, b, node};
    const uint32_t *at = h_map_at(h, &h->index, key);
    return at == NULL ? UINT32_MAX : *at;
}

void h_put_over(h_history *h, h_index what, h_text a, h_text b, uint32_t node, uint32_t value)
{
    const uint32_t key[4] = {(uint32_t)what, a, b, node};
    uint32_t *at = h_map_at(h, &h->index, key);
    if (at != NULL) {
        *at = value;
    }
}

bool h_put(h_history *h, h_index what, h_text a, h_text b, uint32_t node, uint32_t value)
{
    if (h_find(h, what, a, b, node) != UINT32_MAX) {
        return false;
    }
    h_put_over(h, what, a, b, node, value);
    return true;
}

h_node *h_node_at(const h_history *h, uint32_t i)
{
    return (h_node *)h->node.item + i;
}

h_step *h_step_at(const h_history *h, uint32_t i)
{
    return (h_step *)h->step.item + i;
}

h_fact *h_fact_at(const h_history *h, size_t i)
{
    return (h_fact *)h->fact.item + i;
}

h_message *h_message_at(const h_history *h, size_t i)
{
    return (h_message *)h->message.item + i;
}

uint32_t h_node_named(const h_history *h, h_text name)
{
    for (uint32_t i = 0; i < h->node.count; i++) {
        if (h_node_at(h, i)->name == name) {
            return i;
        }
    }
    return UINT32_MAX;
}

void h_violation(h_history *h, unsigned rule, uint32_t node, uint32_t line, const char *form, ...)
{
    jk_history_verdict *v = h->verdict;
    v->violations++;
    v->count[rule]++;
    if (v->shown == JK_HISTORY_SHOWN) {
        return;
    }
    char *text = v->text[v->shown++];
    const h_node *n = h_node_at(h, node);
    const char *path = h_word(h, n->path);
    const char *slash = strrchr(path, '/');
    int used = snprintf(text, JK_HISTORY_TEXT, "H%u %.80s:%u %s: ", rule,
                        slash == NULL ? path : slash + 1, line, rule_texts[rule]);
    if (used > 0 && used < JK_HISTORY_TEXT) {
        va_list arguments;
        va_start(arguments, form);
        (void)vsnprintf(text + used, (size_t)(JK_HISTORY_TEXT - used), form, arguments);
        va_end(arguments);
    }
}

void h_free(h_history *h)
{
    char **texts = h->texts.item;
    for (size_t i = 0; i < h->texts.count; i++) {
        free(texts[i]);
    }
    free(h->texts.item);
    free(h->text_of.slot);
    free(h->node.item);
    free(h->step.item);
    free(h->fact.item);
    free(h->message.item);
    free(h->entry.item);
    free(h->applied.item);
    free(h->operation.item);
    free(h->fact_of.slot);
    free(h->machine_of.slot);
    free(h->index.slot);
    free(h->by_who);
}

static void count_all(h_history *h)
{
    jk_history_verdict *v = h->verdict;
    v->files = h->node.count;
    v->at_rest = true;
    for (uint32_t i = 0; i < h->node.count; i++) {
        const h_node *node = h_node_at(h, i);
        v->runs += node->runs;
        v->killed += node->killed + (node->stopped ? 0U : 1U);
        v->at_rest = v->at_rest && (node->client || node->stopped);
    }
    for (size_t i = 0; i < h->operation.count; i++) {
        const h_operation *o = (const h_operation *)h->operation.item + i;
        jk_history_counts *c = h_node_at(h, o->node)->client ? &v->clients : &v->nodes;
        c->asked++;
        c->good += o->outcome == '1' ? 1U : 0U;
        c->refused += o->outcome == '0' ? 1U : 0U;
        c->unknown += o->outcome == '?' ? 1U : 0U;
    }
    for (uint32_t i = 0; i < h->step.count; i++) {
        v->steps += h_step_at(h, i)->seen ? 0U : 1U;
    }
}

bool jk_history_judge(const char *folder, jk_history_verdict *verdict, char *fault)
{
    h_history h = {.verdict = verdict, .fault = fault};
    memset(verdict, 0, sizeof *verdict);
    fault[0] = '\0';
    bool good = h_read_folder(&h, folder);
    if (good && h.node.count == 0) {
        (void)snprintf(fault, JK_HISTORY_TEXT, "%.200s: no file of histories below it", folder);
        good = false;
    }
    good = good && h_prepare(&h);
    if (good) {
        count_all(&h);
        h_judge_time(&h);
        h_judge_rules(&h);
        if (verdict->at_rest) {
            h_judge_end(&h);
        }
    }
    if (h.no_memory) {
        (void)snprintf(fault, JK_HISTORY_TEXT, "no memory");
        good = false;
    }
    h_free(&h);
    return good;
}
