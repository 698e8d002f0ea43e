//! A proxy in front of a server that speaks TDS. It notes what it is asked, and cuts, refuses or
//! swallows what it is told to.

use std::sync::{Arc, Mutex};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    task::JoinHandle,
};

/// Kinds of messages ([MS-TDS] 2.2.3.1.1).
pub(crate) const BATCH: u8 = 0x01;
pub(crate) const RPC: u8 = 0x03;
pub(crate) const LOGIN: u8 = 0x10;

/// What a client asks.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// The number of the connection.
    pub(crate) connection: usize,
    pub(crate) kind: u8,
    message: Vec<u8>,
}

impl Asked {
    /// Whether the message has this text.
    pub(crate) fn says(&self, text: &str) -> bool {
        let text: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        self.message.windows(text.len()).any(|part| part == text)
    }
}

/// What becomes of it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    Pass,
    /// The server does not get it, and the connection ends.
    Cut,
    /// The server gets it, and the connection ends before its answer.
    CutAnswer,
    /// The server gets it, and its answer is lost.
    Swallow,
    /// The client is told this error, with this severity.
    Refuse(u32, u8),
}

type Plan = Box<dyn FnMut(&Asked) -> Step + Send>;

pub(crate) struct Wire {
    pub(crate) port: u16,
    asked: Arc<Mutex<Vec<Asked>>>,
    plan: Arc<Mutex<Plan>>,
    task: JoinHandle<()>,
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Wire {
    pub(crate) async fn before(server: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let plan: Arc<Mutex<Plan>> = Arc::new(Mutex::new(Box::new(|_: &Asked| Step::Pass)));
        let shared = (Arc::clone(&asked), Arc::clone(&plan));
        let task = tokio::spawn(async move {
            for connection in 0.. {
                let Ok((client, _)) = listener.accept().await else { return };
                let server = TcpStream::connect(("127.0.0.1", server)).await.unwrap();
                let (asked, plan) = shared.clone();
                tokio::spawn(carry(connection, client, server, asked, plan));
            }
        });
        Self { port, asked, plan, task }
    }

    /// What becomes of each message from now on.
    pub(crate) fn plan(&self, plan: impl FnMut(&Asked) -> Step + Send + 'static) {
        *self.plan.lock().unwrap() = Box::new(plan);
    }

    /// All that was asked and `wanted`, in its order.
    pub(crate) fn asked(&self, wanted: impl Fn(&Asked) -> bool) -> Vec<Asked> {
        self.asked.lock().unwrap().iter().filter(|asked| wanted(asked)).cloned().collect()
    }
}

async fn carry(
    connection: usize,
    client: TcpStream,
    server: TcpStream,
    asked: Arc<Mutex<Vec<Asked>>>,
    plan: Arc<Mutex<Plan>>,
) {
    let ((mut from, to), (answers, mut server)) = (client.into_split(), server.into_split());
    let to = Arc::new(tokio::sync::Mutex::new(Some(to)));
    let answering = tokio::spawn(answer(answers, Arc::clone(&to)));
    while let Some(message) = message(&mut from).await {
        let kind = message.first().copied().unwrap_or_default();
        let next = Asked { connection, kind, message };
        asked.lock().unwrap().push(next.clone());
        let step = plan.lock().unwrap()(&next);
        match step {
            Step::Pass => server.write_all(&next.message).await.unwrap(),
            Step::Cut => break,
            Step::CutAnswer => {
                to.lock().await.take();
                server.write_all(&next.message).await.unwrap();
                server.flush().await.unwrap();
                break;
            }
            Step::Swallow => {
                let kept = to.lock().await.take();
                server.write_all(&next.message).await.unwrap();
                // The client waits for as long as it likes.
                while self::message(&mut from).await.is_some() {}
                drop(kept);
            }
            Step::Refuse(number, severity) => {
                let refusal = refusal(number, severity);
                if let Some(to) = to.lock().await.as_mut() {
                    to.write_all(&refusal).await.unwrap();
                }
            }
        }
    }
    answering.abort();
}

async fn answer(mut answers: OwnedReadHalf, to: Arc<tokio::sync::Mutex<Option<OwnedWriteHalf>>>) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(length @ 1..) = answers.read(&mut buffer).await {
        let mut to = to.lock().await;
        let Some(to) = to.as_mut() else { return };
        if to.write_all(buffer.get(..length).unwrap_or_default()).await.is_err() {
            return;
        }
    }
}

/// One message with the heads of its packets ([MS-TDS] 2.2.3.1).
async fn message(from: &mut OwnedReadHalf) -> Option<Vec<u8>> {
    let mut message = Vec::new();
    loop {
        let mut head = [0; 8];
        from.read_exact(&mut head).await.ok()?;
        let [_, status, high, low, ..] = head;
        let mut body = vec![0; usize::from(u16::from_be_bytes([high, low])).saturating_sub(8)];
        from.read_exact(&mut body).await.ok()?;
        message.extend(head);
        message.extend(body);
        if status & 1 == 1 {
            return Some(message);
        }
    }
}

/// ERROR and DONE ([MS-TDS] 2.2.7.10, 2.2.7.6).
fn refusal(number: u32, severity: u8) -> Vec<u8> {
    let text: Vec<u8> = "as the test wants".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut error = number.to_le_bytes().to_vec();
    error.extend([1, severity]);
    error.extend(u16::try_from(text.len() / 2).unwrap().to_le_bytes());
    error.extend(text);
    // No names of a server and a procedure, line 1.
    error.extend([0, 0, 1, 0, 0, 0]);
    let mut body = vec![0xaa];
    body.extend(u16::try_from(error.len()).unwrap().to_le_bytes());
    body.extend(error);
    body.extend([0xfd, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    let mut message = vec![4, 1];
    message.extend(u16::try_from(body.len() + 8).unwrap().to_be_bytes());
    message.extend([0, 0, 1, 0]);
    message.extend(body);
    message
}
