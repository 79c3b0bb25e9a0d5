/* SPDX-License-Identifier: Apache-2.0 */
/* Every operation of a store as one call without arguments. */
#include "calls.h"

store_answers answers;

static const char code[7] = "131024";

static jk_token key(void)
{
    return token_of(1);
}

static jk_token peer(void)
{
    return peer_of("131024");
}

static jk_token who(void)
{
    return resident_of(123456789);
}

static jk_data_key data_key(int member)
{
    return (jk_data_key){.machine = 7, .key = key(), .name = "cert", .member = member};
}

static jk_status machine_get(jk_store *store)
{
    const jk_token at = key();
    return store->ops->machine_get(store, 7, &at, &answers.machine);
}

static jk_status machine_put(jk_store *store)
{
    answers.machine = machine_row(7, key(), 1);
    return store->ops->machine_put(store, &answers.machine);
}

static jk_status machine_put_new(jk_store *store)
{
    jk_machine_row row = machine_row(7, token_of(77), 1);
    return store->ops->machine_put(store, &row);
}

static jk_status machine_next(jk_store *store)
{
    return store->ops->machine_next(store, 7, 0, &answers.machine);
}

static jk_status route_put(jk_store *store)
{
    const jk_token txn = key();
    const jk_token case_id = token_of(2);
    return store->ops->route_put(store, &txn, &case_id);
}

static jk_status route_put_new(jk_store *store)
{
    const jk_token txn = token_of(78);
    const jk_token case_id = token_of(2);
    return store->ops->route_put(store, &txn, &case_id);
}

static jk_status route_get(jk_store *store)
{
    const jk_token txn = key();
    return store->ops->route_get(store, &txn, &answers.token);
}

static jk_status open_case_put(jk_store *store)
{
    const jk_token resident = resident_of(7);
    const jk_token case_id = token_of(2);
    return store->ops->open_case_put(store, &resident, &case_id, 3);
}

static jk_status open_case_get(jk_store *store)
{
    const jk_token resident = who();
    return store->ops->open_case_get(store, &resident, &answers.token, &answers.member);
}

static jk_status open_case_delete(jk_store *store)
{
    const jk_token resident = who();
    return store->ops->open_case_delete(store, &resident);
}

static jk_status outbox_put(jk_store *store)
{
    static jk_outbox_row row;
    row = outbox_row(peer(), 9);
    return store->ops->outbox_put(store, &row);
}

static jk_status outbox_next(jk_store *store)
{
    const jk_token link = peer();
    return store->ops->outbox_next(store, &link, 0, &answers.outbox);
}

static jk_status outbox_refused_next(jk_store *store)
{
    const jk_token link = peer();
    return store->ops->outbox_refused_next(store, &link, 0, &answers.outbox);
}

static jk_status outbox_delete_upto(jk_store *store)
{
    const jk_token link = peer();
    return store->ops->outbox_delete_upto(store, &link, 5);
}

static jk_status outbox_refuse(jk_store *store)
{
    const jk_token link = peer();
    return store->ops->outbox_refuse(store, &link, 1, JK_E_KIND);
}

static jk_status outbox_count(jk_store *store)
{
    const jk_token link = peer();
    return store->ops->outbox_count(store, &link, &answers.number);
}

static jk_status inbox_get(jk_store *store)
{
    const jk_token id = key();
    return store->ops->inbox_get(store, &id, &answers.inbox);
}

static jk_status inbox_put(jk_store *store)
{
    const jk_inbox_row row = {.message_id = token_of(79), .link = peer(), .sequence = 4, .kind = 9};
    return store->ops->inbox_put(store, &row);
}

static jk_status dead_letter_put(jk_store *store)
{
    const jk_token link = peer();
    return store->ops->dead_letter_put(store, &link, 4, JK_E_KIND, (jk_span){link.byte, 9});
}

static jk_status dead_letter_rule(jk_store *store)
{
    const jk_token link = peer();
    return store->ops->dead_letter_rule(store, &link, 3, &answers.rule);
}

static jk_status dead_letter_next(jk_store *store)
{
    return store->ops->dead_letter_next(store, 0, &answers.letter);
}

static jk_status timer_put(jk_store *store)
{
    const jk_timer_row row = timer_row(2, JK_TIMER_ELAPSED, 10, 20);
    return store->ops->timer_put(store, &row);
}

static jk_status timer_delete(jk_store *store)
{
    const jk_token at = key();
    return store->ops->timer_delete(store, 5, &at, 1);
}

static jk_status timer_get(jk_store *store)
{
    const jk_token at = key();
    return store->ops->timer_get(store, 5, &at, 1, &answers.timer);
}

static jk_status timer_first(jk_store *store)
{
    return store->ops->timer_first(store, JK_TIMER_ELAPSED, &answers.timer);
}

static jk_status timer_restart(jk_store *store)
{
    return store->ops->timer_restart(store, 1000);
}

static jk_status data_put_plain(jk_store *store)
{
    const jk_data_key at = data_key(2);
    return store->ops->data_put(store, &at, (jk_span){at.key.byte, 16}, false);
}

static jk_status data_put_sealed(jk_store *store)
{
    const jk_data_key at = data_key(3);
    return store->ops->data_put(store, &at, (jk_span){at.key.byte, 16}, true);
}

static jk_status data_get_plain(jk_store *store)
{
    const jk_data_key at = data_key(0);
    return store->ops->data_get(store, &at, answers.value, sizeof answers.value, &answers.size);
}

static jk_status data_get_sealed(jk_store *store)
{
    const jk_data_key at = data_key(1);
    return store->ops->data_get(store, &at, answers.value, sizeof answers.value, &answers.size);
}

static jk_status data_erase(jk_store *store)
{
    const jk_token at = key();
    return store->ops->data_erase(store, 7, &at, "cert");
}

static jk_status data_key_destroy(jk_store *store)
{
    const jk_token at = key();
    return store->ops->data_key_destroy(store, 7, &at);
}

static jk_status register_get(jk_store *store)
{
    const jk_token resident = who();
    return store->ops->register_get(store, &resident, &answers.person);
}

static jk_status register_put(jk_store *store)
{
    static jk_register_row row;
    row = register_row(who());
    return store->ops->register_put(store, &row);
}

static jk_status register_next(jk_store *store)
{
    return store->ops->register_next(store, NULL, &answers.person);
}

static jk_status log_append(jk_store *store)
{
    answers.log = (jk_log_row){.resident = who(), .epoch = 3, .kind = 501, .size = 20};
    return store->ops->log_append(store, &answers.log);
}

static jk_status log_get(jk_store *store)
{
    return store->ops->log_get(store, 1, &answers.log);
}

static jk_status applied_get(jk_store *store)
{
    return store->ops->applied_get(store, code, &answers.number);
}

static jk_status applied_put(jk_store *store)
{
    return store->ops->applied_put(store, code, 4);
}

static jk_status episode_put(jk_store *store)
{
    static jk_episode_row row;
    row = episode_row(who(), code, 5);
    return store->ops->episode_put(store, &row);
}

static jk_status episode_current(jk_store *store)
{
    const jk_token resident = who();
    return store->ops->episode_current(store, &resident, &answers.episode);
}

static jk_status episode_open(jk_store *store)
{
    const jk_token resident = who();
    return store->ops->episode_open(store, &resident, code, 9, &answers.episode);
}

static jk_status card_get(jk_store *store)
{
    const jk_token resident = who();
    return store->ops->card_get(store, &resident, &answers.state, answers.code);
}

static jk_status card_put(jk_store *store)
{
    const jk_token resident = who();
    return store->ops->card_put(store, &resident, 2, code);
}

static jk_status episode_get(jk_store *store)
{
    const jk_token resident = who();
    return store->ops->episode_get(store, &resident, code, 4, &answers.episode);
}

static jk_status episode_delete(jk_store *store)
{
    const jk_token resident = who();
    return store->ops->episode_delete(store, &resident, code, 4);
}

static jk_status episode_next(jk_store *store)
{
    return store->ops->episode_next(store, code, NULL, 0, &answers.episode);
}

static jk_status compare_get(jk_store *store)
{
    return store->ops->compare_get(store, code, &answers.compare);
}

static jk_status compare_put(jk_store *store)
{
    const jk_compare_row row = {.code = "131024", .depth = 2, .marker = 3};
    return store->ops->compare_put(store, &row);
}

static jk_status compare_next(jk_store *store)
{
    return store->ops->compare_next(store, "", &answers.compare);
}

static jk_status element_get(jk_store *store)
{
    return store->ops->element_get(store, code, 9, &answers.element);
}

static jk_status element_put(jk_store *store)
{
    const jk_element_row row = {.key = 9, .bucket = 3};
    return store->ops->element_put(store, code, &row);
}

static jk_status element_delete(jk_store *store)
{
    return store->ops->element_delete(store, code, 9);
}

static jk_status element_clear(jk_store *store)
{
    return store->ops->element_clear(store, code);
}

static jk_status element_bucket(jk_store *store)
{
    return store->ops->element_bucket(store, code, 3, answers.elements, 2, &answers.size);
}

static jk_status element_next(jk_store *store)
{
    return store->ops->element_next(store, code, 0, &answers.element);
}

static jk_status change_append(jk_store *store)
{
    jk_change_row row = {.key = 9, .bucket = 3, .has = true};
    return store->ops->change_append(store, code, &row);
}

static jk_status change_next(jk_store *store)
{
    return store->ops->change_next(store, code, 0, &answers.change);
}

static jk_status change_last(jk_store *store)
{
    return store->ops->change_last(store, code, &answers.number);
}

static jk_status change_bucket(jk_store *store)
{
    jk_change_list list = {.rows = answers.changes, .capacity = 2};
    const jk_status status = store->ops->change_bucket(store, code, 3, 0, &list);
    answers.size = status == JK_OK ? list.count : answers.size;
    return status;
}

static jk_status change_drop(jk_store *store)
{
    return store->ops->change_drop(store, code, 1);
}

static jk_status cache_put(jk_store *store)
{
    const jk_token some = key();
    return store->ops->cache_put(store, code, (jk_span){some.byte, sizeof some.byte});
}

static jk_status cache_get(jk_store *store)
{
    return store->ops->cache_get(store, code, answers.value, sizeof answers.value, &answers.size);
}

static jk_status cache_size(jk_store *store)
{
    return store->ops->cache_size(store, code, &answers.size);
}

static jk_status cache_delete(jk_store *store)
{
    return store->ops->cache_delete(store, code);
}

static jk_status round_put(jk_store *store)
{
    answers.round = (jk_round_row){.round = key(), .code = "131024", .server = JK_ROLE_NATIONAL};
    return store->ops->round_put(store, &answers.round);
}

static jk_status round_get(jk_store *store)
{
    const jk_token round = key();
    return store->ops->round_get(store, &round, JK_ROLE_NATIONAL, &answers.round);
}

static jk_status round_next(jk_store *store)
{
    return store->ops->round_next(store, 0, &answers.round);
}

static jk_status finding_put(jk_store *store)
{
    static jk_finding_row row;
    row = (jk_finding_row){.round = key(),
                           .server = JK_ROLE_NATIONAL,
                           .key = 9,
                           .difference = 1,
                           .state = JK_FINDING_OPEN,
                           .approver = "clerk.7",
                           .size = 20};
    return store->ops->finding_put(store, &row);
}

static jk_status finding_get(jk_store *store)
{
    const jk_token round = key();
    return store->ops->finding_get(store, &round, JK_ROLE_NATIONAL, 9, &answers.finding);
}

static jk_status finding_next(jk_store *store)
{
    const jk_token round = key();
    return store->ops->finding_next(store, &round, JK_ROLE_NATIONAL, 0, &answers.finding);
}

static jk_status bulk_put(jk_store *store)
{
    const jk_token resident = who();
    return store->ops->bulk_put(store, &resident, 503, (jk_span){resident.byte, 16}, &answers.id);
}

static jk_status bulk_next(jk_store *store)
{
    return store->ops->bulk_next(store, 0, &answers.bulk);
}

static jk_status bulk_delete(jk_store *store)
{
    return store->ops->bulk_delete(store, 1);
}

static jk_status bulk_count(jk_store *store)
{
    return store->ops->bulk_count(store, &answers.number);
}

const store_call store_calls[] = {
    {"machine_get", false, machine_get},
    {"machine_put", true, machine_put},
    {"machine_put new", true, machine_put_new},
    {"machine_next", false, machine_next},
    {"route_put", true, route_put},
    {"route_put new", true, route_put_new},
    {"route_get", false, route_get},
    {"open_case_put", true, open_case_put},
    {"open_case_get", false, open_case_get},
    {"open_case_delete", true, open_case_delete},
    {"outbox_put", true, outbox_put},
    {"outbox_next", false, outbox_next},
    {"outbox_refused_next", false, outbox_refused_next},
    {"outbox_delete_upto", true, outbox_delete_upto},
    {"outbox_refuse", true, outbox_refuse},
    {"outbox_count", false, outbox_count},
    {"inbox_get", false, inbox_get},
    {"inbox_put", true, inbox_put},
    {"dead_letter_put", true, dead_letter_put},
    {"dead_letter_rule", false, dead_letter_rule},
    {"dead_letter_next", false, dead_letter_next},
    {"timer_put", true, timer_put},
    {"timer_delete", true, timer_delete},
    {"timer_get", false, timer_get},
    {"timer_first", false, timer_first},
    {"timer_restart", true, timer_restart},
    {"data_put plain", true, data_put_plain},
    {"data_put sealed", true, data_put_sealed},
    {"data_get plain", false, data_get_plain},
    {"data_get sealed", false, data_get_sealed},
    {"data_erase", true, data_erase},
    {"data_key_destroy", true, data_key_destroy},
    {"register_get", false, register_get},
    {"register_put", true, register_put},
    {"register_next", false, register_next},
    {"log_append", true, log_append},
    {"log_get", false, log_get},
    {"applied_get", false, applied_get},
    {"applied_put", true, applied_put},
    {"episode_put", true, episode_put},
    {"episode_current", false, episode_current},
    {"episode_open", false, episode_open},
    {"card_get", false, card_get},
    {"card_put", true, card_put},
    {"episode_get", false, episode_get},
    {"episode_delete", true, episode_delete},
    {"episode_next", false, episode_next},
    {"compare_get", false, compare_get},
    {"compare_put", true, compare_put},
    {"compare_next", false, compare_next},
    {"element_get", false, element_get},
    {"element_put", true, element_put},
    {"element_delete", true, element_delete},
    {"element_clear", true, element_clear},
    {"element_bucket", false, element_bucket},
    {"element_next", false, element_next},
    {"change_append", true, change_append},
    {"change_next", false, change_next},
    {"change_last", false, change_last},
    {"change_bucket", false, change_bucket},
    {"change_drop", true, change_drop},
    {"cache_put", true, cache_put},
    {"cache_get", false, cache_get},
    {"cache_size", false, cache_size},
    {"cache_delete", true, cache_delete},
    {"round_put", true, round_put},
    {"round_get", false, round_get},
    {"round_next", false, round_next},
    {"finding_put", true, finding_put},
    {"finding_get", false, finding_get},
    {"finding_next", false, finding_next},
    {"bulk_put", true, bulk_put},
    {"bulk_next", false, bulk_next},
    {"bulk_delete", true, bulk_delete},
    {"bulk_count", false, bulk_count},
};
const size_t store_call_count = sizeof store_calls / sizeof store_calls[0];

static void fill_messages(jk_store *store)
{
    static jk_outbox_row row;
    const jk_token link = peer();
    for (uint64_t i = 1; i <= 2; i++) {
        row = outbox_row(link, i);
        OK(store->ops->outbox_put(store, &row));
    }
    OK(store->ops->outbox_refuse(store, &link, 2, JK_E_WIRE));
    const jk_inbox_row in = {.message_id = key(), .link = link, .sequence = 3, .kind = 9};
    OK(store->ops->inbox_put(store, &in));
    OK(store->ops->dead_letter_put(store, &link, 3, JK_E_KIND, (jk_span){link.byte, 16}));
}

void fill_store(jk_store *store)
{
    begin(store);
    OK(machine_put(store));
    OK(route_put(store));
    const jk_token resident = who();
    const jk_token case_id = token_of(2);
    OK(store->ops->open_case_put(store, &resident, &case_id, 3));
    fill_messages(store);
    const jk_timer_row timer = timer_row(1, JK_TIMER_ELAPSED, 10, 20);
    OK(store->ops->timer_put(store, &timer));
    for (int member = 0; member < 2; member++) {
        const jk_data_key at = data_key(member);
        OK(store->ops->data_put(store, &at, (jk_span){at.key.byte, 16}, member == 1));
    }
    OK(register_put(store));
    OK(log_append(store));
    OK(applied_put(store));
    jk_episode_row episode = episode_row(resident, code, 4);
    episode.current = true;
    OK(store->ops->episode_put(store, &episode));
    OK(card_put(store));
    OK(compare_put(store));
    OK(element_put(store));
    OK(change_append(store));
    OK(cache_put(store));
    OK(round_put(store));
    OK(finding_put(store));
    OK(bulk_put(store));
    OK(commit(store));
}
