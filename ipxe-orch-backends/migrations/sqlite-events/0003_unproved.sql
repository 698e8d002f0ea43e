-- Events of who proved nothing, apart from those of hosts, so that they cannot displace them. Those
-- that an older version wrote stay where they are.
CREATE TABLE unproved_events (
    id    INTEGER NOT NULL PRIMARY KEY,
    place INTEGER NOT NULL, -- the last id of boot_events when it was recorded
    at    INTEGER NOT NULL,
    alert INTEGER NOT NULL CHECK (alert IN (0, 1)),
    event TEXT    NOT NULL -- JSON
) STRICT;
CREATE INDEX unproved_events_by_time ON unproved_events (at);
PRAGMA user_version = 3;
