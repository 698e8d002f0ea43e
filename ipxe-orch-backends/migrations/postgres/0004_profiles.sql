-- Every version that a mark may pin, named by the digest of its files.
CREATE TABLE profiles (
    name       TEXT COLLATE "C" NOT NULL,
    digest     BYTEA            NOT NULL,
    definition TEXT             NOT NULL,
    templates  TEXT             NOT NULL, -- JSON
    PRIMARY KEY (name, digest)
);
