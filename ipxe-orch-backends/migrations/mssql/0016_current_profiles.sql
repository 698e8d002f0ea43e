-- Which version of each profile is the current one. It is stored before; no foreign key says so,
-- because Babelfish cannot compare text in one.
CREATE TABLE current_profiles (
    name   nvarchar(128) COLLATE Latin1_General_BIN2 NOT NULL CONSTRAINT current_profiles_pk PRIMARY KEY,
    digest varbinary(32) NOT NULL
);
