-- Values of variables that the hosts of a profile share, or those of it at one site; secrets are
-- sealed.
CREATE TABLE shared_values (
    profile    TEXT COLLATE "C" NOT NULL,
    site       TEXT COLLATE "C" NOT NULL, -- '' for all sites
    generation BIGINT           NOT NULL,
    given      TEXT             NOT NULL, -- JSON
    PRIMARY KEY (profile, site)
);
