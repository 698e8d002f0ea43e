-- Which version of each profile is the current one.
CREATE TABLE current_profiles (
    name   VARCHAR(255) NOT NULL PRIMARY KEY,
    digest BINARY(32)   NOT NULL,
    FOREIGN KEY (name, digest) REFERENCES profiles (name, digest)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
