-- What a boot request of an idle host is compared with stands in the row of its lease, so that it
-- is one short row to read. These columns hold while `idle_generation` is the lease's generation:
-- a program of a version that does not know them makes the next generation, and whoever reads then
-- reads the whole host.
ALTER TABLE leases ADD COLUMN idle_generation BIGINT;
ALTER TABLE leases ADD COLUMN macs TEXT; -- hexadecimal digits, one after another
ALTER TABLE leases ADD COLUMN uuid BYTEA;
ALTER TABLE leases ADD COLUMN serial TEXT COLLATE "C";
ALTER TABLE leases ADD COLUMN image_generation BIGINT;
ALTER TABLE leases ADD COLUMN image_key BYTEA;
ALTER TABLE leases ADD COLUMN earlier_images TEXT; -- JSON
ALTER TABLE leases ADD COLUMN image_tag BYTEA;
UPDATE leases SET uuid = h.uuid, serial = h.serial,
        image_generation = h.image_generation, image_key = h.image_key,
        earlier_images = h.earlier_images,
        image_tag = decode(CAST(h.image AS JSON) ->> 'tag', 'hex'),
        macs = (SELECT coalesce(string_agg(encode(m.mac, 'hex'), ''), '')
                FROM host_macs m WHERE m.host_id = h.id)
    FROM hosts h WHERE h.id = leases.host_id AND h.removed = 0;
UPDATE leases SET idle_generation = generation
    WHERE name IS NOT NULL AND mark_id IS NULL AND NOT EXISTS
        (SELECT 1 FROM attempts a WHERE a.id = leases.attempt_id AND a.outcome IS NULL);
