//! Built-in TLS: certificate files, read again when they change.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::{self, PemObject};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::{ClientHello, ResolvesServerCert};
use tokio_rustls::rustls::sign::CertifiedKey;
use tokio_rustls::rustls::{self, ServerConfig};

/// How often the files are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Where the certificate and its key are, both as PEM.
#[derive(Clone, Debug)]
pub struct TlsFiles {
    /// The certificate, followed by the chain that leads to its root.
    pub certificate: PathBuf,
    /// The private key.
    pub key: PathBuf,
}

/// The certificate files cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("cannot read {}", .0.display())]
    Read(PathBuf, #[source] pem::Error),
    /// The file with the certificate holds none.
    #[error("there is no certificate in {}", .0.display())]
    NoCertificate(PathBuf),
    /// Certificate and key do not fit.
    #[error("the TLS certificate and its key cannot be used together")]
    Unusable(#[from] rustls::Error),
}

/// A certificate with its key, ready to use.
pub struct Tls {
    files: TlsFiles,
    current: Arc<Current>,
    config: Arc<ServerConfig>,
}

impl Tls {
    /// Reads the files.
    ///
    /// # Errors
    /// When they cannot be read or used together.
    pub fn load(files: TlsFiles) -> Result<Self, TlsError> {
        let current = Arc::new(Current(RwLock::new(load(&files)?)));
        let provider = Arc::new(aws_lc_rs::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_cert_resolver(current.clone());
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Self { files, current, config: Arc::new(config) })
    }

    /// An acceptor that offers HTTP/2 and HTTP/1.1 and takes over changed files until `stop` becomes true.
    pub(crate) fn into_acceptor(self, stop: watch::Receiver<bool>) -> TlsAcceptor {
        spawn(reload_on_change(self.files, self.current, stop));
        TlsAcceptor::from(self.config)
    }
}

#[derive(Debug)]
struct Current(RwLock<Arc<CertifiedKey>>);

impl ResolvesServerCert for Current {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.read().unwrap_or_else(PoisonError::into_inner).clone())
    }
}

fn load(files: &TlsFiles) -> Result<Arc<CertifiedKey>, TlsError> {
    let read = |path: &Path| {
        let path = path.to_owned();
        move |error| TlsError::Read(path, error)
    };
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(&files.certificate)
        .and_then(Iterator::collect)
        .map_err(read(&files.certificate))?;
    if chain.is_empty() {
        return Err(TlsError::NoCertificate(files.certificate.clone()));
    }
    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(read(&files.key))?;
    Ok(Arc::new(CertifiedKey::from_der(chain, key, &aws_lc_rs::default_provider())?))
}

async fn reload_on_change(files: TlsFiles, current: Arc<Current>, mut stop: watch::Receiver<bool>) {
    let mut seen = modified(&files).ok();
    loop {
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return,
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
        let now = modified(&files).ok();
        if now.is_none() || now == seen {
            continue;
        }
        match load(&files) {
            Ok(key) => {
                *current.0.write().unwrap_or_else(PoisonError::into_inner) = key;
                seen = now;
                tracing::info!("the TLS certificate was read again");
            }
            // Certificate and key are rarely replaced at the same instant: the next look finds both.
            Err(error) => tracing::warn!(error = &error as &dyn std::error::Error, "the old TLS certificate stays"),
        }
    }
}

fn modified(files: &TlsFiles) -> io::Result<(SystemTime, SystemTime)> {
    Ok((files.certificate.metadata()?.modified()?, files.key.metadata()?.modified()?))
}

#[expect(clippy::disallowed_methods, reason = "ends with the server and holds nothing that must be finished")]
fn spawn(task: impl Future<Output = ()> + Send + 'static) {
    tokio::spawn(task);
}
