-- Ids are the 16 bytes of a UUID, times milliseconds since 1970 by the server's clock.
CREATE TABLE hosts (
    id               BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    name             TEXT    NOT NULL UNIQUE,
    site             TEXT,
    profile          TEXT,
    uuid             BLOB,
    serial           TEXT,
    spec             TEXT    NOT NULL, -- JSON, the truth; the columns above are for finding
    image_generation INTEGER NOT NULL,
    image_key        BLOB,
    -- A removed host keeps its id, so that it is not used again; its name is `!` and its id then.
    removed          INTEGER NOT NULL DEFAULT 0 CHECK (removed IN (0, 1))
) STRICT;
CREATE INDEX hosts_by_site ON hosts (site, name);
CREATE INDEX hosts_by_profile ON hosts (profile, name);
CREATE INDEX hosts_by_uuid ON hosts (uuid);
CREATE INDEX hosts_by_serial ON hosts (serial);

CREATE TABLE host_macs (
    mac      BLOB    NOT NULL PRIMARY KEY CHECK (length(mac) = 6),
    host_id  BLOB    NOT NULL REFERENCES hosts (id),
    position INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX host_macs_by_host ON host_macs (host_id);

-- The site is '' for a host without one, so that their addresses are unique, too.
CREATE TABLE host_addresses (
    site    TEXT NOT NULL,
    address TEXT NOT NULL,
    host_id BLOB NOT NULL REFERENCES hosts (id),
    PRIMARY KEY (site, address)
) STRICT, WITHOUT ROWID;
CREATE INDEX host_addresses_by_host ON host_addresses (host_id);

CREATE TABLE host_labels (
    host_id BLOB NOT NULL REFERENCES hosts (id),
    key     TEXT NOT NULL,
    value   TEXT NOT NULL,
    PRIMARY KEY (host_id, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX host_labels_by_value ON host_labels (key, value, host_id);
