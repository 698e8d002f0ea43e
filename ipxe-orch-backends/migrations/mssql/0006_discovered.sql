-- Machines with a genuine secret whose host was never registered; at most 10,000.
CREATE TABLE discovered (
    host_id    varbinary(16) NOT NULL CONSTRAINT discovered_pk PRIMARY KEY,
    shown      nvarchar(max) COLLATE Latin1_General_BIN2 NOT NULL, -- JSON
    origin     nvarchar(max) COLLATE Latin1_General_BIN2 NOT NULL,
    first_seen bigint        NOT NULL,
    last_seen  bigint        NOT NULL,
    count      bigint        NOT NULL
);
CREATE INDEX discovered_by_time ON discovered (last_seen, host_id);
