-- Values of variables that the hosts of a profile share, or those of it at one site; secrets are
-- sealed.
CREATE TABLE shared_values (
    profile    TEXT    NOT NULL,
    site       TEXT    NOT NULL, -- '' for all sites
    generation INTEGER NOT NULL,
    given      TEXT    NOT NULL, -- JSON
    PRIMARY KEY (profile, site)
) STRICT;
