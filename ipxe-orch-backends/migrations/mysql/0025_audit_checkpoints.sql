-- The oldest part of an audit chain may be removed. The last removed entry, as JSON with a seal;
-- the columns before it repeat what is searched for.
CREATE TABLE audit_checkpoints (
    chain    BINARY(16) NOT NULL PRIMARY KEY,
    sequence BIGINT     NOT NULL,
    sealed   LONGTEXT   NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
