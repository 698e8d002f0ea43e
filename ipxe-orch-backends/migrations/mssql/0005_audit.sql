-- One hash chain per data directory. The text is JSON as it was hashed; the columns before it
-- repeat what is searched for.
CREATE TABLE audit (
    chain    varbinary(16) NOT NULL,
    sequence bigint        NOT NULL,
    at       bigint        NOT NULL,
    host_id  varbinary(16) NULL,
    action   nvarchar(255) COLLATE Latin1_General_BIN2 NOT NULL,
    text     nvarchar(max) COLLATE Latin1_General_BIN2 NOT NULL,
    hash     varbinary(32) NOT NULL,
    CONSTRAINT audit_pk PRIMARY KEY (chain, sequence)
);
CREATE INDEX audit_by_host ON audit (host_id, at);
