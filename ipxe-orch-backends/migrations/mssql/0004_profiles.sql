-- Every version that a mark may pin, named by the digest of its files.
CREATE TABLE profiles (
    name       nvarchar(128) COLLATE Latin1_General_BIN2 NOT NULL,
    digest     varbinary(32) NOT NULL,
    definition nvarchar(max) COLLATE Latin1_General_BIN2 NOT NULL,
    templates  nvarchar(max) COLLATE Latin1_General_BIN2 NOT NULL, -- JSON
    CONSTRAINT profiles_pk PRIMARY KEY (name, digest)
);
