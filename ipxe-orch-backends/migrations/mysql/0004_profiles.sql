-- Every version that a mark may pin, named by the digest of its files.
CREATE TABLE profiles (
    name       VARCHAR(255) NOT NULL,
    digest     BINARY(32)   NOT NULL,
    definition LONGTEXT     NOT NULL,
    templates  LONGTEXT     NOT NULL, -- JSON
    PRIMARY KEY (name, digest)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
