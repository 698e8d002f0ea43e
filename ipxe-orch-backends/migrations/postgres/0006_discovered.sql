-- Machines with a genuine secret whose host was never registered; at most 10,000.
CREATE TABLE discovered (
    host_id    BYTEA  NOT NULL PRIMARY KEY,
    shown      TEXT   NOT NULL, -- JSON
    origin     TEXT   NOT NULL,
    first_seen BIGINT NOT NULL,
    last_seen  BIGINT NOT NULL,
    count      BIGINT NOT NULL
);
CREATE INDEX discovered_by_time ON discovered (last_seen, host_id);
