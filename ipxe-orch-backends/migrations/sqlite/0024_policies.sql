-- A protected host is marked by two persons.
ALTER TABLE leases ADD COLUMN protected TEXT; -- JSON

-- What is wanted of installs. `meter` is what was armed under the limit of a policy, and `turns` how
-- often that was written.
CREATE TABLE policies (
    name       TEXT    NOT NULL PRIMARY KEY,
    generation INTEGER NOT NULL,
    policy     TEXT    NOT NULL, -- JSON
    meter      TEXT    NOT NULL, -- JSON
    turns      INTEGER NOT NULL
) STRICT;
