-- The UEFI loader that the last install which is done has named; null if it named none.
ALTER TABLE leases ADD loader nvarchar(1024) COLLATE Latin1_General_BIN2 NULL;
