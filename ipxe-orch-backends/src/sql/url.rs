//! Where a database is.

use super::{dialect::Dialect, error::OpenError};
use std::{
    fmt,
    path::{Path, PathBuf},
    str::FromStr,
};
use url::Url;

/// Where a database is:
///
/// - `sqlite:///var/lib/ipxe-orch/ipxe-orch.db`, a file; two slashes before a relative path;
/// - `mysql://USER@HOST:PORT/DATABASE` or `mariadb://…`;
/// - `postgres://USER@HOST:PORT/DATABASE` or `postgresql://…`;
/// - `mssql://USER@HOST:PORT/DATABASE` or `sqlserver://…`.
///
/// Each needs the feature of its database. What may follow a `?` is in the documentation of
/// [`MysqlOptions`](super::MysqlOptions), [`PostgresOptions`](super::PostgresOptions) and
/// [`MssqlOptions`](super::MssqlOptions).
///
/// It is shown without its password.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl(Place);

#[derive(Clone, PartialEq, Eq)]
enum Place {
    File(PathBuf),
    Server { dialect: Dialect, url: Url },
}

impl DatabaseUrl {
    /// The database in a file.
    pub const fn file(path: PathBuf) -> Self {
        Self(Place::File(path))
    }

    /// Which database it is.
    pub const fn dialect(&self) -> Dialect {
        match &self.0 {
            Place::File(_) => Dialect::Sqlite,
            Place::Server { dialect, .. } => *dialect,
        }
    }

    /// The path of a SQLite file.
    pub fn path(&self) -> Option<&Path> {
        match &self.0 {
            Place::File(path) => Some(path),
            Place::Server { .. } => None,
        }
    }

    /// Whether it holds a password, which others may see: it stands in the list of processes, and
    /// perhaps in a file that is no secret.
    pub fn has_password(&self) -> bool {
        match &self.0 {
            Place::File(_) => false,
            Place::Server { url, .. } => {
                url.password().is_some() || url.query_pairs().any(|(key, _)| is_password(&key))
            }
        }
    }

    /// The whole URL of a database on a server.
    #[cfg(any(feature = "mssql", feature = "mysql", feature = "postgres"))]
    pub(super) fn text(&self) -> &str {
        match &self.0 {
            Place::File(_) => "",
            Place::Server { url, .. } => url.as_str(),
        }
    }
}

fn is_password(key: &str) -> bool {
    key.to_ascii_lowercase().contains("password")
}

impl FromStr for DatabaseUrl {
    type Err = OpenError;

    fn from_str(text: &str) -> Result<Self, OpenError> {
        let wrong = |why| OpenError::Url { why };
        if text == "sqlite::memory:" {
            return file(":memory:").map(Self::file).map_err(wrong);
        }
        let (scheme, path) = text.split_once("://").ok_or_else(|| {
            wrong(
                "write sqlite:///PATH, mysql://USER@HOST/DATABASE, postgres://USER@HOST/DATABASE or \
                 mssql://USER@HOST/DATABASE",
            )
        })?;
        let dialect = match scheme {
            "sqlite" => return file(path).map(Self::file).map_err(wrong),
            "mysql" | "mariadb" => Dialect::Mysql,
            "postgres" | "postgresql" => Dialect::Postgres,
            "mssql" | "sqlserver" => Dialect::Mssql,
            _ => {
                return Err(wrong(
                    "write sqlite://, mysql://, postgres:// or mssql:// at its beginning",
                ));
            }
        };
        check(dialect, text)?;
        let url = Url::parse(text).map_err(|_| wrong("it cannot be read: write %XX for signs"))?;
        Ok(Self(Place::Server { dialect, url }))
    }
}

/// The path after `sqlite://`, as it is written, without percent-decoding.
pub(super) fn file(path: &str) -> Result<PathBuf, &'static str> {
    if path == ":memory:" {
        return Err("a database in memory forgets its marks and audit: give the path of a file");
    }
    if path.is_empty() || path.ends_with('/') {
        return Err("the path of a file must follow sqlite://");
    }
    if path.contains(['?', '#', '\0']) {
        return Err("it takes no parameters, and `?`, `#` and NUL cannot stand in the path");
    }
    Ok(PathBuf::from(path))
}

/// Whether the driver can read it.
fn check(dialect: Dialect, text: &str) -> Result<(), OpenError> {
    match dialect {
        Dialect::Sqlite => Ok(()),
        #[cfg(feature = "mysql")]
        Dialect::Mysql => super::mysql::parse(text).map(drop),
        #[cfg(feature = "postgres")]
        Dialect::Postgres => super::postgres::parse(text).map(drop),
        #[cfg(feature = "mssql")]
        Dialect::Mssql => super::mssql::check_url(text),
        #[cfg(not(all(feature = "mssql", feature = "mysql", feature = "postgres")))]
        _ => {
            let _ = text;
            Err(OpenError::Url { why: "this program was built without that database" })
        }
    }
}

/// Without the password.
impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = match &self.0 {
            Place::File(path) => return write!(f, "sqlite://{}", path.display()),
            Place::Server { url, .. } if !self.has_password() => return f.write_str(url.as_str()),
            Place::Server { url, .. } => url,
        };
        let mut shown = url.clone();
        // Only a URL without a host has no password to take away.
        shown.set_password(None).ok();
        let kept = url.query_pairs().filter(|(key, _)| !is_password(key));
        shown.query_pairs_mut().clear().extend_pairs(kept);
        if shown.query() == Some("") {
            shown.set_query(None);
        }
        f.write_str(shown.as_str())
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> DatabaseUrl {
        text.parse().unwrap()
    }

    #[test]
    fn paths_are_taken_as_they_stand() {
        for (text, path) in
            [("sqlite:///var/lib/a b%20.db", "/var/lib/a b%20.db"), ("sqlite://data/x", "data/x")]
        {
            assert_eq!(url(text).path(), Some(Path::new(path)));
            assert_eq!(
                (url(text).to_string(), url(text).dialect()),
                (text.into(), Dialect::Sqlite)
            );
        }
    }

    #[test]
    fn what_names_no_file_is_refused() {
        for text in [
            "",
            "sqlite:",
            "sqlite://",
            "sqlite:x.db",
            "sqlite:///",
            "sqlite://a?mode=ro",
            "x.db",
            "sqlite::memory:",
            "sqlite://:memory:",
            "oracle://a/b",
            "sqlite://a#b",
        ] {
            assert!(text.parse::<DatabaseUrl>().is_err(), "{text}");
        }
    }

    #[test]
    #[cfg(all(feature = "mysql", feature = "postgres"))]
    fn databases_on_servers_are_known_by_their_scheme() {
        for (text, dialect) in [
            ("mysql://ann@db.example/ipxe", Dialect::Mysql),
            ("mariadb://ann@db.example:3307/ipxe?ssl-ca=/etc/ca.pem", Dialect::Mysql),
            ("postgres://db.example/ipxe", Dialect::Postgres),
            ("postgresql://ann@[::1]:5433/ipxe?sslmode=require", Dialect::Postgres),
        ] {
            let url = url(text);
            assert_eq!((url.dialect(), url.path(), url.to_string()), (dialect, None, text.into()));
            assert!(!url.has_password(), "{text}");
        }
        for text in
            ["mysql://db", "postgres://db/", "mysql://", "postgres://a b/c", "mysql://d:x/y"]
        {
            let error = text.parse::<DatabaseUrl>().unwrap_err().to_string();
            assert!(error.starts_with("the URL of the database is wrong: "), "{error}");
        }
    }

    #[test]
    #[cfg(all(feature = "mysql", feature = "postgres"))]
    fn a_password_is_not_shown() {
        for (text, shown) in [
            ("mysql://ann:geheim@db/x", "mysql://ann@db/x"),
            (
                "postgres://ann:ge%3Aheim@db/x?sslmode=require",
                "postgres://ann@db/x?sslmode=require",
            ),
            ("postgres://ann@db/x?password=geheim", "postgres://ann@db/x"),
            (
                "postgres://ann@db/x?sslmode=require&password=geheim",
                "postgres://ann@db/x?sslmode=require",
            ),
        ] {
            let url = url(text);
            assert!(url.has_password());
            assert_eq!(url.to_string(), shown);
            assert_eq!(format!("{url:?}"), format!("DatabaseUrl({shown})"));
        }
    }
}
