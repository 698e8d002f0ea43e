-- Boot events. They are written in batches of their own, and none waits for them.
CREATE TABLE boot_events (
    id      BIGINT     NOT NULL PRIMARY KEY AUTO_INCREMENT,
    at      BIGINT     NOT NULL,
    host_id BINARY(16) NOT NULL,
    alert   BIGINT     NOT NULL,
    event   LONGTEXT   NOT NULL, -- JSON
    INDEX boot_events_by_time (at, id),
    INDEX boot_events_by_host (host_id, at, id),
    INDEX boot_events_by_alert (alert, at, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Events of who proved nothing, kept apart. `place`: after which of the others it came.
CREATE TABLE unproved_events (
    id    BIGINT   NOT NULL PRIMARY KEY AUTO_INCREMENT,
    place BIGINT   NOT NULL,
    at    BIGINT   NOT NULL,
    alert BIGINT   NOT NULL,
    event LONGTEXT NOT NULL, -- JSON
    INDEX unproved_events_by_time (at, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
