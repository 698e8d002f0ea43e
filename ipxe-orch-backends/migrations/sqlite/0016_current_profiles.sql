-- Which version of each profile is the current one.
DROP INDEX current_profiles;
CREATE TABLE current_profiles (
    name   TEXT NOT NULL PRIMARY KEY,
    digest BLOB NOT NULL CHECK (length(digest) = 32),
    FOREIGN KEY (name, digest) REFERENCES profiles (name, digest)
) STRICT, WITHOUT ROWID;
INSERT INTO current_profiles (name, digest) SELECT name, digest FROM profiles WHERE current = 1;
ALTER TABLE profiles DROP COLUMN current;
