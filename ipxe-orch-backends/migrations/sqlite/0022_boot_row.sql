-- What a boot request of an idle host is compared with stands in the row of its lease, so that it
-- is one short row to read. These columns hold while `idle_generation` is the lease's generation:
-- a program of a version that does not know them makes the next generation, and whoever reads then
-- reads the whole host.
ALTER TABLE leases ADD COLUMN idle_generation INTEGER;
ALTER TABLE leases ADD COLUMN macs TEXT; -- hexadecimal digits, one after another
ALTER TABLE leases ADD COLUMN uuid BLOB;
ALTER TABLE leases ADD COLUMN serial TEXT;
ALTER TABLE leases ADD COLUMN image_generation INTEGER;
ALTER TABLE leases ADD COLUMN image_key BLOB;
ALTER TABLE leases ADD COLUMN earlier_images TEXT; -- JSON
ALTER TABLE leases ADD COLUMN image_tag BLOB;
UPDATE leases SET uuid = h.uuid, serial = h.serial,
        image_generation = h.image_generation, image_key = h.image_key,
        earlier_images = h.earlier_images, image_tag = unhex(h.image ->> 'tag'),
        macs = (SELECT coalesce(group_concat(lower(hex(m.mac)), ''), '')
                FROM host_macs m WHERE m.host_id = h.id)
    FROM hosts h WHERE h.id = leases.host_id AND h.removed = 0;
UPDATE leases SET idle_generation = generation
    WHERE name IS NOT NULL AND mark_id IS NULL AND NOT EXISTS
        (SELECT 1 FROM attempts a WHERE a.id = leases.attempt_id AND a.outcome IS NULL);
