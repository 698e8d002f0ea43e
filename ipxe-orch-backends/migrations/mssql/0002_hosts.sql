-- Ids are the 16 bytes of a UUID, times milliseconds since 1970 by the server's clock.
CREATE TABLE hosts (
    id               varbinary(16) NOT NULL CONSTRAINT hosts_pk PRIMARY KEY,
    name             nvarchar(255) COLLATE Latin1_General_BIN2 NOT NULL CONSTRAINT hosts_name UNIQUE,
    site             nvarchar(128) COLLATE Latin1_General_BIN2 NULL,
    profile          nvarchar(128) COLLATE Latin1_General_BIN2 NULL,
    uuid             varbinary(16) NULL,
    serial           nvarchar(255) COLLATE Latin1_General_BIN2 NULL,
    spec             nvarchar(max) COLLATE Latin1_General_BIN2 NOT NULL, -- JSON, the truth; the columns above are for finding
    image_generation bigint        NOT NULL,
    image_key        varbinary(4)  NULL,
    -- A removed host keeps its id, so that it is not used again; its name is `!` and its id then.
    removed          bigint        NOT NULL CONSTRAINT hosts_removed_default DEFAULT 0
                                            CONSTRAINT hosts_removed CHECK (removed IN (0, 1))
);
CREATE INDEX hosts_by_site ON hosts (site, name);
CREATE INDEX hosts_by_profile ON hosts (profile, name);
CREATE INDEX hosts_by_uuid ON hosts (uuid);
CREATE INDEX hosts_by_serial ON hosts (serial);

CREATE TABLE host_macs (
    mac      varbinary(6)  NOT NULL CONSTRAINT host_macs_pk PRIMARY KEY,
    host_id  varbinary(16) NOT NULL CONSTRAINT host_macs_host REFERENCES hosts (id),
    position bigint        NOT NULL
);
CREATE INDEX host_macs_by_host ON host_macs (host_id);

-- The site is '' for a host without one, so that their addresses are unique, too.
CREATE TABLE host_addresses (
    site    nvarchar(128) COLLATE Latin1_General_BIN2 NOT NULL,
    address nvarchar(45)  COLLATE Latin1_General_BIN2 NOT NULL,
    host_id varbinary(16) NOT NULL CONSTRAINT host_addresses_host REFERENCES hosts (id),
    CONSTRAINT host_addresses_pk PRIMARY KEY (site, address)
);
CREATE INDEX host_addresses_by_host ON host_addresses (host_id);

CREATE TABLE host_labels (
    host_id varbinary(16) NOT NULL CONSTRAINT host_labels_host REFERENCES hosts (id),
    "key"   nvarchar(128) COLLATE Latin1_General_BIN2 NOT NULL,
    value   nvarchar(128) COLLATE Latin1_General_BIN2 NOT NULL,
    CONSTRAINT host_labels_pk PRIMARY KEY (host_id, "key")
);
CREATE INDEX host_labels_by_value ON host_labels ("key", value, host_id);
