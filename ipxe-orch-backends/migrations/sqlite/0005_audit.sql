-- One hash chain per data directory. The text is JSON as it was hashed; the columns before it
-- repeat what is searched for.
CREATE TABLE audit (
    chain    BLOB    NOT NULL CHECK (length(chain) = 16),
    sequence INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    host_id  BLOB,
    action   TEXT    NOT NULL,
    text     TEXT    NOT NULL,
    hash     BLOB    NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (chain, sequence)
) STRICT, WITHOUT ROWID;
CREATE INDEX audit_by_host ON audit (host_id, at);
