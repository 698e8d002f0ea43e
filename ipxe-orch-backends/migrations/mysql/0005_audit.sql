-- One hash chain per data directory. The text is JSON as it was hashed; the columns before it
-- repeat what is searched for.
CREATE TABLE audit (
    chain    BINARY(16)   NOT NULL,
    sequence BIGINT       NOT NULL,
    at       BIGINT       NOT NULL,
    host_id  BINARY(16),
    action   VARCHAR(255) NOT NULL,
    text     LONGTEXT     NOT NULL,
    hash     BINARY(32)   NOT NULL,
    PRIMARY KEY (chain, sequence),
    INDEX audit_by_host (host_id, at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
