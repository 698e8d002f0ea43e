-- Values of variables that the hosts of a profile share, or those of it at one site; secrets are
-- sealed.
CREATE TABLE shared_values (
    profile    VARCHAR(255) NOT NULL,
    site       VARCHAR(255) NOT NULL, -- '' for all sites
    generation BIGINT       NOT NULL,
    given      LONGTEXT     NOT NULL, -- JSON
    PRIMARY KEY (profile, site)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
