-- How far each audit chain was forwarded to each sink, as JSON. A sink is the SHA-256 of its
-- definition. The generation is how often it was written.
CREATE TABLE audit_sinks (
    chain      BLOB    NOT NULL CHECK (length(chain) = 16),
    sink       BLOB    NOT NULL CHECK (length(sink) = 32),
    generation INTEGER NOT NULL,
    state      TEXT    NOT NULL,
    PRIMARY KEY (chain, sink)
) STRICT, WITHOUT ROWID;
