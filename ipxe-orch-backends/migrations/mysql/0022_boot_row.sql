-- What a boot request of an idle host is compared with stands in the row of its lease, so that it
-- is one short row to read. These columns hold while `idle_generation` is the lease's generation:
-- a program of a version that does not know them makes the next generation, and whoever reads then
-- reads the whole host.
ALTER TABLE leases
    ADD COLUMN idle_generation BIGINT,
    ADD COLUMN macs TEXT, -- hexadecimal digits, one after another
    ADD COLUMN uuid BINARY(16),
    ADD COLUMN serial VARCHAR(255),
    ADD COLUMN image_generation BIGINT,
    ADD COLUMN image_key BINARY(4),
    ADD COLUMN earlier_images LONGTEXT, -- JSON
    ADD COLUMN image_tag BINARY(4);
UPDATE leases l JOIN hosts h ON h.id = l.host_id AND h.removed = 0
    SET l.uuid = h.uuid, l.serial = h.serial,
        l.image_generation = h.image_generation, l.image_key = h.image_key,
        l.earlier_images = h.earlier_images,
        l.image_tag = UNHEX(JSON_UNQUOTE(JSON_EXTRACT(h.image, '$.tag'))),
        l.macs = (SELECT COALESCE(GROUP_CONCAT(LOWER(HEX(m.mac)) SEPARATOR ''), '')
                  FROM host_macs m WHERE m.host_id = h.id);
UPDATE leases l SET l.idle_generation = l.generation
    WHERE l.name IS NOT NULL AND l.mark_id IS NULL AND NOT EXISTS
        (SELECT 1 FROM attempts a WHERE a.id = l.attempt_id AND a.outcome IS NULL);
