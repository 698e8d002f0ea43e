-- Earlier images of a host that still count, with their generations and keys; null without any.
ALTER TABLE hosts ADD earlier_images nvarchar(max) COLLATE Latin1_General_BIN2 NULL; -- JSON
