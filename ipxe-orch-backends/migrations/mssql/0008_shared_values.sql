-- Values of variables that the hosts of a profile share, or those of it at one site; secrets are
-- sealed.
CREATE TABLE shared_values (
    profile    nvarchar(128) COLLATE Latin1_General_BIN2 NOT NULL,
    site       nvarchar(128) COLLATE Latin1_General_BIN2 NOT NULL, -- '' for all sites
    generation bigint        NOT NULL,
    given      nvarchar(max) COLLATE Latin1_General_BIN2 NOT NULL, -- JSON
    CONSTRAINT shared_values_pk PRIMARY KEY (profile, site)
);
