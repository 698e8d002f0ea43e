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

/// How a transaction keeps others from writing rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lock {
    /// It has locked the whole database.
    Database,
    /// It reads them with these words after the table and at the end.
    Read { table: &'static str, end: &'static str },
    /// It writes them.
    Write,
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

    /// Whether the whole database is locked by the transaction that writes.
    pub(super) const fn has_one_writer(self) -> bool {
        match self {
            Self::Sqlite => true,
            Self::Mssql | Self::Mysql | Self::Postgres => false,
        }
    }

    /// How a transaction keeps others from writing rows until its end.
    pub(super) const fn lock(self) -> Lock {
        match self {
            Self::Sqlite => Lock::Database,
            Self::Mssql => Lock::Read { table: " WITH (UPDLOCK, ROWLOCK)", end: "" },
            Self::Postgres => Lock::Read { table: "", end: " FOR UPDATE" },
            // On a cluster of several nodes, a lock is one of its node alone.
            Self::Mysql => Lock::Write,
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
            // It jumps from the end of one chain to that of the next by itself.
            Self::Mysql => {
                "SELECT a.chain, a.sequence, a.at FROM \
                 (SELECT chain, max(sequence) AS sequence FROM audit GROUP BY chain) l \
                 JOIN audit a ON a.chain = l.chain AND a.sequence = l.sequence"
            }
            Self::Sqlite => {
                "WITH RECURSIVE chains (chain) AS (SELECT min(chain) FROM audit UNION ALL \
                 SELECT (SELECT min(a.chain) FROM audit a WHERE a.chain > chains.chain) \
                 FROM chains WHERE chains.chain IS NOT NULL) SELECT c.chain, \
                 (SELECT max(l.sequence) FROM audit l WHERE l.chain = c.chain) AS sequence, \
                 (SELECT a.at FROM audit a WHERE a.chain = c.chain ORDER BY a.sequence DESC LIMIT 1) \
                 AS at FROM chains c WHERE c.chain IS NOT NULL"
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

    /// What begins and ends the insertion of numbered rows with their numbers.
    pub(super) fn with_numbers(self, table: &str) -> Option<[&'static str; 2]> {
        match (self, table) {
            (Self::Mssql, "boot_events") => Some([
                "SET IDENTITY_INSERT boot_events ON;\n",
                "SET IDENTITY_INSERT boot_events OFF;\n",
            ]),
            (Self::Mssql, "unproved_events") => Some([
                "SET IDENTITY_INSERT unproved_events ON;\n",
                "SET IDENTITY_INSERT unproved_events OFF;\n",
            ]),
            _ => None,
        }
    }

    /// After numbered rows were inserted with their numbers: lets the database count on after them.
    pub(super) const fn count_on(self) -> &'static [&'static str] {
        match self {
            Self::Sqlite | Self::Mssql | Self::Mysql => &[],
            Self::Postgres => &[
                "SELECT setval(pg_get_serial_sequence('boot_events', 'id'), \
                 coalesce(max(id), 0) + 1, false) FROM boot_events",
                "SELECT setval(pg_get_serial_sequence('unproved_events', 'id'), \
                 coalesce(max(id), 0) + 1, false) FROM unproved_events",
            ],
        }
    }

    /// Whether programs of two versions may use the database at the same time, so that servers are
    /// updated one after another. It says then which version a program needs at least, as the
    /// column `oldest` of the applied migrations. The programs on a file are on one machine.
    pub(super) const fn has_oldest(self) -> bool {
        !matches!(self, Self::Sqlite)
    }

    /// The database's clock in milliseconds since 1970, as `now`; none for the clock of this machine.
    pub(super) const fn clock(self) -> Option<&'static str> {
        match self {
            Self::Sqlite => None,
            // Days and milliseconds apart: more milliseconds do not fit into its numbers.
            Self::Mssql => Some(
                "SELECT CAST(DATEDIFF(day, '1970-01-01', t.now) AS bigint) * 86400000 + \
                 DATEDIFF(millisecond, CAST(CAST(t.now AS date) AS datetime2), t.now) AS now \
                 FROM (SELECT SYSUTCDATETIME() AS now) t",
            ),
            Self::Mysql => Some("SELECT CAST(unix_timestamp(sysdate(3)) * 1000 AS SIGNED) AS now"),
            Self::Postgres => {
                Some("SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT) AS now")
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
                 applied_at bigint NOT NULL, \
                 oldest bigint NOT NULL CONSTRAINT schema_migrations_oldest DEFAULT 0)"
            }
            Self::Mysql => {
                "CREATE TABLE IF NOT EXISTS schema_migrations (\
                 version BIGINT NOT NULL PRIMARY KEY, name VARCHAR(255) NOT NULL, \
                 checksum VARCHAR(255) NOT NULL, applied_at BIGINT NOT NULL, \
                 oldest BIGINT NOT NULL DEFAULT 0) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin"
            }
            Self::Postgres => {
                "CREATE TABLE IF NOT EXISTS schema_migrations (\
                 version BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL, \
                 checksum TEXT NOT NULL, applied_at BIGINT NOT NULL, \
                 oldest BIGINT NOT NULL DEFAULT 0)"
            }
        }
    }

    /// What stands around the statements of a script that a person runs.
    pub(super) const fn script_frame(self) -> (&'static str, &'static str) {
        match self {
            Self::Sqlite | Self::Postgres => ("BEGIN;\n", "COMMIT;\n"),
            Self::Mssql => {
                ("SET XACT_ABORT ON;\nGO\nBEGIN TRANSACTION;\nGO\n", "COMMIT TRANSACTION;\nGO\n")
            }
            // Statements that change tables commit by themselves.
            Self::Mysql => ("SET SESSION sql_mode = 'STRICT_ALL_TABLES,ANSI_QUOTES';\n", ""),
        }
    }

    /// What ends a statement of such a script. SQL Server reads all statements up to a `GO` before it
    /// runs the first of them, and so does not find a column that was just added.
    pub(super) const fn script_end(self) -> &'static str {
        match self {
            Self::Sqlite | Self::Mysql | Self::Postgres => ";\n",
            Self::Mssql => ";\nGO\n",
        }
    }

    /// Bytes as they stand in the text of a statement.
    pub(super) fn bytes(self, bytes: &[u8]) -> String {
        let digits =
            |byte: &u8| [byte >> 4, byte & 15].map(|digit| char::from_digit(digit.into(), 16));
        let hex: String = bytes.iter().flat_map(digits).flatten().collect();
        match self {
            Self::Sqlite | Self::Mysql => format!("X'{hex}'"),
            Self::Mssql => format!("0x{hex}"),
            Self::Postgres => format!("'\\x{hex}'"),
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
