//! A certificate for the first start, before there is one of the organisation's authority.

use super::{Certificates, TlsError};
use ipxe_orch_core::time::Timestamp;
use jiff::tz::TimeZone;
use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair, date_time_ymd};
use std::{
    fs,
    io::{self, Write as _},
    path::Path,
};

/// How long it is valid, in years: whoever has compared its fingerprint does not want to do so each
/// year.
const YEARS: i32 = 10;

/// The pair in `folder`, which is made if it is not there. It is valid for 10 years, for `names`:
/// names and addresses of this machine.
///
/// # Errors
/// [`TlsError`] names the file and the remedy.
pub fn self_signed(
    folder: &Path,
    names: Vec<String>,
    now: Timestamp,
) -> Result<Certificates, TlsError> {
    let (certificate, key) = (folder.join("self-signed.crt"), folder.join("self-signed.key"));
    if !certificate.exists() {
        make(&certificate, &key, names, now)?;
    }
    Certificates::read(certificate, key)
}

fn make(
    certificate: &Path,
    key: &Path,
    names: Vec<String>,
    now: Timestamp,
) -> Result<(), TlsError> {
    let wrong = |error: rcgen::Error| TlsError::Make(error.to_string());
    let pair = KeyPair::generate().map_err(wrong)?;
    let mut params = CertificateParams::new(names).map_err(wrong)?;
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, "ipxe-orch (self-signed)");
    let day = jiff::Timestamp::from_millisecond(now.as_millis())
        .map_err(|error| TlsError::Make(error.to_string()))?;
    let day = day.to_zoned(TimeZone::UTC).date();
    let of = |years: i32| {
        // 29 February is not in every year.
        let (month, date) = (day.month().unsigned_abs(), day.day().unsigned_abs().min(28));
        date_time_ymd(i32::from(day.year()) + years, month, date)
    };
    // A year earlier: clocks of clients may be wrong.
    (params.not_before, params.not_after) = (of(-1), of(YEARS));
    let made = params.self_signed(&pair).map_err(wrong)?;
    // The certificate comes last: the pair is there if it is.
    store(key, &pair.serialize_pem(), 0o600)?;
    store(certificate, &made.pem(), 0o644)
}

/// Writes a file wholly or not at all.
fn store(path: &Path, text: &str, mode: u32) -> Result<(), TlsError> {
    let wrong = |source| TlsError::File { path: path.to_owned(), source };
    let write = || -> io::Result<()> {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder)?;
        let permissions = fs::Permissions::from_mode(mode);
        let mut file = tempfile::Builder::new().permissions(permissions).tempfile_in(folder)?;
        file.write_all(text.as_bytes())?;
        file.as_file().sync_all()?;
        file.persist(path)?;
        Ok(())
    };
    write().map_err(wrong)
}
