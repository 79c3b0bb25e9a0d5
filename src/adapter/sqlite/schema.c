/* SPDX-License-Identifier: Apache-2.0 */
/* The schema.  README.md documents each column; change both together.  A version that has been
 * released is never edited: the next one is added. */
#include "schema.h"

#include <stddef.h>

/* A link's key is a node's name in 16 bytes ("node", role, code, unit); shown as role:code:unit. */
#define PEER                                                                           \
    " peer TEXT GENERATED ALWAYS AS (CASE WHEN substr(link, 1, 4) = x'6e6f6465' THEN"  \
    " CASE hex(substr(link, 5, 1)) WHEN '01' THEN 'cs' WHEN '02' THEN 'registry'"      \
    " WHEN '03' THEN 'terminal' WHEN '04' THEN 'prefecture' WHEN '05' THEN 'national'" \
    " WHEN '06' THEN 'cards' ELSE '?' END || ':' || CAST(substr(link, 6, 6) AS TEXT)"  \
    " || ':' || hex(substr(link, 12, 2)) END) VIRTUAL"

/* clang-format off */
static const char *const version_1[] = {
    "CREATE TABLE meta ("
    "  name TEXT NOT NULL PRIMARY KEY,"
    "  value TEXT NOT NULL"
    ") STRICT, WITHOUT ROWID",
    "CREATE TABLE machine ("
    "  row_id INTEGER PRIMARY KEY,"
    "  machine INTEGER NOT NULL,"
    "  machine_name TEXT,"
    "  key BLOB NOT NULL CHECK (length(key) = 16),"
    "  case_id BLOB CHECK (length(case_id) = 16),"
    "  txn BLOB CHECK (length(txn) = 16),"
    "  state INTEGER NOT NULL,"
    "  state_name TEXT,"
    "  is_final INTEGER NOT NULL,"
    "  updated_ms INTEGER NOT NULL,"
    "  data BLOB NOT NULL,"
    "  UNIQUE (machine, key)"
    ") STRICT",
    "CREATE INDEX machine_order ON machine (machine)",
    "CREATE INDEX machine_txn ON machine (txn) WHERE txn IS NOT NULL",
    "CREATE INDEX machine_case ON machine (case_id) WHERE case_id IS NOT NULL",
    "CREATE TABLE route ("
    "  txn BLOB NOT NULL CHECK (length(txn) = 16),"
    "  case_id BLOB NOT NULL CHECK (length(case_id) = 16),"
    "  PRIMARY KEY (txn)"
    ") STRICT, WITHOUT ROWID",
    "CREATE TABLE open_case ("
    "  resident TEXT NOT NULL CHECK (length(resident) IN (11, 32)),"
    "  case_id BLOB NOT NULL CHECK (length(case_id) = 16),"
    "  member INTEGER NOT NULL,"
    "  PRIMARY KEY (resident)"
    ") STRICT, WITHOUT ROWID",
    "CREATE TABLE outbox ("
    "  row_id INTEGER PRIMARY KEY,"
    "  link BLOB NOT NULL CHECK (length(link) = 16),"
    "  seq INTEGER NOT NULL,"
    "  link_epoch INTEGER NOT NULL,"
    "  message_id BLOB NOT NULL CHECK (length(message_id) = 16),"
    "  case_id BLOB CHECK (length(case_id) = 16),"
    "  txn BLOB CHECK (length(txn) = 16),"
    "  kind INTEGER NOT NULL,"
    "  kind_name TEXT,"
    "  state INTEGER NOT NULL,"
    "  state_name TEXT GENERATED ALWAYS AS (CASE state"
    "   WHEN 0 THEN 'waiting' WHEN 1 THEN 'refused' END) VIRTUAL,"
    "  rule INTEGER NOT NULL,"
    "  envelope BLOB NOT NULL,"
    PEER ","
    "  UNIQUE (link, seq)"
    ") STRICT",
    "CREATE INDEX outbox_waiting ON outbox (link, state, seq)",
    "CREATE TABLE inbox ("
    "  message_id BLOB NOT NULL CHECK (length(message_id) = 16),"
    "  link BLOB NOT NULL CHECK (length(link) = 16),"
    "  seq INTEGER NOT NULL,"
    "  kind INTEGER NOT NULL,"
    "  rule INTEGER NOT NULL,"
    "  case_id BLOB CHECK (length(case_id) = 16),"
    "  txn BLOB CHECK (length(txn) = 16),"
    PEER ","
    "  PRIMARY KEY (message_id)"
    ") STRICT, WITHOUT ROWID",
    "CREATE TABLE dead_letter ("
    "  id INTEGER PRIMARY KEY,"
    "  link BLOB NOT NULL CHECK (length(link) = 16),"
    "  seq INTEGER NOT NULL,"
    "  rule INTEGER NOT NULL,"
    "  size_full INTEGER NOT NULL,"
    "  raw BLOB NOT NULL,"
    PEER
    ") STRICT",
    "CREATE TABLE timer ("
    "  machine INTEGER NOT NULL,"
    "  key BLOB NOT NULL CHECK (length(key) = 16),"
    "  timer INTEGER NOT NULL,"
    "  kind INTEGER NOT NULL,"
    "  kind_name TEXT GENERATED ALWAYS AS (CASE kind"
    "   WHEN 0 THEN 'elapsed' WHEN 1 THEN 'date' END) VIRTUAL,"
    "  duration_ms INTEGER NOT NULL,"
    "  due_ms INTEGER NOT NULL,"
    "  PRIMARY KEY (machine, key, timer)"
    ") STRICT, WITHOUT ROWID",
    "CREATE INDEX timer_due ON timer (kind, due_ms, machine, key, timer)",
    "CREATE TABLE tx_data ("
    "  machine INTEGER NOT NULL,"
    "  key BLOB NOT NULL CHECK (length(key) = 16),"
    "  name TEXT NOT NULL,"
    "  member INTEGER NOT NULL,"
    "  key_id INTEGER,"
    "  nonce BLOB,"
    "  value BLOB NOT NULL,"
    "  PRIMARY KEY (machine, key, name, member),"
    "  CHECK ((key_id IS NULL) = (nonce IS NULL))"
    ") STRICT",
    "CREATE TABLE data_key ("
    "  key_id INTEGER PRIMARY KEY AUTOINCREMENT,"
    "  machine INTEGER NOT NULL,"
    "  key BLOB NOT NULL CHECK (length(key) = 16),"
    "  secret BLOB NOT NULL CHECK (length(secret) = 32),"
    "  UNIQUE (machine, key)"
    ") STRICT",
    "CREATE TABLE register ("
    "  resident TEXT NOT NULL CHECK (length(resident) IN (11, 32)),"
    "  status INTEGER NOT NULL,"
    "  status_name TEXT GENERATED ALWAYS AS (CASE status"
    "   WHEN 1 THEN 'current' WHEN 2 THEN 'removed' END) VIRTUAL,"
    "  reason INTEGER NOT NULL,"
    "  epoch INTEGER NOT NULL,"
    "  epoch_high INTEGER NOT NULL,"
    "  change_day INTEGER,"
    "  person BLOB NOT NULL,"
    "  PRIMARY KEY (resident)"
    ") STRICT",
    "CREATE TABLE update_log ("
    "  seq INTEGER PRIMARY KEY,"
    "  resident TEXT NOT NULL CHECK (length(resident) IN (11, 32)),"
    "  epoch INTEGER NOT NULL,"
    "  kind INTEGER NOT NULL,"
    "  kind_name TEXT,"
    "  record BLOB NOT NULL"
    ") STRICT",
    "CREATE INDEX update_log_resident ON update_log (resident)",
    "CREATE TABLE applied ("
    "  cs TEXT NOT NULL CHECK (length(cs) = 6),"
    "  seq INTEGER NOT NULL,"
    "  PRIMARY KEY (cs)"
    ") STRICT, WITHOUT ROWID",
    "CREATE TABLE episode ("
    "  resident TEXT NOT NULL CHECK (length(resident) IN (11, 32)),"
    "  code TEXT NOT NULL CHECK (length(code) = 6),"
    "  epoch INTEGER NOT NULL,"
    "  is_open INTEGER NOT NULL,"
    "  is_current INTEGER NOT NULL,"
    "  reason_in INTEGER NOT NULL,"
    "  reason_out INTEGER NOT NULL,"
    "  person BLOB NOT NULL,"
    "  PRIMARY KEY (resident, code, epoch)"
    ") STRICT",
    "CREATE UNIQUE INDEX episode_current ON episode (resident) WHERE is_current = 1",
    "CREATE TABLE card ("
    "  resident TEXT NOT NULL CHECK (length(resident) IN (11, 32)),"
    "  state INTEGER NOT NULL,"
    "  code TEXT NOT NULL CHECK (length(code) = 6),"
    "  PRIMARY KEY (resident)"
    ") STRICT, WITHOUT ROWID",
    NULL,
};

/* Whose role a number is. */
#define ROLE_NAME(COLUMN, NAME)                                                       \
    " " NAME " TEXT GENERATED ALWAYS AS (CASE " COLUMN " WHEN 1 THEN 'cs' WHEN 2 THEN" \
    " 'registry' WHEN 3 THEN 'terminal' WHEN 4 THEN 'prefecture' WHEN 5 THEN 'national'" \
    " WHEN 6 THEN 'cards' END) VIRTUAL,"

/* Whose element a key is. */
#define ELEMENT_NAME                                                                 \
    " resident TEXT GENERATED ALWAYS AS (printf('%011d', key >> 16)) VIRTUAL,"       \
    " epoch INTEGER GENERATED ALWAYS AS (key & 65535) VIRTUAL,"

/* Reconciliation: a CS keeps episodes, too, and every node the digests of those it has. */
static const char *const version_2[] = {
    "ALTER TABLE episode ADD COLUMN seq INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE episode ADD COLUMN change_day INTEGER",
    "CREATE INDEX episode_order ON episode (code, resident, epoch)",
    /* What its register says of each resident's latest residence; earlier ones only the servers
     * have. */
    "INSERT INTO episode (resident, code, epoch, is_open, is_current, reason_in, reason_out,"
    " person) SELECT r.resident, substr(m.value, 4, 6), r.epoch, r.status = 1, r.status = 1,"
    " iif(r.status = 1, r.reason, 0), iif(r.status = 1, 0, r.reason), r.person"
    " FROM register AS r JOIN meta AS m ON m.name = 'node' AND m.value GLOB 'cs:*'"
    " WHERE r.epoch > 0 ORDER BY r.resident ON CONFLICT DO NOTHING",
    "CREATE TABLE compare ("
    "  cs TEXT NOT NULL CHECK (length(cs) = 6),"
    "  epoch_key BLOB NOT NULL CHECK (length(epoch_key) = 32),"
    "  depth INTEGER NOT NULL,"
    "  marked INTEGER NOT NULL,"
    "  round BLOB CHECK (length(round) = 16),"
    "  marker INTEGER NOT NULL,"
    "  marker_change INTEGER NOT NULL,"
    "  cached_change INTEGER NOT NULL,"
    "  scrub_key INTEGER NOT NULL,"
    "  scrub_begun_ms INTEGER NOT NULL,"
    "  scrub_rows INTEGER NOT NULL,"
    "  scrub_ms INTEGER NOT NULL,"
    "  scrubbed INTEGER NOT NULL,"
    "  damaged INTEGER NOT NULL,"
    "  PRIMARY KEY (cs)"
    ") STRICT, WITHOUT ROWID",
    "CREATE TABLE element ("
    "  cs TEXT NOT NULL,"
    "  key INTEGER NOT NULL,"
    ELEMENT_NAME
    "  bucket INTEGER NOT NULL,"
    "  digest BLOB NOT NULL CHECK (length(digest) = 32),"
    "  PRIMARY KEY (cs, key)"
    ") STRICT, WITHOUT ROWID",
    "CREATE INDEX element_bucket ON element (cs, bucket, key)",
    "CREATE TABLE element_change ("
    "  cs TEXT NOT NULL,"
    "  id INTEGER NOT NULL,"
    "  key INTEGER NOT NULL,"
    ELEMENT_NAME
    "  bucket INTEGER NOT NULL,"
    "  before BLOB CHECK (length(before) = 32),"
    "  after BLOB CHECK (length(after) = 32),"
    "  PRIMARY KEY (cs, id)"
    ") STRICT, WITHOUT ROWID",
    "CREATE INDEX element_change_bucket ON element_change (cs, bucket, key)",
    "CREATE TABLE element_change_last ("
    "  cs TEXT NOT NULL,"
    "  id INTEGER NOT NULL,"
    "  PRIMARY KEY (cs)"
    ") STRICT, WITHOUT ROWID",
    "CREATE TRIGGER element_change_number AFTER INSERT ON element_change BEGIN"
    " INSERT INTO element_change_last (cs, id) VALUES (new.cs, new.id)"
    " ON CONFLICT (cs) DO UPDATE SET id = excluded.id; END",
    "CREATE TABLE compare_cache ("
    "  cs TEXT NOT NULL PRIMARY KEY,"
    "  cache BLOB NOT NULL"
    ") STRICT",
    "CREATE TABLE round ("
    "  id INTEGER PRIMARY KEY,"
    "  round BLOB NOT NULL CHECK (length(round) = 16),"
    "  cs TEXT NOT NULL CHECK (length(cs) = 6),"
    "  server INTEGER NOT NULL,"
    ROLE_NAME("server", "server_name")
    "  marker INTEGER NOT NULL,"
    "  begun_ms INTEGER NOT NULL,"
    "  ended_ms INTEGER NOT NULL,"
    "  reason INTEGER NOT NULL,"
    "  why INTEGER NOT NULL,"
    "  count_own INTEGER NOT NULL,"
    "  count_peer INTEGER NOT NULL,"
    "  findings INTEGER NOT NULL,"
    "  asks INTEGER NOT NULL,"
    "  bytes_sent INTEGER NOT NULL,"
    "  bytes_received INTEGER NOT NULL,"
    "  UNIQUE (round, server)"
    ") STRICT",
    "CREATE TABLE finding ("
    "  round BLOB NOT NULL CHECK (length(round) = 16),"
    "  server INTEGER NOT NULL,"
    ROLE_NAME("server", "server_name")
    "  key INTEGER NOT NULL,"
    ELEMENT_NAME
    "  difference INTEGER NOT NULL,"
    "  difference_name TEXT GENERATED ALWAYS AS (CASE difference"
    "   WHEN 1 THEN 'both' WHEN 2 THEN 'ours only' WHEN 3 THEN 'theirs only' END) VIRTUAL,"
    "  state INTEGER NOT NULL,"
    "  state_name TEXT GENERATED ALWAYS AS (CASE state WHEN 1 THEN 'open' WHEN 2 THEN 'approved'"
    "   WHEN 3 THEN 'refused' WHEN 4 THEN 'parked' WHEN 5 THEN 'repaired' END) VIRTUAL,"
    "  approver TEXT NOT NULL,"
    "  approved_ms INTEGER NOT NULL,"
    "  position INTEGER NOT NULL,"
    "  record BLOB NOT NULL,"
    "  PRIMARY KEY (round, server, key)"
    ") STRICT",
    "CREATE TABLE bulk ("
    "  id INTEGER PRIMARY KEY AUTOINCREMENT,"
    "  resident TEXT NOT NULL CHECK (length(resident) IN (11, 32)),"
    "  kind INTEGER NOT NULL,"
    "  body BLOB NOT NULL"
    ") STRICT",
    "CREATE INDEX bulk_kind ON bulk (kind)", /* small: counting goes through it */
    NULL,
};
/* clang-format on */

static const char *const *const migrations[JK_SQLITE_SCHEMA] = {version_1, version_2};

const jk_sqlite_schema jk_sqlite_own = {JK_SQLITE_SCHEMA, migrations};
