-- The epochs in whose place an operator accepted this database.
CREATE TABLE accepted_epochs (
    epoch BYTEA  NOT NULL PRIMARY KEY,
    at    BIGINT NOT NULL
);

-- When a server last checked that the database takes writes.
ALTER TABLE meta ADD COLUMN checked_at BIGINT NOT NULL DEFAULT 0;
