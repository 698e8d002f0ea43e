//! Rows for the planner of a database: many of each, and distributed as in a fleet.

use super::{super::dialect::Dialect, ROWS};

/// Statements that fill the tables. Ids are the digits of a number; words with `$` are written in
/// different ways.
const FILL: [&str; 15] = [
    "INSERT INTO hosts (id, name, site, profile, uuid, spec, image_generation, removed) \
     SELECT $id, $name, CONCAT('site', seq % 20), CONCAT('p', seq % 5), $id, '{}', 1, 0 FROM $rows",
    "INSERT INTO host_macs (mac, host_id, position) SELECT $mac, $id, 0 FROM $rows",
    "INSERT INTO host_addresses (site, address, host_id) \
     SELECT CONCAT('site', seq % 20), CONCAT('10.0.0.', seq), $id FROM $rows",
    "INSERT INTO host_labels (host_id, \"key\", value, name) \
     SELECT $id, 'rack', CONCAT('', seq % 500), $name FROM $rows",
    "INSERT INTO host_labels (host_id, \"key\", value, name) \
     SELECT $id, 'role', CONCAT('', seq % 3), $name FROM $rows",
    "INSERT INTO marks (id, host_id, mark) SELECT $id, $id, '{}' FROM $rows",
    "INSERT INTO attempts (id, host_id, mark_id, offered_at, offers, counted_at, closed, outcome) \
     SELECT $id, $id, $id, seq, 1, seq, CASE WHEN seq % 500 = 0 THEN NULL ELSE '{}' END, \
     CASE WHEN seq % 500 = 0 THEN NULL ELSE 130 END FROM $rows",
    "INSERT INTO attempt_contents (attempt_id, pin, terms, script) \
     SELECT $id, '{}', '{}', '' FROM $rows",
    "INSERT INTO leases (host_id, generation, min_image_generation, attempt_id, name, state) \
     SELECT $id, 1, 1, $id, $name, CASE WHEN seq % 1000 = 1 THEN 'failed' \
     WHEN seq % 500 = 0 THEN 'installing' ELSE 'installed' END FROM $rows",
    "INSERT INTO audit (chain, sequence, at, host_id, action, text, hash) \
     SELECT $chain, seq, seq, $id, 'host.create', '{}', $hash FROM $rows",
    "INSERT INTO boot_events (at, host_id, alert, event) \
     SELECT seq, $id, CASE WHEN seq % 100 = 0 THEN 1 ELSE 0 END, '{}' FROM $rows",
    "INSERT INTO unproved_events (place, at, alert, event) \
     SELECT seq, seq, 0, '{}' FROM $rows WHERE seq % 10 = 0",
    "INSERT INTO accounts (id, name, generation, account) \
     SELECT CONCAT('local/', seq), $name, 1, '{}' FROM $rows",
    "INSERT INTO sessions (id, secret, person, place, created_at, seen_at, refreshed_at, \
     proved_at, expires_at, known, origin) SELECT $id, $secret, CONCAT('corp/', seq % 5000), \
     seq / 5000, seq, seq, seq, seq, seq, '{}', '' FROM $rows",
    "INSERT INTO tokens (id, name, person, place, verifier, pepper, limits, created_at, \
     refreshed_at, expires_at, known) SELECT $id, '', CONCAT('corp/', seq % 5000), seq / 5000, \
     $hash, $pepper, '{}', seq, seq, seq, '{}' FROM $rows",
];

/// The statements in the words of a database.
pub(in super::super) fn fill(dialect: Dialect) -> Vec<String> {
    let digits = |count: usize| match dialect {
        Dialect::Mysql => format!("LPAD(seq, {count}, '0')"),
        _ => format!("convert_to(lpad(seq::text, {count}, '0'), 'UTF8')"),
    };
    let bytes = |text: String| match dialect {
        Dialect::Mysql => format!("'{text}'"),
        _ => format!("convert_to('{text}', 'UTF8')"),
    };
    let (rows, name) = if dialect == Dialect::Mysql {
        (format!("seq_1_to_{ROWS}"), "CONCAT('node', LPAD(seq, 6, '0'))")
    } else {
        let rows = format!("generate_series(1, {ROWS}) AS n(seq)");
        (rows, "concat('node', lpad(seq::text, 6, '0'))")
    };
    let put = |sql: &&str| {
        sql.replace("$id", &digits(16))
            .replace("$mac", &digits(6))
            .replace("$secret", &digits(32))
            .replace("$pepper", &bytes("0".repeat(4)))
            .replace("$chain", &bytes(format!("{:016}", 1)))
            .replace("$hash", &bytes("0".repeat(32)))
            .replace("$name", name)
            .replace("$rows", &rows)
    };
    FILL.iter().map(put).collect()
}
