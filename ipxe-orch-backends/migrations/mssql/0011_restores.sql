-- The epochs in whose place an operator accepted this database.
CREATE TABLE accepted_epochs (
    epoch varbinary(16) NOT NULL CONSTRAINT accepted_epochs_pk PRIMARY KEY,
    at    bigint        NOT NULL
);

-- When a server last checked that the database takes writes.
ALTER TABLE meta ADD checked_at bigint NOT NULL CONSTRAINT meta_checked_at_default DEFAULT 0;
