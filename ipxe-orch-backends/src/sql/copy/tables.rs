//! What is copied: all tables with their columns, each table after those that it refers to.

use super::super::statement::Kind::{self, Bytes, Int, Text};

/// Where a table is: the embedded database has a file of its own for events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Part {
    Main,
    Events,
}

/// A table, and in which order its rows are read.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) name: &'static str,
    pub(super) part: Part,
    /// The primary key.
    pub(super) key: &'static [&'static str],
    pub(super) columns: &'static [(&'static str, Kind)],
    /// Which rows are read; the others are in another list.
    pub(super) only: Option<&'static str>,
}

const fn table(
    name: &'static str,
    key: &'static [&'static str],
    columns: &'static [(&'static str, Kind)],
) -> Table {
    Table { name, part: Part::Main, key, columns, only: None }
}

pub(super) const MAIN: &[Table] = &[
    table(
        "profiles",
        &["name", "digest"],
        &[("name", Text), ("digest", Bytes), ("definition", Text), ("templates", Text)],
    ),
    table("current_profiles", &["name"], &[("name", Text), ("digest", Bytes)]),
    table(
        "shared_values",
        &["profile", "site"],
        &[("profile", Text), ("site", Text), ("generation", Int), ("given", Text)],
    ),
    table(
        "hosts",
        &["id"],
        &[
            ("id", Bytes),
            ("name", Text),
            ("site", Text),
            ("profile", Text),
            ("uuid", Bytes),
            ("serial", Text),
            ("spec", Text),
            ("image_generation", Int),
            ("image_key", Bytes),
            ("removed", Int),
            ("image", Text),
            ("earlier_images", Text),
        ],
    ),
    table("host_macs", &["mac"], &[("mac", Bytes), ("host_id", Bytes), ("position", Int)]),
    table(
        "host_addresses",
        &["site", "address"],
        &[("site", Text), ("address", Text), ("host_id", Bytes)],
    ),
    table(
        "host_labels",
        &["host_id", "key"],
        &[("host_id", Bytes), ("key", Text), ("value", Text), ("name", Text)],
    ),
    table("marks", &["id"], &[("id", Bytes), ("host_id", Bytes), ("mark", Text)]),
    table(
        "attempts",
        &["id"],
        &[
            ("id", Bytes),
            ("host_id", Bytes),
            ("mark_id", Bytes),
            ("offered_at", Int),
            ("offers", Int),
            ("counted_at", Int),
            ("claim_id", Bytes),
            ("claimed_at", Int),
            ("claim_by_report", Int),
            ("answered_at", Int),
            ("progress", Text),
            ("deadline", Int),
            ("closed", Text),
            ("claim_from", Text),
            ("outcome", Int),
        ],
    ),
    table(
        "attempt_contents",
        &["attempt_id"],
        &[("attempt_id", Bytes), ("pin", Text), ("terms", Text), ("script", Text)],
    ),
    table(
        "leases",
        &["host_id"],
        &[
            ("host_id", Bytes),
            ("generation", Int),
            ("min_image_generation", Int),
            ("held", Text),
            ("mark_id", Bytes),
            ("attempt_id", Bytes),
            ("mark_expires_at", Int),
            ("last_mark", Text),
            ("loader", Text),
            ("name", Text),
            ("state", Text),
            ("idle_generation", Int),
            ("macs", Text),
            ("uuid", Bytes),
            ("serial", Text),
            ("image_generation", Int),
            ("image_key", Bytes),
            ("earlier_images", Text),
            ("image_tag", Bytes),
            ("protected", Text),
        ],
    ),
    table(
        "claims",
        &["mark_id"],
        &[
            ("mark_id", Bytes),
            ("attempt_id", Bytes),
            ("host_id", Bytes),
            ("claim_id", Bytes),
            ("at", Int),
        ],
    ),
    table(
        "discovered",
        &["host_id"],
        &[
            ("host_id", Bytes),
            ("shown", Text),
            ("origin", Text),
            ("first_seen", Int),
            ("last_seen", Int),
            ("count", Int),
        ],
    ),
    table(
        "accounts",
        &["id"],
        &[("id", Text), ("name", Text), ("generation", Int), ("account", Text)],
    ),
    table(
        "policies",
        &["name"],
        &[("name", Text), ("generation", Int), ("policy", Text), ("meter", Text), ("turns", Int)],
    ),
    table("bindings", &["id"], &[("id", Bytes), ("binding", Text)]),
    table(
        "sessions",
        &["id"],
        &[
            ("id", Bytes),
            ("secret", Bytes),
            ("person", Text),
            ("place", Int),
            ("created_at", Int),
            ("seen_at", Int),
            ("refreshed_at", Int),
            ("proved_at", Int),
            ("expires_at", Int),
            ("known", Text),
            ("origin", Text),
            ("agent", Text),
        ],
    ),
    table(
        "tokens",
        &["id"],
        &[
            ("id", Bytes),
            ("name", Text),
            ("person", Text),
            ("place", Int),
            ("verifier", Bytes),
            ("pepper", Bytes),
            ("limits", Text),
            ("created_at", Int),
            ("used_at", Int),
            ("refreshed_at", Int),
            ("expires_at", Int),
            ("known", Text),
        ],
    ),
    table("accepted_epochs", &["epoch"], &[("epoch", Bytes), ("at", Int)]),
    CHECKPOINTS,
    table(
        "audit_sinks",
        &["chain", "sink"],
        &[("chain", Bytes), ("sink", Bytes), ("generation", Int), ("state", Text)],
    ),
    AUDIT,
];

/// Before the audit, which goes on after them.
pub(super) const CHECKPOINTS: Table = table(
    "audit_checkpoints",
    &["chain"],
    &[("chain", Bytes), ("sequence", Int), ("sealed", Text)],
);

pub(super) const AUDIT: Table = table(
    "audit",
    &["chain", "sequence"],
    &[
        ("chain", Bytes),
        ("sequence", Int),
        ("at", Int),
        ("host_id", Bytes),
        ("action", Text),
        ("text", Text),
        ("hash", Bytes),
    ],
);

/// The events of hosts.
pub(super) const EVENTS: Table = Table {
    name: "boot_events",
    part: Part::Events,
    key: &["id"],
    columns: &[("id", Int), ("at", Int), ("host_id", Bytes), ("alert", Int), ("event", Text)],
    only: Some("host_id IS NOT NULL"),
};

/// Events of who proved nothing, where an older version of the embedded database has put them:
/// among those of hosts, so that their number is their place.
pub(super) const OLD_UNPROVED: Table = Table {
    name: "boot_events",
    part: Part::Events,
    key: &["id"],
    columns: &[("id", Int), ("at", Int), ("alert", Int), ("event", Text)],
    only: Some("host_id IS NULL"),
};

pub(super) const UNPROVED: Table = Table {
    name: "unproved_events",
    part: Part::Events,
    key: &["id"],
    columns: &[("id", Int), ("place", Int), ("at", Int), ("alert", Int), ("event", Text)],
    only: None,
};

/// The one row that is written last. The embedded database also has `lease_writes`, which it counts
/// itself.
pub(super) const META: &[&str] = &["id", "epoch", "checked_at", "suspended"];

/// All columns that a copy has, as table and column.
pub fn copied_columns() -> Vec<(&'static str, &'static str)> {
    let tables = MAIN.iter().chain([&EVENTS, &UNPROVED]);
    let columns =
        tables.flat_map(|table| table.columns.iter().map(|(column, _)| (table.name, *column)));
    columns.chain(META.iter().map(|column| ("meta", *column))).collect()
}
