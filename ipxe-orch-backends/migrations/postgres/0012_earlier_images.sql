-- Earlier images of a host that still count, with their generations and keys; null without any.
ALTER TABLE hosts ADD COLUMN earlier_images TEXT; -- JSON
