-- Alerts can be asked for alone; they are few, so that only they are in the index.
ALTER TABLE boot_events ADD COLUMN alert INTEGER NOT NULL DEFAULT 0 CHECK (alert IN (0, 1));
UPDATE boot_events SET alert = 1 WHERE json_extract(event, '$.alert');
CREATE INDEX boot_events_alerts ON boot_events (at) WHERE alert = 1;
PRAGMA user_version = 2;
