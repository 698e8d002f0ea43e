-- Every version that a mark may pin, named by the digest of its files.
CREATE TABLE profiles (
    name       TEXT    NOT NULL,
    digest     BLOB    NOT NULL CHECK (length(digest) = 32),
    definition TEXT    NOT NULL,
    templates  TEXT    NOT NULL, -- JSON
    current    INTEGER NOT NULL CHECK (current IN (0, 1)),
    PRIMARY KEY (name, digest)
) STRICT;
CREATE UNIQUE INDEX current_profiles ON profiles (name) WHERE current = 1;
