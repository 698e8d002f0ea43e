-- What happened at boot, in a file of its own. It decides nothing.
CREATE TABLE IF NOT EXISTS boot_events (
    id      INTEGER NOT NULL PRIMARY KEY,
    at      INTEGER NOT NULL,
    host_id BLOB,
    event   TEXT    NOT NULL -- JSON
) STRICT;
CREATE INDEX IF NOT EXISTS boot_events_by_time ON boot_events (at);
CREATE INDEX IF NOT EXISTS boot_events_by_host ON boot_events (host_id, at);
PRAGMA user_version = 1;
