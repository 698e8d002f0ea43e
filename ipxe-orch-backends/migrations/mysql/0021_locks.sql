-- Counts up when a transaction must keep others from changing the host. Locks of rows would not do on a
-- cluster of several nodes: there, of two that write one row, one is rolled back.
ALTER TABLE leases ADD COLUMN locks BIGINT NOT NULL DEFAULT 0;
