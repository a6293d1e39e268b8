//! Whom to believe that a server is the directory.

use std::path::Path;
use std::sync::Arc;

use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::error::LdapProblem;

/// Trusts the authorities of the file and nobody else, or those the system trusts.
pub(super) fn load(ca_file: Option<&Path>) -> Result<Arc<ClientConfig>, LdapProblem> {
    let roots = match ca_file {
        Some(path) => load_file(path)?,
        None => load_system()?,
    };
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(LdapProblem::Tls)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

fn load_file(path: &Path) -> Result<RootCertStore, LdapProblem> {
    let certificates: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect)
        .map_err(|error| LdapProblem::CaFile(path.to_owned(), error))?;
    let mut roots = RootCertStore::empty();
    for certificate in certificates {
        roots.add(certificate).map_err(LdapProblem::Tls)?;
    }
    if roots.is_empty() { Err(LdapProblem::NoAuthority(path.to_owned())) } else { Ok(roots) }
}

fn load_system() -> Result<RootCertStore, LdapProblem> {
    let mut roots = RootCertStore::empty();
    // Systems have certificates that nobody can read; the others count.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() { Err(LdapProblem::NoSystemAuthority) } else { Ok(roots) }
}
