-- The epochs in whose place an operator accepted this database.
CREATE TABLE accepted_epochs (
    epoch BINARY(16) NOT NULL PRIMARY KEY,
    at    BIGINT     NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- When a server last checked that the database takes writes.
ALTER TABLE meta ADD COLUMN checked_at BIGINT NOT NULL DEFAULT 0;
