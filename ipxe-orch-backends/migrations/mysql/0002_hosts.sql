-- Ids are the 16 bytes of a UUID, times milliseconds since 1970 by the server's clock.
CREATE TABLE hosts (
    id               BINARY(16)   NOT NULL PRIMARY KEY,
    name             VARCHAR(255) NOT NULL UNIQUE,
    site             VARCHAR(255),
    profile          VARCHAR(255),
    uuid             BINARY(16),
    serial           VARCHAR(255),
    spec             LONGTEXT     NOT NULL, -- JSON, the truth; the columns above are for finding
    image_generation BIGINT       NOT NULL,
    image_key        BINARY(4),
    -- A removed host keeps its id, so that it is not used again; its name is `!` and its id then.
    removed          BIGINT       NOT NULL DEFAULT 0 CHECK (removed IN (0, 1)),
    INDEX hosts_by_site (site, name),
    INDEX hosts_by_profile (profile, name),
    INDEX hosts_by_uuid (uuid),
    INDEX hosts_by_serial (serial)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE host_macs (
    mac      BINARY(6)  NOT NULL PRIMARY KEY,
    host_id  BINARY(16) NOT NULL,
    position BIGINT     NOT NULL,
    FOREIGN KEY (host_id) REFERENCES hosts (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- The site is '' for a host without one, so that their addresses are unique, too.
CREATE TABLE host_addresses (
    site    VARCHAR(255) NOT NULL,
    address VARCHAR(45)  NOT NULL,
    host_id BINARY(16)   NOT NULL,
    PRIMARY KEY (site, address),
    FOREIGN KEY (host_id) REFERENCES hosts (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE host_labels (
    host_id BINARY(16)   NOT NULL,
    "key"   VARCHAR(255) NOT NULL,
    value   VARCHAR(255) NOT NULL,
    PRIMARY KEY (host_id, "key"),
    INDEX host_labels_by_value ("key", value, host_id),
    FOREIGN KEY (host_id) REFERENCES hosts (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
