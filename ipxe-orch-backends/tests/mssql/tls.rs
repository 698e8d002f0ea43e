//! The certificate and the name of the server are checked, with a mock server.

use crate::{common::options, mock::run};
use ipxe_orch_backends::sql::{MssqlStore, OpenError};
use mssql_mock_tds::{MockTdsServer, create_test_identity};
use std::{error::Error, fs, io, path::Path, process::Command};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, copy},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
};

/// Kinds of packets ([MS-TDS] 2.2.3.1.1).
const ANSWER: u8 = 0x04;
const PRELOGIN: u8 = 0x12;

/// An authority, and a server with its certificate for `localhost` alone.
struct Tls {
    folder: TempDir,
    port: u16,
}

impl Tls {
    async fn new(is_strict: bool) -> Self {
        let folder = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        certify(folder.path());
        let read = |name| fs::read(folder.path().join(name)).unwrap();
        let identity = create_test_identity(&read("server.pem"), &read("server.key")).unwrap();
        let address = "127.0.0.1:0";
        let port = if is_strict {
            run(MockTdsServer::new_with_strict_tls(address, identity).await.unwrap()).await
        } else {
            let server = MockTdsServer::new_with_tls(address, Some(identity)).await.unwrap();
            as_the_protocol_says(run(server).await).await
        };
        Self { folder, port }
    }

    /// What opening the database with this host and these parameters says.
    async fn opens(&self, host: &str, parameters: &str) -> Result<(), String> {
        let folder = self.folder.path();
        let parameters = parameters.replace("CA", folder.join("ca.pem").to_str().unwrap());
        let url = format!("mssql://boot:secret@{host}:{}/hosts?{parameters}", self.port);
        MssqlStore::open(options(&url, folder)).await.map(drop).map_err(|error| shown(&error))
    }
}

/// A way to the mock server. During the handshake of TLS, that server calls its packets answers, and
/// not pre-login messages ([MS-TDS] 2.2.6.5, 3.3.5.2).
async fn as_the_protocol_says(server: u16) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let server = TcpStream::connect(("127.0.0.1", server)).await.unwrap();
            let (mut from, mut to) = client.into_split();
            let (answers, mut server) = server.into_split();
            tokio::spawn(async move { copy(&mut from, &mut server).await });
            tokio::spawn(async move { carry(answers, &mut to).await });
        }
    });
    port
}

async fn carry(mut answers: OwnedReadHalf, to: &mut OwnedWriteHalf) -> io::Result<()> {
    let mut is_first = true;
    loop {
        let mut head = [0; 8];
        answers.read_exact(head.get_mut(..1).unwrap()).await?;
        if head[0] != ANSWER {
            // The handshake is over: from here on it is TLS alone.
            to.write_all(&head[..1]).await?;
            return copy(&mut answers, to).await.map(drop);
        }
        answers.read_exact(head.get_mut(1..).unwrap()).await?;
        let length = usize::from(u16::from_be_bytes([head[2], head[3]]));
        let mut body = vec![0; length - head.len()];
        answers.read_exact(&mut body).await?;
        head[0] = if is_first { ANSWER } else { PRELOGIN };
        is_first = false;
        to.write_all(&[&head[..], &body].concat()).await?;
    }
}

fn shown(error: &OpenError) -> String {
    let cause = error.source().map(ToString::to_string);
    format!("{error}: {}", cause.unwrap_or_default())
}

fn certify(folder: &Path) {
    const KEY: &str = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";
    fs::write(folder.join("names"), "subjectAltName=DNS:localhost").unwrap();
    for arguments in [
        format!("req -x509 {KEY} -days 2 -subj /CN=tests -keyout ca.key -out ca.pem"),
        format!("req {KEY} -subj /CN=localhost -keyout server.key -out server.csr"),
        "x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile names \
         -out server.pem"
            .to_owned(),
    ] {
        let mut openssl = Command::new("openssl");
        openssl.current_dir(folder).args(arguments.split_whitespace());
        let output = openssl.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

#[tokio::test]
async fn a_certificate_of_the_own_authority_is_taken_for_its_name_alone() {
    for (is_strict, parameters) in [(false, "ssl-ca=CA"), (true, "ssl-ca=CA&encrypt=strict")] {
        let tls = Tls::new(is_strict).await;
        tls.opens("localhost", parameters).await.unwrap();
        let error = tls.opens("127.0.0.1", parameters).await.unwrap_err();
        assert!(error.contains("not valid for name"), "{error}");
        assert!(error.contains("host-name-in-certificate=NAME"), "{error}");
        let named = format!("{parameters}&host-name-in-certificate=localhost");
        tls.opens("127.0.0.1", &named).await.unwrap();
    }
}

#[tokio::test]
async fn a_certificate_of_an_unknown_authority_is_refused() {
    for (is_strict, parameters) in [(false, ""), (true, "encrypt=strict")] {
        let tls = Tls::new(is_strict).await;
        let error = tls.opens("localhost", parameters).await.unwrap_err();
        assert!(error.contains("UnknownIssuer") && error.contains("ssl-ca=FILE"), "{error}");
        assert!(!error.contains("trust_cert"), "no names of the driver: {error}");
    }
}

#[tokio::test]
async fn an_authority_whose_file_is_missing_or_none_is_named() {
    let tls = Tls::new(false).await;
    let file = tls.folder.path().join("other.pem");
    let parameters = format!("ssl-ca={}", file.display());
    for content in [None, Some("no certificate")] {
        if let Some(content) = content {
            fs::write(&file, content).unwrap();
        }
        let error = tls.opens("localhost", &parameters).await.unwrap_err();
        assert!(error.contains("other.pem"), "{error}");
    }
}

#[tokio::test]
async fn what_is_only_encrypted_takes_any_certificate() {
    let tls = Tls::new(false).await;
    for parameters in ["encrypt=unverified", "encrypt=login"] {
        tls.opens("127.0.0.1", parameters).await.unwrap();
    }
}
