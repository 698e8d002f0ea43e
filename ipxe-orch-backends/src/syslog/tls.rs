//! Who is trusted to be the receiver, and what this server shows to it.

use super::options::{InvalidSink, SinkOptions};
use rustls::{
    ClientConfig, RootCertStore,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
};
use std::{path::Path, sync::Arc};

/// TLS 1.2 or 1.3. Files are read each time, so that a renewed certificate counts at once.
pub(super) fn client(options: &SinkOptions) -> Result<Arc<ClientConfig>, InvalidSink> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| options.wrong(format!("TLS fails: {error}")))?
        .with_root_certificates(roots(options)?);
    let config = match (&options.certificate, &options.key) {
        (Some(certificate), Some(key)) => {
            let chain = certificates(options, certificate)?;
            let file = key.display();
            let key = PrivateKeyDer::from_pem_file(key)
                .map_err(|error| options.wrong(format!("the key {file}: {error}")))?;
            builder
                .with_client_auth_cert(chain, key)
                .map_err(|error| options.wrong(format!("certificate and key {file}: {error}")))?
        }
        _ => builder.with_no_client_auth(),
    };
    Ok(Arc::new(config))
}

fn roots(options: &SinkOptions) -> Result<RootCertStore, InvalidSink> {
    let mut roots = RootCertStore::empty();
    if let Some(path) = &options.ca_file {
        for certificate in certificates(options, path)? {
            let added = roots.add(certificate);
            added
                .map_err(|error| options.wrong(format!("`ca_file` {}: {error}", path.display())))?;
        }
    } else {
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    }
    if roots.is_empty() {
        return Err(options.wrong("no authority is trusted: name a PEM file as `ca_file`"));
    }
    Ok(roots)
}

fn certificates(
    options: &SinkOptions,
    path: &Path,
) -> Result<Vec<CertificateDer<'static>>, InvalidSink> {
    let wrong = |error| options.wrong(format!("{}: {error}", path.display()));
    let all = CertificateDer::pem_file_iter(path).map_err(wrong)?;
    all.collect::<Result<_, _>>().map_err(wrong)
}
