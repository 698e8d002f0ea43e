-- How far each audit chain was forwarded to each sink, as JSON. A sink is the SHA-256 of its
-- definition. The generation is how often it was written.
CREATE TABLE audit_sinks (
    chain      varbinary(16) NOT NULL,
    sink       varbinary(32) NOT NULL,
    generation bigint        NOT NULL,
    state      nvarchar(max) COLLATE Latin1_General_BIN2 NOT NULL,
    CONSTRAINT audit_sinks_pk PRIMARY KEY (chain, sink)
);
