/* SPDX-License-Identifier: Apache-2.0 */
/* The prepared statements.  They are kept for the life of a store. */
#include "schema.h"

#define MACHINE_COLUMNS \
    "SELECT row_id, machine, key, case_id, txn, state, is_final, updated_ms, data FROM machine"
#define TIMER_COLUMNS "SELECT machine, key, timer, kind, duration_ms, due_ms FROM timer"
#define REGISTER_COLUMNS                                                     \
    "SELECT resident, status, reason, epoch, epoch_high, change_day, person" \
    " FROM register"
#define EPISODE_COLUMNS                                                                      \
    "SELECT resident, code, epoch, is_open, is_current, reason_in, reason_out, person, seq," \
    " change_day FROM episode"
#define COMPARE_COLUMNS                                                                 \
    "SELECT cs, epoch_key, depth, marked, round, marker, marker_change, cached_change," \
    " scrub_key, scrub_begun_ms, scrub_rows, scrub_ms, scrubbed, damaged FROM compare"
#define ELEMENT_COLUMNS "SELECT key, bucket, digest FROM element"
#define CHANGE_COLUMNS  "SELECT id, key, bucket, before, after FROM element_change"
#define ROUND_COLUMNS                                                                   \
    "SELECT id, round, cs, server, marker, begun_ms, ended_ms, reason, why, count_own," \
    " count_peer, findings, asks, bytes_sent, bytes_received FROM round"
#define FINDING_COLUMNS                                                              \
    "SELECT round, server, key, difference, state, approver, approved_ms, position," \
    " record FROM finding"

const char *const jk_sqlite_statements[JK_SQL_COUNT] = {
    /* IMMEDIATE: the write lock is taken here, so no later call of the group can find it busy. */
    [JK_SQL_BEGIN] = "BEGIN IMMEDIATE",
    [JK_SQL_COMMIT] = "COMMIT",
    [JK_SQL_ROLLBACK] = "ROLLBACK",
    /* Puts the page with the owner's name into the log; an unchanged row would not. */
    [JK_SQL_MARK] = "INSERT INTO meta (name, value) VALUES ('log', '1')"
                    " ON CONFLICT (name) DO UPDATE SET value = value + 1",
    [JK_SQL_STEP_BEGIN_0] = "SAVEPOINT s0",
    [JK_SQL_STEP_BEGIN_1] = "SAVEPOINT s1",
    [JK_SQL_STEP_KEEP_0] = "RELEASE s0",
    [JK_SQL_STEP_KEEP_1] = "RELEASE s1",
    [JK_SQL_STEP_UNDO_0] = "ROLLBACK TO s0",
    [JK_SQL_STEP_UNDO_1] = "ROLLBACK TO s1",

    [JK_SQL_MACHINE_GET] = MACHINE_COLUMNS " WHERE machine = ? AND key = ?",
    [JK_SQL_MACHINE_PUT] =
        "INSERT INTO machine (machine, machine_name, key, case_id, txn, state, state_name,"
        " is_final, updated_ms, data) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (machine, key) DO UPDATE SET machine_name = excluded.machine_name,"
        " case_id = excluded.case_id, txn = excluded.txn, state = excluded.state,"
        " state_name = excluded.state_name, is_final = excluded.is_final,"
        " updated_ms = excluded.updated_ms, data = excluded.data RETURNING row_id",
    [JK_SQL_MACHINE_NEXT] =
        MACHINE_COLUMNS " WHERE machine = ? AND row_id > ? ORDER BY row_id LIMIT 1",
    [JK_SQL_ROUTE_PUT] = "INSERT INTO route (txn, case_id) VALUES (?, ?)",
    [JK_SQL_ROUTE_GET] = "SELECT case_id FROM route WHERE txn = ?",
    [JK_SQL_OPEN_CASE_PUT] = "INSERT INTO open_case (resident, case_id, member) VALUES (?, ?, ?)",
    [JK_SQL_OPEN_CASE_GET] = "SELECT case_id, member FROM open_case WHERE resident = ?",
    [JK_SQL_OPEN_CASE_DELETE] = "DELETE FROM open_case WHERE resident = ?",

    [JK_SQL_OUTBOX_PUT] =
        "INSERT INTO outbox (link, seq, link_epoch, message_id, case_id, txn, kind, kind_name,"
        " state, rule, envelope) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [JK_SQL_OUTBOX_NEXT] =
        "SELECT link, seq, link_epoch, message_id, case_id, txn, kind, state, rule, envelope"
        " FROM outbox WHERE link = ? AND state = ? AND seq > ? ORDER BY seq LIMIT 1",
    [JK_SQL_OUTBOX_DELETE_UPTO] = "DELETE FROM outbox WHERE link = ? AND state = 0 AND seq <= ?",
    [JK_SQL_OUTBOX_REFUSE] = "UPDATE outbox SET state = 1, rule = ?3 WHERE link = ?1 AND seq = ?2",
    [JK_SQL_OUTBOX_COUNT] = "SELECT count(*) FROM outbox WHERE link = ? AND state = 0",
    [JK_SQL_INBOX_GET] =
        "SELECT message_id, link, seq, kind, rule, case_id, txn FROM inbox WHERE message_id = ?",
    [JK_SQL_INBOX_PUT] = "INSERT INTO inbox (message_id, link, seq, kind, rule, case_id, txn)"
                         " VALUES (?, ?, ?, ?, ?, ?, ?)",
    [JK_SQL_DEAD_LETTER_PUT] =
        "INSERT INTO dead_letter (link, seq, rule, size_full, raw) VALUES (?, ?, ?, ?, ?)",
    [JK_SQL_DEAD_LETTER_RULE] =
        "SELECT rule FROM dead_letter WHERE link = ?1 AND seq = ?2 ORDER BY id LIMIT 1",
    [JK_SQL_DEAD_LETTER_NEXT] =
        "SELECT id, link, seq, rule, size_full, raw FROM dead_letter WHERE id > ?"
        " ORDER BY id LIMIT 1",

    [JK_SQL_TIMER_PUT] =
        "INSERT INTO timer (machine, key, timer, kind, duration_ms, due_ms)"
        " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (machine, key, timer) DO UPDATE SET"
        " kind = excluded.kind, duration_ms = excluded.duration_ms, due_ms = excluded.due_ms",
    [JK_SQL_TIMER_DELETE] = "DELETE FROM timer WHERE machine = ? AND key = ? AND timer = ?",
    [JK_SQL_TIMER_GET] = TIMER_COLUMNS " WHERE machine = ? AND key = ? AND timer = ?",
    [JK_SQL_TIMER_FIRST] =
        TIMER_COLUMNS " WHERE kind = ? ORDER BY due_ms, machine, key, timer LIMIT 1",
    /* The sum is cut at the largest integer; beyond it SQLite would compute a real number. */
    [JK_SQL_TIMER_RESTART] =
        "UPDATE timer SET due_ms = CASE WHEN duration_ms > 9223372036854775807 - ?1"
        " THEN 9223372036854775807 ELSE ?1 + duration_ms END WHERE kind = 0",

    [JK_SQL_DATA_PUT] =
        "INSERT INTO tx_data (machine, key, name, member, key_id, nonce, value)"
        " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (machine, key, name, member) DO UPDATE SET"
        " key_id = excluded.key_id, nonce = excluded.nonce, value = excluded.value",
    [JK_SQL_DATA_GET] =
        "SELECT d.key_id, k.secret, d.nonce, d.value FROM tx_data AS d LEFT JOIN data_key AS k"
        " ON k.key_id = d.key_id WHERE d.machine = ? AND d.key = ? AND d.name = ?"
        " AND d.member = ?",
    [JK_SQL_DATA_ERASE] = "DELETE FROM tx_data WHERE machine = ? AND key = ? AND name = ?",
    [JK_SQL_DATA_KEY_GET] = "SELECT key_id, secret FROM data_key WHERE machine = ? AND key = ?",
    [JK_SQL_DATA_KEY_PUT] =
        "INSERT INTO data_key (machine, key, secret) VALUES (?, ?, ?) RETURNING key_id",
    [JK_SQL_DATA_KEY_BLANK] =
        "UPDATE data_key SET secret = zeroblob(32) WHERE machine = ? AND key = ?",
    [JK_SQL_DATA_KEY_DELETE] = "DELETE FROM data_key WHERE machine = ? AND key = ?",

    [JK_SQL_REGISTER_GET] = REGISTER_COLUMNS " WHERE resident = ?",
    /* Without a LIMIT: it may be gone on with, and a row that nobody can read is stepped over. */
    [JK_SQL_REGISTER_NEXT] = REGISTER_COLUMNS " WHERE resident > ? ORDER BY resident",
    [JK_SQL_REGISTER_PUT] =
        "INSERT INTO register (resident, status, reason, epoch, epoch_high, change_day, person)"
        " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (resident) DO UPDATE SET"
        " status = excluded.status, reason = excluded.reason, epoch = excluded.epoch,"
        " epoch_high = excluded.epoch_high, change_day = excluded.change_day,"
        " person = excluded.person",
    [JK_SQL_LOG_APPEND] = "INSERT INTO update_log (resident, epoch, kind, kind_name, record)"
                          " VALUES (?, ?, ?, ?, ?) RETURNING seq",
    [JK_SQL_LOG_GET] = "SELECT seq, resident, epoch, kind, record FROM update_log WHERE seq = ?",
    [JK_SQL_APPLIED_GET] = "SELECT seq FROM applied WHERE cs = ?",
    [JK_SQL_APPLIED_PUT] = "INSERT INTO applied (cs, seq) VALUES (?, ?)"
                           " ON CONFLICT (cs) DO UPDATE SET seq = excluded.seq",
    [JK_SQL_EPISODE_PUT] =
        "INSERT INTO episode (resident, code, epoch, is_open, is_current, reason_in, reason_out,"
        " person, seq, change_day) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (resident, code, epoch) DO UPDATE"
        " SET is_open = excluded.is_open, is_current = excluded.is_current,"
        " reason_in = excluded.reason_in, reason_out = excluded.reason_out,"
        " person = excluded.person, seq = excluded.seq, change_day = excluded.change_day",
    [JK_SQL_EPISODE_CURRENT] = EPISODE_COLUMNS " WHERE resident = ? AND is_current = 1",
    [JK_SQL_EPISODE_OPEN] =
        EPISODE_COLUMNS " WHERE resident = ? AND code = ? AND epoch <= ? AND is_open = 1"
                        " ORDER BY epoch DESC LIMIT 1",
    [JK_SQL_CARD_GET] = "SELECT state, code FROM card WHERE resident = ?",
    [JK_SQL_CARD_PUT] =
        "INSERT INTO card (resident, state, code) VALUES (?, ?, ?)"
        " ON CONFLICT (resident) DO UPDATE SET state = excluded.state, code = excluded.code",

    [JK_SQL_EPISODE_GET] = EPISODE_COLUMNS " WHERE resident = ? AND code = ? AND epoch = ?",
    [JK_SQL_EPISODE_DELETE] = "DELETE FROM episode WHERE resident = ? AND code = ? AND epoch = ?",
    /* Without a LIMIT: it may be gone on with, and a row that nobody can read is stepped over. */
    [JK_SQL_EPISODE_NEXT] =
        EPISODE_COLUMNS " INDEXED BY episode_order WHERE code = ?"
                        " AND (resident, epoch) > (?, ?) ORDER BY resident, epoch",

    [JK_SQL_COMPARE_GET] = COMPARE_COLUMNS " WHERE cs = ?",
    [JK_SQL_COMPARE_PUT] =
        "INSERT OR REPLACE INTO compare (cs, epoch_key, depth, marked, round, marker,"
        " marker_change, cached_change, scrub_key, scrub_begun_ms, scrub_rows, scrub_ms, scrubbed,"
        " damaged) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [JK_SQL_COMPARE_NEXT] = COMPARE_COLUMNS " WHERE cs > ? ORDER BY cs LIMIT 1",
    [JK_SQL_ELEMENT_GET] = ELEMENT_COLUMNS " WHERE cs = ? AND key = ?",
    /* What a step does: the digest alone, so that no index is touched. */
    [JK_SQL_ELEMENT_UPDATE] =
        "UPDATE element SET digest = ?4 WHERE cs = ?1 AND key = ?2 AND bucket = ?3",
    [JK_SQL_ELEMENT_PUT] =
        "INSERT INTO element (cs, key, bucket, digest) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (cs, key) DO UPDATE SET bucket = excluded.bucket, digest = excluded.digest",
    [JK_SQL_ELEMENT_DELETE] = "DELETE FROM element WHERE cs = ? AND key = ?",
    [JK_SQL_ELEMENT_CLEAR] = "DELETE FROM element WHERE cs = ?",
    [JK_SQL_ELEMENT_BUCKET] =
        ELEMENT_COLUMNS " INDEXED BY element_bucket WHERE cs = ? AND bucket = ? ORDER BY key",
    [JK_SQL_ELEMENT_NEXT] = ELEMENT_COLUMNS " WHERE cs = ? AND key > ? ORDER BY key",
    [JK_SQL_CHANGE_APPEND] =
        "INSERT INTO element_change (cs, id, key, bucket, before, after) VALUES (?1,"
        " coalesce((SELECT id FROM element_change_last WHERE cs = ?1), 0) + 1, ?2, ?3, ?4, ?5)"
        " RETURNING id",
    [JK_SQL_CHANGE_NEXT] = CHANGE_COLUMNS " WHERE cs = ? AND id > ? ORDER BY id LIMIT 1",
    [JK_SQL_CHANGE_LAST] = "SELECT id FROM element_change_last WHERE cs = ?",
    [JK_SQL_CHANGE_BUCKET] =
        CHANGE_COLUMNS " INDEXED BY element_change_bucket WHERE cs = ? AND bucket = ? AND id > ?"
                       " ORDER BY key, id",
    [JK_SQL_CHANGE_DROP] = "DELETE FROM element_change WHERE cs = ? AND id <= ?",
    [JK_SQL_CACHE_PUT] = "INSERT INTO compare_cache (cs, cache) VALUES (?, ?)"
                         " ON CONFLICT (cs) DO UPDATE SET cache = excluded.cache",
    [JK_SQL_CACHE_GET] = "SELECT cache FROM compare_cache WHERE cs = ?",
    [JK_SQL_CACHE_SIZE] = "SELECT length(cache) FROM compare_cache WHERE cs = ?",
    [JK_SQL_CACHE_DELETE] = "DELETE FROM compare_cache WHERE cs = ?",

    [JK_SQL_ROUND_PUT] =
        "INSERT INTO round (round, cs, server, marker, begun_ms, ended_ms, reason, why, count_own,"
        " count_peer, findings, asks, bytes_sent, bytes_received)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (round, server)"
        " DO UPDATE SET cs = excluded.cs, marker = excluded.marker, begun_ms = excluded.begun_ms,"
        " ended_ms = excluded.ended_ms, reason = excluded.reason, why = excluded.why,"
        " count_own = excluded.count_own, count_peer = excluded.count_peer,"
        " findings = excluded.findings, asks = excluded.asks, bytes_sent = excluded.bytes_sent,"
        " bytes_received = excluded.bytes_received RETURNING id",
    [JK_SQL_ROUND_GET] = ROUND_COLUMNS " WHERE round = ? AND server = ?",
    [JK_SQL_ROUND_NEXT] = ROUND_COLUMNS " WHERE id > ? ORDER BY id LIMIT 1",
    [JK_SQL_FINDING_PUT] =
        "INSERT INTO finding (round, server, key, difference, state, approver, approved_ms,"
        " position, record) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (round, server, key)"
        " DO UPDATE SET difference = excluded.difference, state = excluded.state,"
        " approver = excluded.approver, approved_ms = excluded.approved_ms,"
        " position = excluded.position, record = excluded.record",
    [JK_SQL_FINDING_GET] = FINDING_COLUMNS " WHERE round = ? AND server = ? AND key = ?",
    [JK_SQL_FINDING_NEXT] =
        FINDING_COLUMNS " WHERE round = ? AND server = ? AND key > ? ORDER BY key LIMIT 1",
    [JK_SQL_BULK_PUT] = "INSERT INTO bulk (resident, kind, body) VALUES (?, ?, ?) RETURNING id",
    [JK_SQL_BULK_NEXT] =
        "SELECT id, resident, kind, body FROM bulk WHERE id > ? ORDER BY id LIMIT 1",
    [JK_SQL_BULK_DELETE] = "DELETE FROM bulk WHERE id = ?",
    [JK_SQL_BULK_COUNT] = "SELECT count(*) FROM bulk",
};
