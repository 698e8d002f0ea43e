//! What stands for TLS in a build without it.

use crate::serve::link::Socket;
use std::io;

/// There is none.
#[derive(Clone, Debug)]
pub(in crate::serve) enum Acceptor {}

impl Acceptor {
    #[expect(clippy::unused_async, reason = "the other one waits")]
    pub(in crate::serve) async fn accept(&self, _: Socket) -> io::Result<(Socket, bool)> {
        match *self {}
    }
}
