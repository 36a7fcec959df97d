//! TLS to the platform, by rustls. The platform is checked against the certificates of one file and no others: a fleet's
//! platform is known, and a truck does not trust the whole web.

use std::path::PathBuf;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, InvalidDnsNameError, ServerName, pem};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::config::TlsConfig;

/// Why TLS cannot be used as configured.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// The file of certificates cannot be read.
    #[error("cannot read the certificates of [platform] ca, {}: a PEM file is expected", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: pem::Error,
    },
    /// A certificate in it is none, or there is none at all.
    #[error("{} holds no certificate that can be used for [platform] ca", path.display())]
    Certificate {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: rustls::Error,
    },
    /// The name is none.
    #[error("[platform] server_name {name:?} is no host name or address")]
    Name {
        /// The name.
        name: String,
        /// What is wrong.
        source: InvalidDnsNameError,
    },
    /// rustls does not work with the protocol versions asked for.
    #[error("TLS cannot be set up")]
    Setup(#[source] rustls::Error),
}

/// Makes plain connections into TLS ones.
#[derive(Clone)]
pub struct Tls {
    connector: TlsConnector,
    server_name: ServerName<'static>,
}

impl Tls {
    /// Reads the certificates.
    pub fn new(config: &TlsConfig) -> Result<Self, TlsError> {
        let path = || config.ca.clone();
        let read = CertificateDer::pem_file_iter(&config.ca).and_then(Iterator::collect::<Result<Vec<_>, _>>);
        let certificates = read.map_err(|source| TlsError::Read { path: path(), source })?;
        let mut roots = RootCertStore::empty();
        if certificates.is_empty() {
            let source = rustls::Error::NoCertificatesPresented;
            return Err(TlsError::Certificate { path: path(), source });
        }
        for certificate in certificates {
            roots.add(certificate).map_err(|source| TlsError::Certificate { path: path(), source })?;
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let versions = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let client = versions.map_err(TlsError::Setup)?.with_root_certificates(roots).with_no_client_auth();
        let name = config.server_name.clone();
        let server_name =
            ServerName::try_from(name.clone()).map_err(|source| TlsError::Name { name, source })?;
        Ok(Self { connector: TlsConnector::from(Arc::new(client)), server_name })
    }

    /// Shakes hands over a connection.
    pub async fn connect(&self, stream: TcpStream) -> std::io::Result<TlsStream<TcpStream>> {
        self.connector.connect(self.server_name.clone(), stream).await
    }
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tls").field("server_name", &self.server_name).finish_non_exhaustive()
    }
}
