//! The fixture of a release, and a site that knows its host.

use crate::support::{Result, project, server::Site};
use serde_json::Value;
use std::{fs, os::unix::fs::PermissionsExt as _, path::PathBuf};

/// What is kept of a release.
pub(crate) struct Release {
    dir: PathBuf,
    manifest: Value,
}

/// A request of the image, and what its answer must contain.
pub(crate) struct Exchange {
    pub(crate) target: String,
    status: u64,
    start: String,
    contains: Vec<String>,
}

impl Release {
    /// All releases that are kept.
    pub(crate) fn all() -> Result<Vec<Self>> {
        let mut all = Vec::new();
        for entry in fs::read_dir(project().join("tests/fixtures/releases"))? {
            let dir = entry?.path();
            let manifest = serde_json::from_slice(&fs::read(dir.join("manifest.json"))?)?;
            all.push(Self { dir, manifest });
        }
        if all.is_empty() { Err("no release is kept".into()) } else { Ok(all) }
    }

    /// A text field of the manifest.
    pub(crate) fn text(&self, field: &str) -> Result<&str> {
        self.manifest[field].as_str().ok_or_else(|| format!("no {field} in the manifest").into())
    }

    pub(crate) fn exchanges(&self) -> Result<Vec<Exchange>> {
        let all = self.manifest["exchanges"].as_array().ok_or("no exchanges in the manifest")?;
        all.iter()
            .map(|value| Exchange::read(value).ok_or_else(|| value.to_string().into()))
            .collect()
    }

    /// The script of the image: the region without the line breaks at its end.
    pub(crate) fn region(&self) -> Result<String> {
        Ok(fs::read_to_string(self.dir.join("region.ipxe"))?)
    }

    /// Registers the host and the key of its image at `site`.
    pub(crate) fn enrol(&self, site: &Site) -> Result<()> {
        for name in ["key.toml", "enrolment.csv"] {
            let copy = site.dir().join(name);
            fs::copy(self.dir.join(name), &copy)?;
            // Git does not store the mode of a file, and a key file that others may read is
            // refused.
            fs::set_permissions(&copy, fs::Permissions::from_mode(0o600))?;
        }
        site.cli(&["keys", "import", "key.toml"])?;
        site.cli(&["hosts", "import", "enrolment.csv", "--yes"])?;
        Ok(())
    }
}

impl Exchange {
    fn read(value: &Value) -> Option<Self> {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        Some(Self {
            target: text(&value["target"])?,
            status: value["status"].as_u64()?,
            start: text(&value["start"])?,
            contains: value["contains"].as_array()?.iter().map(text).collect::<Option<_>>()?,
        })
    }

    /// Checks that an answer is as promised.
    pub(crate) fn check(&self, status: u16, body: &[u8]) {
        let (target, body) = (&self.target, String::from_utf8_lossy(body));
        assert_eq!(u64::from(status), self.status, "{target}: {body}");
        assert!(body.starts_with(&self.start), "{target}: {body}");
        for part in &self.contains {
            assert!(body.contains(part), "{target}: no {part} in {body}");
        }
    }
}
