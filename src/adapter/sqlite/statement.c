/* SPDX-License-Identifier: Apache-2.0 */
/* The prepared statements.  They are kept for the life of a store. */
#include "schema.h"

#define MACHINE_COLUMNS \
    "SELECT row_id, machine, key, case_id, txn, state, is_final, updated_ms, data FROM machine"
#define TIMER_COLUMNS "SELECT machine, key, timer, kind, duration_ms, due_ms FROM timer"
#define EPISODE_COLUMNS                                                                      \
    "SELECT resident, code, epoch, is_open, is_current, reason_in, reason_out, person FROM " \
    "episode"

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

    [JK_SQL_REGISTER_GET] =
        "SELECT resident, status, reason, epoch, epoch_high, change_day, person FROM register"
        " WHERE resident = ?",
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
        " person) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (resident, code, epoch) DO UPDATE"
        " SET is_open = excluded.is_open, is_current = excluded.is_current,"
        " reason_in = excluded.reason_in, reason_out = excluded.reason_out,"
        " person = excluded.person",
    [JK_SQL_EPISODE_CURRENT] = EPISODE_COLUMNS " WHERE resident = ? AND is_current = 1",
    [JK_SQL_EPISODE_OPEN] =
        EPISODE_COLUMNS " WHERE resident = ? AND code = ? AND epoch <= ? AND is_open = 1"
                        " ORDER BY epoch DESC LIMIT 1",
    [JK_SQL_CARD_GET] = "SELECT state, code FROM card WHERE resident = ?",
    [JK_SQL_CARD_PUT] =
        "INSERT INTO card (resident, state, code) VALUES (?, ?, ?)"
        " ON CONFLICT (resident) DO UPDATE SET state = excluded.state, code = excluded.code",
};
