-- What a boot request of an idle host is compared with stands in the row of its lease, so that it
-- is one short row to read. These columns hold while `idle_generation` is the lease's generation:
-- a program of a version that does not know them makes the next generation, and whoever reads then
-- reads the whole host. The values of a host that is there come with its next write.
ALTER TABLE leases ADD idle_generation bigint NULL;
ALTER TABLE leases ADD macs nvarchar(max) COLLATE Latin1_General_BIN2 NULL; -- hexadecimal digits, one after another
ALTER TABLE leases ADD uuid binary(16) NULL;
ALTER TABLE leases ADD serial nvarchar(255) COLLATE Latin1_General_BIN2 NULL;
ALTER TABLE leases ADD image_generation bigint NULL;
ALTER TABLE leases ADD image_key binary(4) NULL;
ALTER TABLE leases ADD earlier_images nvarchar(max) COLLATE Latin1_General_BIN2 NULL; -- JSON
ALTER TABLE leases ADD image_tag binary(4) NULL;
