-- A protected host is marked by two persons.
ALTER TABLE leases ADD COLUMN protected LONGTEXT; -- JSON

-- What is wanted of installs. `meter` is what was armed under the limit of a policy, and `turns` how
-- often that was written.
CREATE TABLE policies (
    name       VARCHAR(300) NOT NULL PRIMARY KEY,
    generation BIGINT       NOT NULL,
    policy     LONGTEXT     NOT NULL, -- JSON
    meter      LONGTEXT     NOT NULL, -- JSON
    turns      BIGINT       NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
