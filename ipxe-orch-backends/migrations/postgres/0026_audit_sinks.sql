-- How far each audit chain was forwarded to each sink, as JSON. A sink is the SHA-256 of its
-- definition. The generation is how often it was written.
CREATE TABLE audit_sinks (
    chain      BYTEA  NOT NULL,
    sink       BYTEA  NOT NULL,
    generation BIGINT NOT NULL,
    state      TEXT   NOT NULL,
    PRIMARY KEY (chain, sink)
);
