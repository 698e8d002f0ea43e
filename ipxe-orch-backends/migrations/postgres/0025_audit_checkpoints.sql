-- The oldest part of an audit chain may be removed. The last removed entry, as JSON with a seal;
-- the columns before it repeat what is searched for.
CREATE TABLE audit_checkpoints (
    chain    BYTEA  NOT NULL PRIMARY KEY,
    sequence BIGINT NOT NULL,
    sealed   TEXT   NOT NULL
);
