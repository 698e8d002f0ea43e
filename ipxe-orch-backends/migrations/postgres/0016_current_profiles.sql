-- Which version of each profile is the current one.
CREATE TABLE current_profiles (
    name   TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    digest BYTEA            NOT NULL,
    FOREIGN KEY (name, digest) REFERENCES profiles (name, digest)
);
