-- Machines with a genuine secret whose host was never registered; at most 10,000.
CREATE TABLE discovered (
    host_id    BINARY(16) NOT NULL PRIMARY KEY,
    shown      LONGTEXT   NOT NULL, -- JSON
    origin     LONGTEXT   NOT NULL,
    first_seen BIGINT     NOT NULL,
    last_seen  BIGINT     NOT NULL,
    count      BIGINT     NOT NULL,
    INDEX discovered_by_time (last_seen, host_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
