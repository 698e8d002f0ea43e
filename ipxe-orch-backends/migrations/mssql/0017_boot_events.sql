-- Boot events. They are written in batches of their own, and none waits for them.
CREATE TABLE boot_events (
    id      bigint        NOT NULL IDENTITY CONSTRAINT boot_events_pk PRIMARY KEY,
    at      bigint        NOT NULL,
    host_id varbinary(16) NOT NULL,
    alert   bigint        NOT NULL,
    event   nvarchar(max) COLLATE Latin1_General_BIN2 NOT NULL -- JSON
);
CREATE INDEX boot_events_by_time ON boot_events (at, id);
CREATE INDEX boot_events_by_host ON boot_events (host_id, at, id);
CREATE INDEX boot_events_by_alert ON boot_events (alert, at, id);

-- Events of who proved nothing, kept apart. `place`: after which of the others it came.
CREATE TABLE unproved_events (
    id    bigint        NOT NULL IDENTITY CONSTRAINT unproved_events_pk PRIMARY KEY,
    place bigint        NOT NULL,
    at    bigint        NOT NULL,
    alert bigint        NOT NULL,
    event nvarchar(max) COLLATE Latin1_General_BIN2 NOT NULL -- JSON
);
CREATE INDEX unproved_events_by_time ON unproved_events (at, id);
