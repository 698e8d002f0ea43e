-- Machines with a genuine secret whose host was never registered; at most 10,000.
CREATE TABLE discovered (
    host_id    BLOB    NOT NULL PRIMARY KEY CHECK (length(host_id) = 16),
    shown      TEXT    NOT NULL, -- JSON
    origin     TEXT    NOT NULL,
    first_seen INTEGER NOT NULL,
    last_seen  INTEGER NOT NULL,
    count      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX discovered_by_time ON discovered (last_seen, host_id);
