//! A connection for each batch.

use super::{
    options::{Address, InvalidSink, SinkOptions},
    tls,
};
use rustls::pki_types::ServerName;
use std::{io, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::TlsConnector;

const CONNECT: Duration = Duration::from_secs(10);
const SEND: Duration = Duration::from_secs(30);
/// How long the receiver may take to close, which says that it has read everything.
const CLOSE: Duration = Duration::from_secs(15);
/// How long a reset may take that says that it has not.
const RESET: Duration = Duration::from_millis(200);

/// A receiver.
#[derive(Clone, Debug)]
pub struct Sink {
    options: SinkOptions,
    address: Address,
}

/// Why messages were perhaps not received.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SendError {
    /// Its options, or the files that they name.
    #[error(transparent)]
    Options(#[from] InvalidSink),
    /// It cannot be reached.
    #[error("{address} cannot be reached")]
    Connect {
        /// The address of the sink, as it was configured.
        address: String,
        /// The failure.
        source: io::Error,
    },
    /// The connection broke before the receiver had closed it.
    #[error("{address} broke the connection off")]
    Broken {
        /// The address of the sink, as it was configured.
        address: String,
        /// The failure.
        source: io::Error,
    },
}

impl Sink {
    /// The receiver of these options, which are checked.
    ///
    /// # Errors
    /// [`InvalidSink`] names what is wrong with them.
    pub fn new(options: SinkOptions) -> Result<Self, InvalidSink> {
        options.check()?;
        let address = options.address()?;
        Ok(Self { options, address })
    }

    /// Its options.
    pub const fn options(&self) -> &SinkOptions {
        &self.options
    }

    /// Sends messages, each with its length before it. Syslog has no receipts. So the connection is
    /// closed after them, and the receiver closes it once it has read everything: that counts as
    /// one.
    ///
    /// # Errors
    /// [`SendError`]: some messages may have been received, and must be sent again.
    pub async fn send(&self, messages: &[String]) -> Result<(), SendError> {
        let mut frames = Vec::new();
        for message in messages {
            frames.extend_from_slice(format!("{} ", message.len()).as_bytes());
            frames.extend_from_slice(message.as_bytes());
        }
        let Address { host, port, tls } = &self.address;
        let connect = TcpStream::connect((host.as_str(), *port));
        let connected = within(CONNECT, connect).await;
        let stream = connected.map_err(|source| self.unreachable(source))?;
        if !tls {
            return self.deliver(stream, |stream| stream, &frames).await;
        }
        let connector = TlsConnector::from(tls::client(&self.options)?);
        let name = ServerName::try_from(host.clone())
            .map_err(|error| self.unreachable(io::Error::other(error)))?;
        let secured = within(CONNECT, connector.connect(name, stream)).await;
        let stream = secured.map_err(|source| self.unreachable(source))?;
        self.deliver(stream, |stream| stream.get_ref().0, &frames).await
    }

    async fn deliver<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        mut stream: S,
        socket: impl Fn(&S) -> &TcpStream,
        frames: &[u8],
    ) -> Result<(), SendError> {
        let sent = within(SEND, async {
            stream.write_all(frames).await?;
            stream.flush().await?;
            // A close notification, and then the end of what is sent.
            stream.shutdown().await
        });
        sent.await.map_err(|source| self.broken(source))?;
        let closed = within(CLOSE, closed(&mut stream)).await;
        closed.map_err(|source| self.broken(source))?;
        // A receiver that ended before it had read everything answers with a reset.
        tokio::time::sleep(RESET).await;
        match socket(&stream).take_error() {
            Ok(None) => Ok(()),
            Ok(Some(source)) | Err(source) => Err(self.broken(source)),
        }
    }

    fn unreachable(&self, source: io::Error) -> SendError {
        SendError::Connect { address: self.options.address.clone(), source }
    }

    fn broken(&self, source: io::Error) -> SendError {
        SendError::Broken { address: self.options.address.clone(), source }
    }
}

/// Waits until the other side closes, too. Some, such as rsyslog, do so without a notification of
/// TLS.
async fn closed(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<()> {
    let mut ignored = [0; 256];
    loop {
        match stream.read(&mut ignored).await {
            Ok(0) => return Ok(()),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(()),
            Err(error) => return Err(error),
        }
    }
}

async fn within<T>(limit: Duration, work: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    let late = |_| io::Error::new(io::ErrorKind::TimedOut, "no answer");
    timeout(limit, work).await.map_err(late)?
}
