//! Who is trusted to sign a controller's certificate, and what stands in one.

use super::{error::InvalidDirectory, options::DirectoryOptions};
use rustls::{
    ClientConfig, RootCertStore,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, pem::PemObject as _},
};
use serde::Serialize;
use std::sync::Arc;

/// The certificate with which a controller proved its name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Certificate {
    /// Whose it is.
    pub subject: String,
    /// Who signed it.
    pub issuer: String,
    /// Until when it is valid, in seconds since 1970-01-01T00:00:00Z.
    pub valid_until: i64,
}

impl Certificate {
    /// Reads a certificate in DER.
    pub(super) fn read(der: &[u8]) -> Option<Self> {
        let (_, certificate) = x509_parser::parse_x509_certificate(der).ok()?;
        Some(Self {
            subject: certificate.subject().to_string(),
            issuer: certificate.issuer().to_string(),
            valid_until: certificate.validity().not_after.timestamp(),
        })
    }
}

/// TLS 1.2 or 1.3, with the authorities of the options or of this machine.
pub(super) fn client(options: &DirectoryOptions) -> Result<Arc<ClientConfig>, InvalidDirectory> {
    let roots = match &options.ca_file {
        Some(_) => from_file(options)?,
        None => of_machine(options)?,
    };
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| {
            InvalidDirectory::new(&options.name, "urls", "need TLS, which fails").from(error)
        })?;
    Ok(Arc::new(builder.with_root_certificates(roots).with_no_client_auth()))
}

fn from_file(options: &DirectoryOptions) -> Result<RootCertStore, InvalidDirectory> {
    let wrong = |why: &str| InvalidDirectory::new(&options.name, "ca_file", why);
    let path = options.ca_file.as_deref().unwrap_or_else(|| "".as_ref());
    let mut roots = RootCertStore::empty();
    let unreadable = "names a file that cannot be read as PEM (`-----BEGIN CERTIFICATE-----`)";
    let all = CertificateDer::pem_file_iter(path).map_err(|error| wrong(unreadable).from(error))?;
    for certificate in all {
        let certificate = certificate.map_err(|error| wrong(unreadable).from(error))?;
        let added = roots.add(certificate);
        added.map_err(|error| wrong("has a certificate that cannot be used").from(error))?;
    }
    if roots.is_empty() {
        return Err(wrong("names a file without certificates"));
    }
    Ok(roots)
}

fn of_machine(options: &DirectoryOptions) -> Result<RootCertStore, InvalidDirectory> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        let why = "is missing, and this machine trusts no authority: name a PEM file with the \
                   authority of the controllers, or install `ca-certificates`";
        return Err(InvalidDirectory::new(&options.name, "ca_file", why));
    }
    Ok(roots)
}
