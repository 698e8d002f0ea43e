//! Where the databases write SQL in different ways.
//!
//! A statement outside of this file, of a driver's folder and of its migrations is understood by
//! every database: no row values, no `LIMIT`, no `ON CONFLICT`, no numbered places, no operators on
//! JSON, no conditions as columns of a result. Names that a database keeps for itself stand in `"`.

use super::statement::Statement;

/// The language of a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Dialect {
    /// SQLite.
    Sqlite,
    /// SQL Server.
    Mssql,
    /// MySQL and MariaDB.
    Mysql,
    /// PostgreSQL.
    Postgres,
}

impl Dialect {
    /// Appends what gives at most `rows` rows after the first `skip` ones. The text before ends with
    /// its `ORDER BY`. There is at least one row to ask for: SQL Server refuses to look for none.
    pub(super) fn push_page(self, statement: &mut Statement, rows: i64, skip: i64) {
        match self {
            Self::Sqlite | Self::Mysql | Self::Postgres => {
                statement.push(" LIMIT ").push_bind(rows);
                if skip > 0 {
                    statement.push(" OFFSET ").push_bind(skip);
                }
            }
            Self::Mssql => {
                statement.push(" OFFSET ").push_bind(skip).push(" ROWS FETCH NEXT ");
                statement.push_bind(rows).push(" ROWS ONLY");
            }
        }
    }

    /// What stands between the values of a `SELECT` without a table and its `WHERE`.
    pub(super) const fn no_table(self) -> &'static str {
        match self {
            Self::Sqlite | Self::Mssql | Self::Postgres => "",
            Self::Mysql => " FROM DUAL",
        }
    }

    /// Gives the last entry of each audit chain. Looks at the ends of the chains alone, however long
    /// they are.
    pub(super) const fn ends_of_chains(self) -> &'static str {
        match self {
            Self::Sqlite | Self::Mysql => {
                "WITH RECURSIVE chains (chain) AS (SELECT min(chain) FROM audit UNION ALL \
                 SELECT (SELECT min(a.chain) FROM audit a WHERE a.chain > chains.chain) \
                 FROM chains WHERE chains.chain IS NOT NULL) \
                 SELECT a.chain, a.sequence, a.at FROM chains c JOIN audit a ON a.chain = c.chain \
                 AND a.sequence = (SELECT max(l.sequence) FROM audit l WHERE l.chain = c.chain) \
                 WHERE c.chain IS NOT NULL"
            }
            // Its recursive queries take neither aggregates nor the first of some rows.
            Self::Mssql => {
                "DECLARE @chain varbinary(16); DECLARE @ends TABLE (chain varbinary(16) NOT NULL, \
                 sequence bigint NOT NULL, at bigint NOT NULL); \
                 SET @chain = (SELECT TOP (1) chain FROM audit ORDER BY chain); \
                 WHILE @chain IS NOT NULL BEGIN \
                 INSERT INTO @ends (chain, sequence, at) SELECT TOP (1) a.chain, a.sequence, a.at \
                 FROM audit a WHERE a.chain = @chain ORDER BY a.sequence DESC; \
                 SET @chain = (SELECT TOP (1) chain FROM audit WHERE chain > @chain ORDER BY chain); \
                 END; SELECT chain, sequence, at FROM @ends"
            }
            // It has no least value of bytes.
            Self::Postgres => {
                "WITH RECURSIVE chains (chain) AS ((SELECT chain FROM audit ORDER BY chain LIMIT 1) \
                 UNION ALL SELECT (SELECT a.chain FROM audit a WHERE a.chain > chains.chain \
                 ORDER BY a.chain LIMIT 1) FROM chains WHERE chains.chain IS NOT NULL) \
                 SELECT a.chain, a.sequence, a.at FROM chains c JOIN audit a ON a.chain = c.chain \
                 AND a.sequence = (SELECT max(l.sequence) FROM audit l WHERE l.chain = c.chain) \
                 WHERE c.chain IS NOT NULL"
            }
        }
    }

    /// Makes the table of the applied migrations, if it is not there.
    pub(super) const fn migrations_table(self) -> &'static str {
        match self {
            Self::Sqlite => {
                "CREATE TABLE IF NOT EXISTS schema_migrations (\
                 version INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL, \
                 checksum TEXT NOT NULL, applied_at INTEGER NOT NULL) STRICT"
            }
            Self::Mssql => {
                "IF OBJECT_ID(N'schema_migrations') IS NULL CREATE TABLE schema_migrations (\
                 version bigint NOT NULL CONSTRAINT schema_migrations_pk PRIMARY KEY, \
                 name nvarchar(255) COLLATE Latin1_General_BIN2 NOT NULL, \
                 checksum nvarchar(255) COLLATE Latin1_General_BIN2 NOT NULL, \
                 applied_at bigint NOT NULL)"
            }
            Self::Mysql => {
                "CREATE TABLE IF NOT EXISTS schema_migrations (\
                 version BIGINT NOT NULL PRIMARY KEY, name VARCHAR(255) NOT NULL, \
                 checksum VARCHAR(255) NOT NULL, applied_at BIGINT NOT NULL) \
                 ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin"
            }
            Self::Postgres => {
                "CREATE TABLE IF NOT EXISTS schema_migrations (\
                 version BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL, \
                 checksum TEXT NOT NULL, applied_at BIGINT NOT NULL)"
            }
        }
    }

    /// The names of all tables, as `name`.
    pub(super) const fn tables(self) -> &'static str {
        match self {
            Self::Sqlite => "SELECT name FROM sqlite_schema WHERE type = 'table'",
            Self::Mssql => "SELECT t.name FROM sys.tables t WHERE t.schema_id = SCHEMA_ID()",
            Self::Mysql => {
                "SELECT table_name AS name FROM information_schema.tables \
                 WHERE table_schema = DATABASE()"
            }
            Self::Postgres => {
                "SELECT CAST(tablename AS TEXT) AS name FROM pg_catalog.pg_tables \
                 WHERE schemaname = current_schema()"
            }
        }
    }
}
