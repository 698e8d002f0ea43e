-- How the last mark ended that was never claimed; null once there is a new one.
ALTER TABLE leases ADD last_mark nvarchar(max) COLLATE Latin1_General_BIN2 NULL; -- JSON
