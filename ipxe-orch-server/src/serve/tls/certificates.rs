//! The certificate of a listener, read from files, and read anew when they change.

use ipxe_orch_core::{digest::Digest, time::Timestamp};
use rustls::{
    crypto::aws_lc_rs,
    pki_types::{
        CertificateDer, PrivateKeyDer,
        pem::{self, PemObject as _},
    },
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};
use std::{
    fs, io,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};
use tokio::task::JoinHandle;
use x509_parser::prelude::{FromDer as _, X509Certificate};

/// How often the files are looked at.
const LOOK: Duration = Duration::from_secs(10);

/// Why there is no certificate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// A file cannot be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The failure.
        source: io::Error,
    },
    /// A file has no certificate or key in it.
    #[error("{} has no {what} in the form PEM: {source}", path.display())]
    Pem {
        /// The file.
        path: PathBuf,
        /// What was looked for.
        what: &'static str,
        /// The failure.
        source: pem::Error,
    },
    /// Others may read the key.
    #[error("everybody may read the key {}: change its mode to 0600 or 0640", .0.display())]
    Readable(PathBuf),
    /// Certificate and key do not belong together, or are of an unknown kind.
    #[error("{} and {} cannot be used together: {source}", certificate.display(), key.display())]
    Pair {
        /// The file with the certificate.
        certificate: PathBuf,
        /// The file with the key.
        key: PathBuf,
        /// The failure.
        source: rustls::Error,
    },
    /// No self-signed certificate could be made.
    #[error("no certificate could be made: {0}")]
    Make(String),
}

/// What tells that a file is another one than before: its number, size and time of change.
type Stamp = [(u64, u64, i64, i64); 2];

/// A certificate with its chain and key, in two PEM files.
#[derive(Debug)]
pub struct Certificates {
    certificate: PathBuf,
    key: PathBuf,
    current: RwLock<(Stamp, Arc<CertifiedKey>)>,
}

impl Certificates {
    /// Reads them from files: the certificate with the authorities between it and the root, and the
    /// key.
    ///
    /// # Errors
    /// [`TlsError`] names the file and the remedy.
    pub fn read(certificate: PathBuf, key: PathBuf) -> Result<Self, TlsError> {
        let current = RwLock::new(load(&certificate, &key)?);
        Ok(Self { certificate, key, current })
    }

    /// Reads them anew if a file has changed; gives whether one has. The former pair stays in use
    /// after an error.
    ///
    /// # Errors
    /// [`TlsError`], also while only one of the two files has been replaced.
    pub fn renew(&self) -> Result<bool, TlsError> {
        if stamp(&self.certificate, &self.key)? == self.current().0 {
            return Ok(false);
        }
        let new = load(&self.certificate, &self.key)?;
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = new;
        Ok(true)
    }

    /// The SHA-256 of the certificate, as browsers show it.
    pub fn fingerprint(&self) -> Digest {
        let (_, pair) = self.current();
        Digest::of(pair.cert.first().map_or(&[][..], |certificate| certificate.as_ref()))
    }

    /// When the certificate expires. `None` if that cannot be read in it.
    pub fn not_after(&self) -> Option<Timestamp> {
        let (_, pair) = self.current();
        let (_, certificate) = X509Certificate::from_der(pair.cert.first()?.as_ref()).ok()?;
        let seconds = certificate.validity().not_after.timestamp();
        Some(Timestamp::from_millis(seconds.saturating_mul(1000)))
    }

    /// Looks at the files every 10 seconds, until the watch is dropped.
    pub fn watch(self: &Arc<Self>) -> Watch {
        let certificates = Arc::clone(self);
        Watch(tokio::spawn(async move {
            let mut told = None;
            loop {
                tokio::time::sleep(LOOK).await;
                let looked = certificates.clone();
                let renewed = tokio::task::spawn_blocking(move || looked.renew()).await;
                let Ok(renewed) = renewed else { continue };
                tell(&certificates, renewed, &mut told);
            }
        }))
    }

    fn current(&self) -> (Stamp, Arc<CertifiedKey>) {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Logs what changed; each problem once.
fn tell(certificates: &Certificates, renewed: Result<bool, TlsError>, told: &mut Option<String>) {
    let file = certificates.certificate.display();
    match renewed {
        Ok(false) => *told = None,
        Ok(true) => {
            *told = None;
            let fingerprint = certificates.fingerprint();
            tracing::info!(%file, %fingerprint, "the certificate was read anew");
        }
        Err(error) => {
            let text = error.to_string();
            if told.as_ref() != Some(&text) {
                tracing::error!(alert = true, "the former certificate stays in use: {text}");
            }
            *told = Some(text);
        }
    }
}

/// The task of [`Certificates::watch`]. It ends when this is dropped.
#[derive(Debug)]
#[must_use = "the files are watched until this is dropped"]
pub struct Watch(JoinHandle<()>);

impl Drop for Watch {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current().1)
    }
}

fn stamp(certificate: &Path, key: &Path) -> Result<Stamp, TlsError> {
    let of = |path: &Path| {
        let wrong = |source| TlsError::File { path: path.to_owned(), source };
        let meta = fs::metadata(path).map_err(wrong)?;
        Ok((meta.ino(), meta.size(), meta.mtime(), meta.mtime_nsec()))
    };
    Ok([of(certificate)?, of(key)?])
}

fn load(certificate: &Path, key: &Path) -> Result<(Stamp, Arc<CertifiedKey>), TlsError> {
    let stamp = stamp(certificate, key)?;
    let mode = fs::metadata(key).map(|meta| meta.mode());
    if mode.is_ok_and(|mode| mode & 0o004 != 0) {
        return Err(TlsError::Readable(key.to_owned()));
    }
    let chain = CertificateDer::pem_file_iter(certificate).and_then(Iterator::collect);
    let chain: Vec<_> = chain.map_err(|error| wrong(certificate, "certificate", error))?;
    if chain.is_empty() {
        return Err(wrong(certificate, "certificate", pem::Error::NoItemsFound));
    }
    let secret = PrivateKeyDer::from_pem_file(key).map_err(|error| wrong(key, "key", error))?;
    let pair = CertifiedKey::from_der(chain, secret, &aws_lc_rs::default_provider());
    let pair = pair.map_err(|source| TlsError::Pair {
        certificate: certificate.to_owned(),
        key: key.to_owned(),
        source,
    })?;
    Ok((stamp, Arc::new(pair)))
}

fn wrong(path: &Path, what: &'static str, error: pem::Error) -> TlsError {
    let path = path.to_owned();
    match error {
        pem::Error::Io(source) => TlsError::File { path, source },
        source => TlsError::Pem { path, what, source },
    }
}
