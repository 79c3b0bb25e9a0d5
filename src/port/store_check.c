/* SPDX-License-Identifier: Apache-2.0 */
/* What every store refuses before it looks at its tables. */
#include "port/store_check.h"

#include <string.h>

static bool text_fits(const char *name, size_t size_max)
{
    size_t i = 0;
    while (name[i] != '\0') {
        if (++i > size_max) {
            return false;
        }
    }
    return true;
}

static bool label_fits(const char *name)
{
    return name == NULL || text_fits(name, JK_STORE_LABEL_MAX);
}

static jk_status fits(size_t size, size_t size_max)
{
    return size <= size_max ? JK_OK : JK_E_OVERSIZED;
}

jk_status jk_store_check_count(uint64_t count)
{
    return count <= INT64_MAX ? JK_OK : JK_E_RANGE;
}

int64_t jk_store_bound(uint64_t count)
{
    return count <= INT64_MAX ? (int64_t)count : INT64_MAX;
}

int64_t jk_store_due(int64_t now_ms, int64_t duration_ms)
{
    return duration_ms > INT64_MAX - now_ms ? INT64_MAX : now_ms + duration_ms;
}

jk_status jk_store_check_code(const char *code)
{
    for (size_t i = 0; i < 6; i++) {
        if (code[i] < '0' || code[i] > '9') {
            return JK_E_USAGE;
        }
    }
    return code[6] == '\0' ? JK_OK : JK_E_USAGE;
}

jk_status jk_store_check_member(int member)
{
    return member >= 0 && member < JK_MEMBERS_MAX ? JK_OK : JK_E_USAGE;
}

jk_status jk_store_check_data_name(const char *name)
{
    return name != NULL && name[0] != '\0' && text_fits(name, JK_STORE_NAME_MAX) ? JK_OK
                                                                                 : JK_E_USAGE;
}

jk_status jk_store_check_data_key(const jk_data_key *key)
{
    if (key->member != -1 && jk_store_check_member(key->member) != JK_OK) {
        return JK_E_USAGE;
    }
    return jk_store_check_data_name(key->name);
}

jk_status jk_store_check_machine(const jk_machine_row *row)
{
    if (!label_fits(row->machine_name) || !label_fits(row->state_name)) {
        return JK_E_USAGE;
    }
    return fits(row->size, sizeof row->data);
}

jk_status jk_store_check_outbox(const jk_outbox_row *row)
{
    if (row->sequence == 0 || row->state > JK_OUTBOX_REFUSED || !label_fits(row->kind_name)) {
        return JK_E_USAGE;
    }
    if (row->sequence > INT64_MAX || row->link_epoch > INT64_MAX) {
        return JK_E_RANGE;
    }
    return fits(row->size, sizeof row->bytes);
}

jk_status jk_store_check_inbox(const jk_inbox_row *row)
{
    return jk_store_check_count(row->sequence);
}

jk_status jk_store_check_timer(const jk_timer_row *row)
{
    return row->kind <= JK_TIMER_DATE && row->duration_ms >= 0 ? JK_OK : JK_E_USAGE;
}

jk_status jk_store_check_register(const jk_register_row *row)
{
    if (row->status != JK_REGISTER_CURRENT && row->status != JK_REGISTER_REMOVED) {
        return JK_E_USAGE;
    }
    if (row->epoch > INT64_MAX || row->epoch_high > INT64_MAX) {
        return JK_E_RANGE;
    }
    return fits(row->size, sizeof row->person);
}

jk_status jk_store_check_log(const jk_log_row *row)
{
    if (!label_fits(row->kind_name)) {
        return JK_E_USAGE;
    }
    if (row->epoch > INT64_MAX) {
        return JK_E_RANGE;
    }
    return fits(row->size, sizeof row->record);
}

jk_status jk_store_check_episode(const jk_episode_row *row)
{
    if (jk_store_check_code(row->code) != JK_OK) {
        return JK_E_USAGE;
    }
    if (row->epoch > INT64_MAX || row->seq > INT64_MAX) {
        return JK_E_RANGE;
    }
    return fits(row->size, sizeof row->person);
}

jk_status jk_store_check_key(uint64_t key)
{
    return key > 0 && key < JK_COMPARE_KEY_END ? JK_OK : JK_E_RANGE;
}

static jk_status fit_63_bits(const uint64_t *numbers, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (numbers[i] > INT64_MAX) {
            return JK_E_RANGE;
        }
    }
    return JK_OK;
}

jk_status jk_store_check_compare(const jk_compare_row *row)
{
    const uint64_t numbers[] = {row->marker,     row->marker_change, row->cached_change,
                                row->scrub_rows, row->scrubbed,      row->damaged};
    if (jk_store_check_code(row->code) != JK_OK || row->depth > JK_COMPARE_DEPTH_MAX) {
        return JK_E_USAGE;
    }
    if (row->scrub_key >= JK_COMPARE_KEY_END) {
        return JK_E_RANGE;
    }
    return fit_63_bits(numbers, sizeof numbers / sizeof numbers[0]);
}

jk_status jk_store_check_change(const jk_change_row *row)
{
    return row->had || row->has ? jk_store_check_key(row->key) : JK_E_USAGE;
}

jk_status jk_store_check_cache(size_t size)
{
    return fits(size, JK_COMPARE_CACHE_MAX);
}

static bool is_server(uint8_t role)
{
    return role > JK_ROLE_NONE && role <= JK_ROLE_CARDS;
}

jk_status jk_store_check_round(const jk_round_row *row)
{
    const uint64_t numbers[] = {row->marker, row->count_own, row->count_peer, row->bytes_sent,
                                row->bytes_received};
    if (jk_store_check_code(row->code) != JK_OK || !is_server(row->server) ||
        jk_token_is_none(&row->round)) {
        return JK_E_USAGE;
    }
    return fit_63_bits(numbers, sizeof numbers / sizeof numbers[0]);
}

/* FORM_ID of spec/wire: 1..32 of a-z 0-9 . _ -; nobody is "". */
static bool is_approver(const char text[33])
{
    size_t i = 0;
    while (i < 32 && ((text[i] >= 'a' && text[i] <= 'z') || (text[i] >= '0' && text[i] <= '9') ||
                      text[i] == '.' || text[i] == '_' || text[i] == '-')) {
        i++;
    }
    return text[i] == '\0';
}

jk_status jk_store_check_finding(const jk_finding_row *row)
{
    if (!is_server(row->server) || jk_token_is_none(&row->round) || row->difference < 1 ||
        row->difference > 3 || row->state < JK_FINDING_OPEN || row->state > JK_FINDING_REPAIRED ||
        !is_approver(row->approver)) {
        return JK_E_USAGE;
    }
    if (jk_store_check_key(row->key) != JK_OK || row->position > INT64_MAX) {
        return JK_E_RANGE;
    }
    return fits(row->size, sizeof row->record);
}

jk_status jk_store_check_bulk(size_t size)
{
    return fits(size, JK_BULK_BODY_MAX);
}

static bool all_digits(const uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (bytes[i] < '0' || bytes[i] > '9') {
            return false;
        }
    }
    return true;
}

void jk_store_resident_text(const jk_token *token, char text[33])
{
    static const char hex_digits[] = "0123456789abcdef";
    static const uint8_t rest[3] = {0};
    const uint8_t *byte = token->byte;
    memset(text, 0, 33);
    if (byte[0] == 'r' && byte[1] == ':' && all_digits(byte + 2, 11) &&
        memcmp(byte + 13, rest, sizeof rest) == 0) {
        memcpy(text, byte + 2, 11);
        return;
    }
    for (size_t i = 0; i < sizeof token->byte; i++) {
        text[2 * i] = hex_digits[byte[i] >> 4];
        text[2 * i + 1] = hex_digits[byte[i] & 15];
    }
}

jk_status jk_store_may_read(const jk_store_group *group)
{
    return group->gone ? JK_E_STORE_GONE : JK_OK;
}

jk_status jk_store_may_write(const jk_store_group *group)
{
    if (group->gone) {
        return JK_E_STORE_GONE;
    }
    return group->open ? JK_OK : JK_E_USAGE;
}

jk_status jk_store_may_begin(const jk_store_group *group)
{
    if (group->gone) {
        return JK_E_STORE_GONE;
    }
    return group->open ? JK_E_USAGE : JK_OK;
}

jk_status jk_store_may_commit(const jk_store_group *group)
{
    if (group->gone) {
        return JK_E_STORE_GONE;
    }
    return group->open && group->steps == 0 ? JK_OK : JK_E_USAGE;
}

jk_status jk_store_may_step_begin(const jk_store_group *group, int depth)
{
    jk_status status = jk_store_may_write(group);
    if (status == JK_OK && (depth != group->steps || depth < 0 || depth >= JK_STORE_DEPTH_MAX)) {
        status = JK_E_USAGE;
    }
    return status;
}

jk_status jk_store_may_step_keep(const jk_store_group *group, int depth)
{
    jk_status status = jk_store_may_write(group);
    if (status == JK_OK && (depth < 0 || depth != group->steps - 1)) {
        status = JK_E_USAGE;
    }
    return status;
}

jk_status jk_store_may_step_undo(const jk_store_group *group, int depth)
{
    jk_status status = jk_store_may_write(group);
    if (status == JK_OK && (depth < 0 || depth >= group->steps)) {
        status = JK_E_USAGE;
    }
    return status;
}
