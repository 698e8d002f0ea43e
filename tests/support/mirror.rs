//! This computer's Debian mirror for virtual machines, which reach only its loopback address.

use super::{Result, cache, head::Head, project};
use std::{
    fs::File,
    io::{self, BufReader, Write},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    path::{Component, Path, PathBuf},
    process::Command,
    sync::Arc,
    thread,
};

/// A server that passes on the files of the mirror, below `/debian`, until the test ends.
#[derive(Debug)]
pub(crate) struct Mirror {
    address: SocketAddr,
}

/// Where its files come from.
#[derive(Debug)]
struct Source {
    /// The folder with the installer's own parts: see `scripts/debian-netboot`.
    udebs: PathBuf,
    /// The mirror, for all other files.
    url: String,
    /// The folder for files that are being downloaded.
    dir: tempfile::TempDir,
}

impl Mirror {
    pub(crate) fn start() -> Result<Self> {
        let source = Source { udebs: cache("udebs")?, url: url()?, dir: tempfile::tempdir()? };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let (address, source) = (listener.local_addr()?, Arc::new(source));
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let source = Arc::clone(&source);
                // A broken connection is not an error here: the client tries again.
                thread::spawn(move || source.serve(&client).ok());
            }
        });
        Ok(Self { address })
    }

    /// Host and port at which a machine reaches it.
    pub(crate) fn host(&self) -> String {
        format!("10.0.2.2:{}", self.address.port())
    }
}

/// The URL of the mirror, as the scripts find it.
fn url() -> Result<String> {
    let script = ". scripts/lib.sh && . scripts/suite.sh && mirror";
    let output = Command::new("bash").args(["-c", script]).current_dir(project()).output()?;
    let url = String::from_utf8(output.stdout)?.trim().to_owned();
    if url.is_empty() { Err("apt has no source for Debian's main archive".into()) } else { Ok(url) }
}

impl Source {
    fn serve(&self, mut client: &TcpStream) -> Result<()> {
        let mut requests = BufReader::new(client.try_clone()?);
        while let Some(request) = Head::read(&mut requests)? {
            let Some(mut file) = self.open(request.word(1))? else {
                client.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")?;
                continue;
            };
            let length = file.metadata()?.len();
            write!(client, "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n")?;
            if request.word(0) != "HEAD" {
                io::copy(&mut file, &mut client)?;
            }
            if request.closes {
                break;
            }
        }
        Ok(())
    }

    fn open(&self, target: &str) -> Result<Option<File>> {
        let Some(path) = target.strip_prefix("/debian/").map(Path::new) else { return Ok(None) };
        if !path.components().all(|part| matches!(part, Component::Normal(_))) {
            return Ok(None);
        }
        match File::open(self.udebs.join(path)) {
            Ok(file) if file.metadata()?.is_file() => Ok(Some(file)),
            _ => self.download(path),
        }
    }

    /// Downloads with curl, which uses this computer's proxies and certificates.
    fn download(&self, path: &Path) -> Result<Option<File>> {
        let file = tempfile::NamedTempFile::new_in(self.dir.path())?;
        let url = format!("{}{}", self.url, path.display());
        let mut curl = Command::new("curl");
        curl.args(["-fsSL", "--retry", "3", "-o"]).arg(file.path()).arg(url);
        // Status 22 means that the mirror does not have the file.
        match curl.status()?.code() {
            Some(0) => Ok(Some(file.reopen()?)),
            Some(22) => Ok(None),
            code => Err(format!("curl failed ({code:?})").into()),
        }
    }
}
