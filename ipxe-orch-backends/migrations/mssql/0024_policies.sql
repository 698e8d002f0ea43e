-- A protected host is marked by two persons.
ALTER TABLE leases ADD protected nvarchar(max) COLLATE Latin1_General_BIN2 NULL; -- JSON

-- What is wanted of installs. `meter` is what was armed under the limit of a policy, and `turns` how
-- often that was written.
CREATE TABLE policies (
    name       nvarchar(300) COLLATE Latin1_General_BIN2 NOT NULL CONSTRAINT policies_pk PRIMARY KEY,
    generation bigint                                    NOT NULL,
    policy     nvarchar(max) COLLATE Latin1_General_BIN2 NOT NULL, -- JSON
    meter      nvarchar(max) COLLATE Latin1_General_BIN2 NOT NULL, -- JSON
    turns      bigint                                    NOT NULL
);
