/* SPDX-License-Identifier: Apache-2.0 */
/* The rules V1 to V11 and V13 in SQL (V12 reads files: judge_scan.c).  The text is meant to be read
 * by an auditor; every table and column is documented in src/adapter/sqlite/README.md.
 *
 * The rows of all databases are first copied side by side into tables of the same shape, each with
 * the node it came from.  A rule then inserts what breaks it into `violation`, whose primary key
 * (rule, subject) counts a resident, a transaction or a row once. */
#include "judge_rules.h"

/* clang-format off */
const char judge_schema[] =
    "CREATE TABLE node (node TEXT PRIMARY KEY, role TEXT, code TEXT, base TEXT);"
    "CREATE TABLE machine (node, role, code, row, name, key, case_id, txn, state, is_final);"
    "CREATE TABLE route (node, code, txn, case_id);"
    "CREATE TABLE open_case (node, role, code, resident, case_id);"
    "CREATE TABLE outbox (node, row, txn, kind_name);"
    "CREATE TABLE inbox (node, role, code, row, peer, kind, rule, txn);"
    "CREATE TABLE register (node, role, code, row, resident, status, reason, epoch, epoch_high,"
    "  person);"
    "CREATE TABLE update_log (node, code, seq, resident, epoch, kind_name);"
    "CREATE TABLE applied (node, role, code, cs, seq);"
    "CREATE TABLE episode (node, role, code, row, resident, holder, epoch, is_open, is_current,"
    "  person, reason_in, reason_out, seq, change_day);"
    /* The same of its own residents at a CS. */
    "CREATE TABLE own (node, code, row, resident, epoch, is_open, person, reason_in, reason_out,"
    "  seq, change_day);"
    "CREATE TABLE card (node, row, resident, code);"
    /* A resident record code, and the one that its holder has instead: by national's word. */
    "CREATE TABLE renamed (resident TEXT PRIMARY KEY, next TEXT);"
    /* Where everybody lived at the start, and what was asked for: from the two files. */
    "CREATE TABLE home (resident TEXT PRIMARY KEY, code TEXT, address TEXT);"
    "CREATE TABLE move (txn BLOB, resident TEXT, origin TEXT, destination TEXT,"
    "  PRIMARY KEY (txn, resident));"
    /* Certificate data in clear: what is searched for, and where it may stand. */
    "CREATE TABLE secret (resident TEXT, bytes BLOB, place TEXT);"
    "CREATE TABLE may (bytes BLOB, code TEXT, PRIMARY KEY (bytes, code)) WITHOUT ROWID;"
    /* Where a machine may wait for ever: these answer whoever comes, and parked ones wait for an
     * operator, who has a choice there (or asks the other side). */
    "CREATE TABLE rest (name TEXT, state TEXT);"
    "INSERT INTO rest VALUES ('movein_terminal', 'PARKED'), ('movein_dest_cs', 'IDLE'),"
    "  ('movein_dest_cs', 'PARKED_NOTICE'), ('movein_dest_cs', 'PARKED_DISPUTED'),"
    "  ('movein_dest_cs', 'PARKED_CARDS'), ('movein_dest_registry', 'WAIT_CHOICE'),"
    "  ('movein_origin_cs', 'IDLE'), ('movein_origin_cs', 'OPEN'),"
    "  ('movein_origin_registry', 'FILED'), ('movein_prefecture', 'KEEPING'),"
    "  ('movein_national', 'KEEPING'), ('movein_cards', 'KEEPING'),"
    "  ('reconcile_cs_round', 'IDLE'), ('reconcile_cs_round', 'ALARM'),"
    /* Of a repair nothing is heard unless it is refused; V13 says whether it helped. */
    "  ('reconcile_cs_repair', 'IDLE'), ('reconcile_cs_repair', 'REPAIRING'),"
    "  ('reconcile_cs_repair', 'REFUSED'), ('reconcile_cs_repair', 'REPAIRING_AGAIN'),"
    "  ('reconcile_cs_repair', 'PARKED'), ('reconcile_prefecture_round', 'IDLE'),"
    "  ('reconcile_national_round', 'IDLE'),"
    "  ('movein_identity', 'READY'), ('transport_sender', 'UP'),"
    "  ('transport_sender', 'DOWN'), ('transport_receiver', 'READY');"
    "CREATE TABLE violation (rule INTEGER, subject, node TEXT, place TEXT, row INTEGER,"
    "  PRIMARY KEY (rule, subject));"
    "CREATE INDEX machine_key ON machine (name, key);"
    "CREATE INDEX inbox_txn ON inbox (txn, kind);"
    "CREATE INDEX register_resident ON register (resident, role, code);"
    "CREATE INDEX own_resident ON own (resident, code);"
    "CREATE INDEX episode_resident ON episode (resident, role, code);"
    "CREATE INDEX log_resident ON update_log (resident, code);"
    "CREATE INDEX move_resident ON move (resident);";

/* ?1 the node, ?2 its role, ?3 its code; `one` is the attached database. */
const char *const judge_collect[] = {
    "INSERT INTO machine SELECT ?1, ?2, ?3, row_id, machine_name, key, case_id, txn, state_name,"
    "  is_final FROM one.machine",
    "INSERT INTO route SELECT ?1, ?3, txn, case_id FROM one.route",
    "INSERT INTO open_case SELECT ?1, ?2, ?3, resident, case_id FROM one.open_case",
    "INSERT INTO outbox SELECT ?1, row_id, txn, kind_name FROM one.outbox",
    "INSERT INTO inbox SELECT ?1, ?2, ?3, seq, peer, kind, rule, txn FROM one.inbox",
    "INSERT INTO register SELECT ?1, ?2, ?3, rowid, resident, status, reason, epoch, epoch_high,"
    "  person FROM one.register",
    "INSERT INTO update_log SELECT ?1, ?3, seq, resident, epoch, kind_name FROM one.update_log",
    "INSERT INTO applied SELECT ?1, ?2, ?3, cs, seq FROM one.applied",
    "INSERT INTO episode SELECT ?1, ?2, ?3, rowid, resident, code, epoch, is_open, is_current,"
    "  person, reason_in, reason_out, seq, change_day FROM one.episode WHERE ?2 <> 'cs'",
    "INSERT INTO own SELECT ?1, ?3, rowid, resident, epoch, is_open, person, reason_in,"
    "  reason_out, seq, change_day FROM one.episode WHERE ?2 = 'cs' AND code = ?3",
    "INSERT INTO card SELECT ?1, row_number() OVER (), resident, code FROM one.card",
    "INSERT INTO renamed SELECT CAST(substr(key, 3, 11) AS TEXT),"
    "  CAST(substr(value, 1, 11) AS TEXT) FROM one.tx_data WHERE ?2 = 'national' AND name = 'code'",
    NULL,
};

const char judge_views[] =
    /* Everybody: who is in a register now, or was in the file of residents. */
    "CREATE TABLE everybody AS SELECT resident FROM register UNION SELECT resident FROM home;"
    "CREATE UNIQUE INDEX everybody_resident ON everybody (resident);"
    /* Everybody under the code that he had, and under each that he got later. */
    "CREATE TABLE known_as AS WITH RECURSIVE name (resident, code) AS (SELECT resident, resident"
    "  FROM everybody UNION SELECT n.resident, r.next FROM name n JOIN renamed r"
    "  ON r.resident = n.code) SELECT resident, code FROM name;"
    "CREATE INDEX known_as_resident ON known_as (resident);"
    /* The municipality of residence, by the registries' own word. */
    "CREATE TABLE holder AS SELECT resident, min(code) AS code, count(*) AS registers,"
    "  min(node) AS node, min(row) AS row"
    "  FROM register WHERE role = 'registry' AND status = 1 GROUP BY resident;"
    "CREATE UNIQUE INDEX holder_resident ON holder (resident);"
    /* What a transaction became at the destination's registry, and what its terminal was told.  A
     * disputed entry may have been taken back: by the registry's word to its CS (318). */
    "CREATE TABLE outcome AS SELECT t.key AS txn, t.node AS node, t.row AS row, t.code AS code,"
    "  t.state IN ('WAIT_CARD', 'DONE') AS told_done,"
    "  coalesce(t.state LIKE 'REFUSED%' OR t.state = 'PARKED', 0)"
    "    AS told_no,"
    "  EXISTS (SELECT 1 FROM machine r WHERE r.name = 'movein_dest_registry' AND r.key = t.key"
    "    AND r.code = t.code AND r.state IN ('REGISTERED', 'WAIT_CHOICE')) AS registered,"
    "  EXISTS (SELECT 1 FROM inbox i WHERE i.txn = t.key AND i.role = 'cs' AND i.code = t.code"
    "    AND i.kind = 318 AND i.rule = 0 AND i.peer LIKE 'registry:' || t.code || ':%')"
    "    AS withdrawn"
    "  FROM machine t WHERE t.name = 'movein_terminal';"
    /* Whose record the clerk corrected (317): the update log has no entry for that yet. */
    "CREATE TABLE corrected AS SELECT DISTINCT i.code, m.resident FROM inbox i"
    "  JOIN move m ON m.txn = i.txn WHERE i.role = 'cs' AND i.kind = 317 AND i.rule = 0;"
    /* Transactions that wait for an operator at the destination's CS. */
    "CREATE TABLE parked AS SELECT key AS txn FROM machine WHERE name = 'movein_dest_cs'"
    "  AND state LIKE 'PARKED@_%' ESCAPE '@';";

const judge_rule judge_rules[] = {
    /* V1: nobody is current in two municipalities' registers. */
    {1, "INSERT OR IGNORE INTO violation SELECT 1, resident, node, 'register', row FROM holder"
        "  WHERE registers > 1"},

    /* V2: whoever is in no register has an open moving-out case at the CS of a municipality that
     * knows him.  Gone for good are those who died (203), moved abroad (202) or were removed ex
     * officio (206); and a code that changed (308), if national leads from it to somebody. */
    {2, "INSERT OR IGNORE INTO violation"
        "  SELECT 2, e.resident, r.node, 'register', r.row FROM everybody e"
        "  LEFT JOIN register r ON r.resident = e.resident AND r.role = 'registry'"
        "  WHERE NOT EXISTS (SELECT 1 FROM holder h WHERE h.resident = e.resident)"
        "    AND NOT EXISTS (SELECT 1 FROM open_case o WHERE o.resident = e.resident"
        "      AND o.role = 'cs')"
        "    AND NOT EXISTS (SELECT 1 FROM register g WHERE g.resident = e.resident"
        "      AND g.role = 'registry' AND g.reason IN (202, 203, 206))"
        "    AND NOT EXISTS (SELECT 1 FROM register g JOIN renamed n ON n.resident = g.resident"
        "      JOIN register t ON t.resident = n.next AND t.role = 'registry'"
        "      WHERE g.resident = e.resident AND g.role = 'registry' AND g.reason = 308)"},

    /* V3: national shows the municipality of residence, and nobody where there is none ... */
    {3, "INSERT OR IGNORE INTO violation"
        "  SELECT 3, p.resident, coalesce(e.node, h.node), iif(e.row IS NULL, 'register',"
        "    'episode'), coalesce(e.row, h.row) FROM everybody p"
        "  LEFT JOIN holder h ON h.resident = p.resident"
        "  LEFT JOIN episode e ON e.resident = p.resident AND e.role = 'national'"
        "    AND e.is_current = 1"
        "  WHERE coalesce(h.registers, 0) < 2 AND coalesce(h.code, '') <> coalesce(e.holder, '')"},
    /* ... with that municipality's own data, but for what was corrected since ... */
    {3, "INSERT OR IGNORE INTO violation SELECT 3, e.resident, e.node, 'episode', e.row"
        "  FROM episode e JOIN register r ON r.resident = e.resident AND r.role = 'cs'"
        "    AND r.code = e.holder"
        "  WHERE e.role = 'national' AND e.is_current = 1 AND e.person IS NOT r.person"
        "    AND NOT EXISTS (SELECT 1 FROM corrected c WHERE c.code = e.holder"
        "      AND c.resident = e.resident)"},
    /* ... keeps no other episode open ... */
    {3, "INSERT OR IGNORE INTO violation SELECT 3, resident, node, 'episode', row FROM episode"
        "  WHERE role = 'national' AND is_open = 1 AND is_current = 0"},
    /* ... and has applied every CS's log to its end. */
    {3, "INSERT OR IGNORE INTO violation"
        "  SELECT 3, 'log of ' || n.node, s.node, 'applied', NULL FROM node n"
        "  JOIN node s ON s.role = 'national'"
        "  LEFT JOIN applied a ON a.node = s.node AND a.cs = n.code"
        "  WHERE n.role = 'cs' AND coalesce(a.seq, 0) <>"
        "    (SELECT coalesce(max(seq), 0) FROM update_log l WHERE l.node = n.node)"},

    /* V4: the same at each prefecture, which shows those only who live in it. */
    {4, "INSERT OR IGNORE INTO violation"
        "  SELECT 4, p.resident, s.node, 'episode', e.row FROM everybody p"
        "  JOIN node s ON s.role = 'prefecture'"
        "  LEFT JOIN holder h ON h.resident = p.resident"
        "  LEFT JOIN episode e ON e.resident = p.resident AND e.role = 'prefecture'"
        "    AND e.code = s.code AND e.is_current = 1"
        "  WHERE coalesce(h.registers, 0) < 2"
        "    AND iif(substr(h.code, 1, 2) = substr(s.code, 1, 2), h.code, '')"
        "      <> coalesce(e.holder, '')"},
    {4, "INSERT OR IGNORE INTO violation SELECT 4, e.resident, e.node, 'episode', e.row"
        "  FROM episode e JOIN register r ON r.resident = e.resident AND r.role = 'cs'"
        "    AND r.code = e.holder"
        "  WHERE e.role = 'prefecture' AND e.is_current = 1 AND e.person IS NOT r.person"
        "    AND NOT EXISTS (SELECT 1 FROM corrected c WHERE c.code = e.holder"
        "      AND c.resident = e.resident)"},
    {4, "INSERT OR IGNORE INTO violation SELECT 4, resident, node, 'episode', row FROM episode"
        "  WHERE role = 'prefecture' AND is_open = 1 AND is_current = 0"},
    {4, "INSERT OR IGNORE INTO violation"
        "  SELECT 4, 'log of ' || n.node, s.node, 'applied', NULL FROM node n"
        "  JOIN node s ON s.role = 'prefecture' AND substr(s.code, 1, 2) = substr(n.code, 1, 2)"
        "  LEFT JOIN applied a ON a.node = s.node AND a.cs = n.code"
        "  WHERE n.role = 'cs' AND coalesce(a.seq, 0) <>"
        "    (SELECT coalesce(max(seq), 0) FROM update_log l WHERE l.node = n.node)"},

    /* V5: a CS and its registry say the same of everybody; the registry's record holds the person
     * as the CS recorded him, byte for byte ... */
    {5, "INSERT OR IGNORE INTO violation"
        "  SELECT 5, r.resident, r.node, 'register', r.row FROM register r"
        "  LEFT JOIN register c ON c.resident = r.resident AND c.role = 'cs' AND c.code = r.code"
        "  WHERE r.role = 'registry' AND (c.status IS NOT r.status"
        "    OR (r.status = 1 AND instr(r.person, c.person) = 0))"},
    {5, "INSERT OR IGNORE INTO violation"
        "  SELECT 5, c.resident, c.node, 'register', c.row FROM register c"
        "  WHERE c.role = 'cs' AND NOT EXISTS (SELECT 1 FROM register r"
        "    WHERE r.resident = c.resident AND r.role = 'registry' AND r.code = c.code)"},
    /* ... the CS's record says what its own log said last ... */
    {5, "INSERT OR IGNORE INTO violation"
        "  SELECT 5, c.resident, c.node, 'register', c.row FROM register c"
        "  JOIN update_log l ON l.node = c.node AND l.resident = c.resident"
        "  WHERE c.role = 'cs' AND NOT EXISTS (SELECT 1 FROM update_log n"
        "      WHERE n.node = l.node AND n.resident = l.resident AND n.seq > l.seq)"
        "    AND (c.status = 1) <> (l.kind_name = 'ENTRY')"},
    /* ... and that log has no gap. */
    {5, "INSERT OR IGNORE INTO violation"
        "  SELECT 5, 'log of ' || node, node, 'update_log', max(seq) FROM update_log"
        "  GROUP BY node HAVING max(seq) <> count(*)"},

    /* V6: a machine that is not at its end rests where waiting is right, or waits with a parked
     * transaction: its terminal for the card, its origin for the notice ... */
    {6, "INSERT OR IGNORE INTO violation SELECT 6, coalesce(txn, case_id, key), node, 'machine',"
        "  row FROM machine m WHERE is_final = 0 AND NOT EXISTS (SELECT 1 FROM rest r"
        "    WHERE r.name = m.name AND r.state = m.state)"
        "  AND NOT (m.name = 'movein_terminal' AND m.state = 'WAIT_CARD'"
        "    AND EXISTS (SELECT 1 FROM parked p WHERE p.txn = m.key))"
        "  AND NOT (m.name = 'movein_origin_cs' AND m.state = 'GRANTED'"
        "    AND EXISTS (SELECT 1 FROM parked p JOIN route r ON r.txn = p.txn"
        "      WHERE r.code = m.code AND r.case_id = m.key))"},
    /* ... a dispute waits at both, the destination's CS and its registry, or at neither ... */
    {6, "INSERT OR IGNORE INTO violation SELECT 6, a.key, a.node, 'machine', a.row FROM machine a"
        "  WHERE (a.name = 'movein_dest_cs' AND a.state = 'PARKED_DISPUTED' AND NOT EXISTS"
        "      (SELECT 1 FROM machine b WHERE b.name = 'movein_dest_registry'"
        "        AND b.state = 'WAIT_CHOICE' AND b.key = a.key AND b.code = a.code))"
        "    OR (a.name = 'movein_dest_registry' AND a.state = 'WAIT_CHOICE' AND NOT EXISTS"
        "      (SELECT 1 FROM machine b WHERE b.name = 'movein_dest_cs'"
        "        AND b.state = 'PARKED_DISPUTED' AND b.key = a.key AND b.code = a.code))"},
    /* ... and a filed case waits at both, the registry and its CS, or at neither. */
    {6, "INSERT OR IGNORE INTO violation SELECT 6, r.key, r.node, 'machine', r.row FROM machine r"
        "  WHERE r.name = 'movein_origin_registry' AND r.state = 'FILED'"
        "    AND NOT EXISTS (SELECT 1 FROM machine c WHERE c.name = 'movein_origin_cs'"
        "      AND c.key = r.key AND c.code = r.code AND c.is_final = 0)"},
    {6, "INSERT OR IGNORE INTO violation SELECT 6, c.key, c.node, 'machine', c.row FROM machine c"
        "  WHERE c.name = 'movein_origin_cs' AND c.state = 'OPEN'"
        "    AND NOT EXISTS (SELECT 1 FROM machine r WHERE r.name = 'movein_origin_registry'"
        "      AND r.key = c.key AND r.code = c.code AND r.is_final = 0)"},

    /* V7: an epoch belongs to one residence: no two entries share one, at municipalities ... */
    {7, "INSERT OR IGNORE INTO violation SELECT 7, resident, max(node), 'update_log', max(seq)"
        "  FROM update_log WHERE kind_name = 'ENTRY' GROUP BY resident, epoch"
        "  HAVING count(*) > 1"},
    {7, "INSERT OR IGNORE INTO violation SELECT 7, resident, node, 'episode', max(row)"
        "  FROM episode GROUP BY node, resident, epoch HAVING count(*) > 1"},
    /* ... it never goes back: not in a log, not below what its CS gave, not at a server ... */
    {7, "INSERT OR IGNORE INTO violation SELECT 7, b.resident, b.node, 'update_log', b.seq"
        "  FROM update_log a JOIN update_log b ON b.node = a.node AND b.resident = a.resident"
        "  WHERE a.seq < b.seq AND (b.epoch < a.epoch"
        "    OR (b.kind_name = 'ENTRY' AND b.epoch = a.epoch))"},
    {7, "INSERT OR IGNORE INTO violation SELECT 7, c.resident, c.node, 'register', c.row"
        "  FROM register c WHERE c.role = 'cs' AND (c.epoch_high < c.epoch OR c.epoch <"
        "    (SELECT max(epoch) FROM update_log l WHERE l.node = c.node"
        "      AND l.resident = c.resident AND l.kind_name = 'ENTRY'))"},
    {7, "INSERT OR IGNORE INTO violation SELECT 7, e.resident, e.node, 'episode', e.row"
        "  FROM episode e JOIN episode n ON n.node = e.node AND n.resident = e.resident"
        "  WHERE e.is_current = 1 AND n.epoch > e.epoch"},
    /* ... and an entry has a grant behind it: it is the first residence, or another CS that knows
     * the resident gave that epoch and this CS got a certificate (302) from it, or this CS gave it
     * itself to end a moving-out that was cancelled, or because another CS withdrew (319) an entry
     * whose grant it had given, or because the code changed: then the residence under the code
     * before ended just before, with a lower epoch. */
    {7, "INSERT OR IGNORE INTO violation SELECT 7, l.resident, l.node, 'update_log', l.seq"
        "  FROM update_log l WHERE l.kind_name = 'ENTRY'"
        "  AND NOT (EXISTS (SELECT 1 FROM home h WHERE h.resident = l.resident"
        "        AND h.code = l.code)"
        "      AND NOT EXISTS (SELECT 1 FROM update_log a WHERE a.resident = l.resident"
        "        AND a.epoch < l.epoch)"
        "      AND NOT EXISTS (SELECT 1 FROM episode a WHERE a.resident = l.resident"
        "        AND a.epoch < l.epoch))"
        "  AND NOT EXISTS (SELECT 1 FROM register o WHERE o.role = 'cs' AND o.code <> l.code"
        "    AND o.resident = l.resident AND o.epoch_high >= l.epoch"
        "    AND EXISTS (SELECT 1 FROM inbox i WHERE i.node = l.node AND i.kind = 302"
        "      AND i.rule = 0 AND i.peer LIKE 'cs:' || o.code || ':%'))"
        "  AND NOT EXISTS (SELECT 1 FROM register o JOIN update_log a ON a.node = l.node"
        "      AND a.resident = l.resident AND a.seq < l.seq AND a.kind_name = 'REMOVAL'"
        "    WHERE o.node = l.node AND o.resident = l.resident AND o.epoch_high >= l.epoch"
        "    AND NOT EXISTS (SELECT 1 FROM update_log b WHERE b.resident = l.resident"
        "      AND b.code <> l.code AND b.kind_name = 'ENTRY' AND b.epoch > a.epoch"
        "      AND b.epoch < l.epoch))"
        "  AND NOT EXISTS (SELECT 1 FROM register o JOIN update_log w ON w.code <> l.code"
        "      AND w.resident = l.resident AND w.kind_name = 'REMOVAL' AND w.epoch < l.epoch"
        "    JOIN inbox i ON i.node = l.node AND i.kind = 319 AND i.rule = 0"
        "      AND i.peer LIKE 'cs:' || w.code || ':%'"
        "    WHERE o.node = l.node AND o.resident = l.resident AND o.epoch_high >= l.epoch)"
        "  AND NOT EXISTS (SELECT 1 FROM renamed n JOIN update_log a ON a.resident = n.resident"
        "    WHERE n.next = l.resident AND a.node = l.node AND a.seq = l.seq - 1"
        "      AND a.kind_name = 'REMOVAL' AND a.epoch < l.epoch)"},
    /* The same of a server's episode: its CS wrote it, or it stands for the first residence. */
    {7, "INSERT OR IGNORE INTO violation SELECT 7, e.resident, e.node, 'episode', e.row"
        "  FROM episode e WHERE NOT EXISTS (SELECT 1 FROM update_log l"
        "      WHERE l.resident = e.resident AND l.code = e.holder AND l.epoch = e.epoch"
        "        AND l.kind_name = 'ENTRY')"
        "    AND NOT EXISTS (SELECT 1 FROM home h WHERE h.resident = e.resident"
        "      AND h.code = e.holder AND NOT EXISTS (SELECT 1 FROM episode a"
        "        WHERE a.resident = e.resident AND a.epoch < e.epoch))"},

    /* V8: a terminal is told DONE if, and only if, the registry entered and did not withdraw; by
     * the machines ... */
    {8, "INSERT OR IGNORE INTO violation SELECT 8, txn, node, 'machine', row FROM outcome"
        "  WHERE (told_done AND NOT registered) OR (told_no AND registered AND NOT withdrawn)"},
    /* ... by the messages that it got: DONE (313) and REFUSED (314) exclude each other, but for an
     * entry that was withdrawn in between ... */
    {8, "INSERT OR IGNORE INTO violation SELECT 8, a.txn, a.node, 'inbox', a.row FROM inbox a"
        "  JOIN inbox b ON b.node = a.node AND b.txn = a.txn"
        "  WHERE a.role = 'terminal' AND a.kind = 313 AND b.kind = 314"
        "    AND a.rule = 0 AND b.rule = 0"
        "    AND NOT EXISTS (SELECT 1 FROM outcome o WHERE o.txn = a.txn AND o.withdrawn)"},
    /* ... and by the register itself. */
    {8, "INSERT OR IGNORE INTO violation SELECT 8, o.txn, o.node, 'machine', o.row FROM outcome o"
        "  JOIN move m ON m.txn = o.txn"
        "  WHERE o.told_done AND NOT EXISTS (SELECT 1 FROM register r JOIN known_as k"
        "      ON k.code = r.resident WHERE k.resident = m.resident"
        "      AND r.role = 'registry' AND r.code = o.code)"},
    {8, "INSERT OR IGNORE INTO violation SELECT 8, o.txn, o.node, 'machine', o.row FROM outcome o"
        "  JOIN move m ON m.txn = o.txn"
        "  JOIN known_as k ON k.resident = m.resident"
        "  JOIN register r ON r.resident = k.code AND r.role = 'registry'"
        "    AND r.code = o.code AND r.status = 1"
        "  WHERE o.told_no"
        "    AND NOT EXISTS (SELECT 1 FROM home h WHERE h.resident = m.resident"
        "      AND h.code = o.code)"
        "    AND NOT EXISTS (SELECT 1 FROM outcome d JOIN move n ON n.txn = d.txn"
        "      WHERE d.registered AND NOT d.withdrawn AND n.resident = m.resident"
        "        AND d.code = o.code)"},

    /* V9: a card goes on in a municipality only where the holder lived at the start or where the
     * CS's log has the ENTRY. */
    {9, "INSERT OR IGNORE INTO violation SELECT 9, c.resident, c.node, 'card', c.row FROM card c"
        "  WHERE NOT EXISTS (SELECT 1 FROM home h WHERE h.resident = c.resident"
        "      AND h.code = c.code)"
        "    AND NOT EXISTS (SELECT 1 FROM update_log l WHERE l.resident = c.resident"
        "      AND l.code = c.code AND l.kind_name = 'ENTRY')"},

    /* V10: a case is granted although no transaction that asked for it is still open. */
    {10, "INSERT OR IGNORE INTO violation SELECT 10, c.key, c.node, 'machine', c.row"
         "  FROM machine c WHERE c.name = 'movein_origin_cs' AND c.state = 'GRANTED'"
         "    AND NOT EXISTS (SELECT 1 FROM route r JOIN machine d"
         "      ON d.name = 'movein_dest_cs' AND d.key = r.txn AND d.is_final = 0"
         "      WHERE r.code = c.code AND r.case_id = c.key)"},

    /* V11: every message was delivered and taken; one that the peer refused stays here too. */
    {11, "INSERT OR IGNORE INTO violation SELECT 11, node || ' ' || row, node, 'outbox', row"
         "  FROM outbox"},
    /* V13: of each municipality's residences the CS, its prefecture and national keep one and the
     * same record; who is current is said by all municipalities together (V3, V4).  One that the
     * server lacks or has otherwise ... */
    {13, "INSERT OR IGNORE INTO violation SELECT 13, o.resident, coalesce(e.node, o.node),"
         "    'episode', coalesce(e.row, o.row) FROM own o"
         "  JOIN node s ON s.role = 'national'"
         "    OR (s.role = 'prefecture' AND substr(s.code, 1, 2) = substr(o.code, 1, 2))"
         "  LEFT JOIN episode e ON e.resident = o.resident AND e.role = s.role AND e.code = s.code"
         "    AND e.holder = o.code AND e.epoch = o.epoch"
         "  WHERE e.row IS NULL OR (e.is_open, e.reason_in, e.reason_out, e.seq) <>"
         "      (o.is_open, o.reason_in, o.reason_out, o.seq)"
         "    OR e.change_day IS NOT o.change_day OR e.person <> o.person"},
    /* ... and one that only the server has. */
    {13, "INSERT OR IGNORE INTO violation SELECT 13, e.resident, e.node, 'episode', e.row"
         "  FROM episode e WHERE NOT EXISTS (SELECT 1 FROM own o WHERE o.resident = e.resident"
         "    AND o.code = e.holder AND o.epoch = e.epoch)"},
    {0, NULL},
};
/* clang-format on */
