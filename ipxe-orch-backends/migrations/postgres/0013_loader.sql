-- The UEFI loader that the last install which is done has named; null if it named none.
ALTER TABLE leases ADD COLUMN loader TEXT COLLATE "C";
