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
/* clang-format on */

static const char *const *const migrations[JK_SQLITE_SCHEMA] = {version_1};

const jk_sqlite_schema jk_sqlite_own = {JK_SQLITE_SCHEMA, migrations};
