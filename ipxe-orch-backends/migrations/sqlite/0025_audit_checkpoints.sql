-- The oldest part of an audit chain may be removed. The last removed entry, as JSON with a seal;
-- the columns before it repeat what is searched for.
CREATE TABLE audit_checkpoints (
    chain    BLOB    NOT NULL PRIMARY KEY CHECK (length(chain) = 16),
    sequence INTEGER NOT NULL,
    sealed   TEXT    NOT NULL
) STRICT, WITHOUT ROWID;
