#pragma once

#include <string_view>

/// The statements that make and watch a guarded_database. Where a part of a sum
/// of texts were NULL, all of it would be.
namespace sluice::fuzz {

/// What creates the database that every input meets.
inline constexpr auto template_sql = std::string_view{R"(
CREATE TABLE neighbours(id INTEGER PRIMARY KEY, x);
CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT NOT NULL, b REAL DEFAULT 1.5,
  c INTEGER CHECK (c < 100), d, UNIQUE (a, c));
CREATE INDEX t_b ON t(b, lower(a)) WHERE b > 0;
CREATE TABLE child(id INTEGER PRIMARY KEY AUTOINCREMENT,
  t_id INTEGER REFERENCES t(id) ON DELETE CASCADE ON UPDATE SET NULL,
  other INTEGER REFERENCES t(id) DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE w(k TEXT PRIMARY KEY, v, g GENERATED ALWAYS AS (upper(k)) STORED)
  WITHOUT ROWID;
CREATE TABLE strict_one(i INT, r REAL, x TEXT, y BLOB, z ANY) STRICT;
CREATE VIEW v AS SELECT t.id, t.a, child.id AS c FROM t LEFT JOIN child
  ON child.t_id = t.id;
CREATE TRIGGER v_insert INSTEAD OF INSERT ON v BEGIN
  INSERT INTO t(a, c) VALUES (new.a, new.c); END;
CREATE TABLE log(what, at);
CREATE TRIGGER t_change AFTER UPDATE ON t BEGIN
  INSERT INTO log VALUES (old.a || new.a, 0); END;
CREATE VIRTUAL TABLE f USING fts5(title, body);
CREATE VIRTUAL TABLE r USING rtree(id, x0, x1);
INSERT INTO t VALUES (1, 'one', 1.0, 1, NULL), (2, 'two', -2.5, 2, x'00ff'),
  (3, 'drei', 1e300, 3, '{"k": [1, 2, {"l": null}]}');
INSERT INTO child(t_id, other) VALUES (1, 2), (1, NULL), (3, 3);
INSERT INTO w(k, v) VALUES ('a', 1), ('b', 'x');
INSERT INTO f VALUES ('first', 'the quick fox'), ('second', 'a lazy dog');
INSERT INTO r VALUES (1, 0, 1), (2, 5, 6);
)"};

/// What a request must leave as it was: what is temporary or attached, and
/// Sluice's own tables but for the commit's number.
inline constexpr auto objects_sql = std::string_view{R"(SELECT
  'temporary ' || (SELECT count(*) FROM sqlite_temp_schema)
  || ' attached ' || (SELECT count(*) FROM pragma_database_list
                      WHERE name NOT IN ('main', 'temp'))
  || ' own ' || (SELECT group_concat(type || name || tbl_name || sql)
                 FROM sqlite_schema
                 WHERE lower(name) GLOB '_sluice_*'
                    OR lower(tbl_name) GLOB '_sluice_*'
                    OR lower(name) GLOB '_cf_*'
                    OR lower(tbl_name) GLOB '_cf_*')
  || (SELECT count(*) || database_uuid FROM _cf_METADATA)
  || (SELECT count(*) || x FROM _sluice_secret))"};

/// The connection's settings, which a request must leave as they were, too.
inline constexpr auto settings_sql = std::string_view{R"(SELECT
  (SELECT foreign_keys FROM pragma_foreign_keys)
  || ' ' || (SELECT defer_foreign_keys FROM pragma_defer_foreign_keys)
  || ' ' || (SELECT legacy_alter_table FROM pragma_legacy_alter_table)
  || ' ' || (SELECT ignore_check_constraints
             FROM pragma_ignore_check_constraints)
  || ' ' || (SELECT recursive_triggers FROM pragma_recursive_triggers)
  || ' ' || (SELECT reverse_unordered_selects
             FROM pragma_reverse_unordered_selects)
  || ' ' || ('a' LIKE 'A')
  || ' ' || (SELECT query_only FROM pragma_query_only)
  || ' ' || (SELECT writable_schema FROM pragma_writable_schema)
  || ' ' || (SELECT trusted_schema FROM pragma_trusted_schema)
  || ' ' || (SELECT cell_size_check FROM pragma_cell_size_check)
  || ' ' || (SELECT full_column_names FROM pragma_full_column_names)
  || ' ' || (SELECT short_column_names FROM pragma_short_column_names)
  || ' ' || (SELECT count_changes FROM pragma_count_changes)
  || ' ' || (SELECT empty_result_callbacks FROM pragma_empty_result_callbacks)
  || ' ' || (SELECT automatic_index FROM pragma_automatic_index)
  || ' ' || (SELECT read_uncommitted FROM pragma_read_uncommitted)
  || ' ' || (SELECT journal_mode FROM pragma_journal_mode)
  || ' ' || (SELECT synchronous FROM pragma_synchronous)
  || ' ' || (SELECT max_page_count FROM pragma_max_page_count)
  || ' ' || (SELECT cache_size FROM pragma_cache_size)
  || ' ' || (SELECT cache_spill FROM pragma_cache_spill)
  || ' ' || (SELECT locking_mode FROM pragma_locking_mode)
  || ' ' || (SELECT temp_store FROM pragma_temp_store)
  || ' ' || (SELECT timeout FROM pragma_busy_timeout)
  || ' ' || (SELECT soft_heap_limit FROM pragma_soft_heap_limit)
  || ' ' || (SELECT hard_heap_limit FROM pragma_hard_heap_limit)
  || ' ' || (SELECT analysis_limit FROM pragma_analysis_limit)
  || ' ' || (SELECT journal_size_limit FROM pragma_journal_size_limit)
  || ' ' || (SELECT secure_delete FROM pragma_secure_delete)
  || ' ' || (SELECT encoding FROM pragma_encoding)
  || ' ' || (SELECT application_id FROM pragma_application_id))"};

/// What a request that failed must leave as it was in the transaction.
inline constexpr auto data_sql = std::string_view{R"(SELECT
  (SELECT group_concat(type || name || coalesce(sql, '')) FROM sqlite_schema)
  || (SELECT group_concat(x) FROM neighbours)
  || (SELECT group_concat(id || a || b || c || quote(d)) FROM t)
  || (SELECT group_concat(id || coalesce(t_id, 'x') || coalesce(other, 'x'))
      FROM child)
  || (SELECT group_concat(k || v || g) FROM w)
  || (SELECT count(*) FROM log)
  || (SELECT group_concat(title || body) FROM f)
  || (SELECT group_concat(id || x0 || x1) FROM r)
  || (SELECT user_version FROM pragma_user_version))"};

} // namespace sluice::fuzz
