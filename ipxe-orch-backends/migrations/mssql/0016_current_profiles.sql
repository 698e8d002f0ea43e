-- Which version of each profile is the current one.
CREATE TABLE current_profiles (
    name   nvarchar(128) COLLATE Latin1_General_BIN2 NOT NULL CONSTRAINT current_profiles_pk PRIMARY KEY,
    digest binary(32) NOT NULL,
    CONSTRAINT current_profiles_version FOREIGN KEY (name, digest) REFERENCES profiles (name, digest)
);
