-- What happened at boot. It decides nothing.
CREATE TABLE boot_events (
    id      INTEGER NOT NULL PRIMARY KEY,
    at      INTEGER NOT NULL,
    host_id BLOB,
    event   TEXT    NOT NULL -- JSON
) STRICT;
CREATE INDEX boot_events_by_time ON boot_events (at);
CREATE INDEX boot_events_by_host ON boot_events (host_id, at);
