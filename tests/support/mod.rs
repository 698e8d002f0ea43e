//! Virtual machines, the real server and a proxy that loses answers, for the boot tests.

pub(crate) mod capture;
pub(crate) mod console;
pub(crate) mod disk;
pub(crate) mod faults;
pub(crate) mod follow;
pub(crate) mod head;
pub(crate) mod machine;
pub(crate) mod mirror;
pub(crate) mod mssql;
pub(crate) mod proxy;
pub(crate) mod server;
pub(crate) mod slot;
pub(crate) mod trunk;
pub(crate) mod vm;

use std::{
    fmt,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

/// What went wrong, for the person who reads the output of the test.
pub(crate) struct Failure(String);

pub(crate) type Result<T, E = Failure> = std::result::Result<T, E>;

/// A test that returns an error prints it in this way. The lines of a console must stay lines.
impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<E: ToString> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}

/// The project's own folder.
pub(crate) fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The folder in which `scripts/setup` and the scripts for media put what they fetch and build.
pub(crate) fn cache(below: &str) -> Result<PathBuf> {
    present(project().join(".cache").join(below))
}

/// `path`, or an error that says how to get the file: a missing tool makes the test fail.
pub(crate) fn present(path: PathBuf) -> Result<PathBuf> {
    if path.exists() {
        return Ok(path);
    }
    Err(format!(
        "{} is missing: run scripts/setup, scripts/tiny-media and scripts/debian-netboot 12 13",
        path.display()
    )
    .into())
}

/// The time of this computer's clock.
#[expect(clippy::disallowed_methods, reason = "waits for real machines in real time")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Seconds, for time limits that read well.
pub(crate) const fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Calls `ready` every 50 ms until it returns a value or `limit` has passed.
pub(crate) fn poll<T>(
    limit: Duration,
    mut ready: impl FnMut() -> Result<Option<T>>,
) -> Result<Option<T>> {
    let start = now();
    loop {
        if let Some(value) = ready()? {
            return Ok(Some(value));
        }
        if start.elapsed() > limit {
            return Ok(None);
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}
