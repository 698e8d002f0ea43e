-- What there is once. The epoch changes with a restore.
CREATE TABLE meta (
    id    BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    epoch BYTEA  NOT NULL
);
