-- One hash chain per data directory. The text is JSON as it was hashed; the columns before it
-- repeat what is searched for.
CREATE TABLE audit (
    chain    BYTEA            NOT NULL,
    sequence BIGINT           NOT NULL,
    at       BIGINT           NOT NULL,
    host_id  BYTEA,
    action   TEXT COLLATE "C" NOT NULL,
    text     TEXT             NOT NULL,
    hash     BYTEA            NOT NULL,
    PRIMARY KEY (chain, sequence)
);
CREATE INDEX audit_by_host ON audit (host_id, at);
