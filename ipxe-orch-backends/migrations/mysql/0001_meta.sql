-- What there is once. The epoch changes with a restore.
CREATE TABLE meta (
    id    BIGINT     NOT NULL PRIMARY KEY CHECK (id = 1),
    epoch BINARY(16) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
