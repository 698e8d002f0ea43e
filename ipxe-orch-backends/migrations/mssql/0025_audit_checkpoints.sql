-- The oldest part of an audit chain may be removed. The last removed entry, as JSON with a seal;
-- the columns before it repeat what is searched for.
CREATE TABLE audit_checkpoints (
    chain    varbinary(16) NOT NULL CONSTRAINT audit_checkpoints_pk PRIMARY KEY,
    sequence bigint        NOT NULL,
    sealed   nvarchar(max) COLLATE Latin1_General_BIN2 NOT NULL -- JSON
);
