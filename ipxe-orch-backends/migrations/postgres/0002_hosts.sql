-- Ids are the 16 bytes of a UUID, times milliseconds since 1970 by the server's clock.
CREATE TABLE hosts (
    id               BYTEA            NOT NULL PRIMARY KEY,
    name             TEXT COLLATE "C" NOT NULL UNIQUE,
    site             TEXT COLLATE "C",
    profile          TEXT COLLATE "C",
    uuid             BYTEA,
    serial           TEXT COLLATE "C",
    spec             TEXT             NOT NULL, -- JSON, the truth; the columns above are for finding
    image_generation BIGINT           NOT NULL,
    image_key        BYTEA,
    -- A removed host keeps its id, so that it is not used again; its name is `!` and its id then.
    removed          BIGINT           NOT NULL DEFAULT 0 CHECK (removed IN (0, 1))
);
CREATE INDEX hosts_by_site ON hosts (site, name);
CREATE INDEX hosts_by_profile ON hosts (profile, name);
CREATE INDEX hosts_by_uuid ON hosts (uuid);
CREATE INDEX hosts_by_serial ON hosts (serial);

CREATE TABLE host_macs (
    mac      BYTEA  NOT NULL PRIMARY KEY,
    host_id  BYTEA  NOT NULL,
    position BIGINT NOT NULL,
    FOREIGN KEY (host_id) REFERENCES hosts (id)
);
CREATE INDEX host_macs_by_host ON host_macs (host_id);

-- The site is '' for a host without one, so that their addresses are unique, too.
CREATE TABLE host_addresses (
    site    TEXT COLLATE "C" NOT NULL,
    address TEXT COLLATE "C" NOT NULL,
    host_id BYTEA            NOT NULL,
    PRIMARY KEY (site, address),
    FOREIGN KEY (host_id) REFERENCES hosts (id)
);
CREATE INDEX host_addresses_by_host ON host_addresses (host_id);

CREATE TABLE host_labels (
    host_id BYTEA            NOT NULL,
    "key"   TEXT COLLATE "C" NOT NULL,
    value   TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (host_id, "key"),
    FOREIGN KEY (host_id) REFERENCES hosts (id)
);
CREATE INDEX host_labels_by_value ON host_labels ("key", value, host_id);
