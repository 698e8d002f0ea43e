-- How far each audit chain was forwarded to each sink, as JSON. A sink is the SHA-256 of its
-- definition. The generation is how often it was written.
CREATE TABLE audit_sinks (
    chain      BINARY(16) NOT NULL,
    sink       BINARY(32) NOT NULL,
    generation BIGINT     NOT NULL,
    state      LONGTEXT   NOT NULL,
    PRIMARY KEY (chain, sink)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
