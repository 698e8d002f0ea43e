//! Threads that read, each with a connection of its own. A slow disk holds up these threads and no
//! others.

use super::{
    super::{
        driver::{Fault, FaultKind},
        row::Row,
        statement::Statement,
    },
    connect::Connect,
    fault::fault,
    session,
};
use rusqlite::Connection;
use std::{
    collections::VecDeque,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
};
use tokio::sync::{mpsc, oneshot};

/// A statement to read with, at most so many rows, and who waits for them.
struct Job {
    statement: Statement,
    most: usize,
    reply: oneshot::Sender<Result<Vec<Row>, Fault>>,
}

/// A running set of threads. Dropping it ends them.
#[derive(Debug)]
pub(super) struct Threads {
    queue: Arc<Queue>,
    /// Ends with the last thread.
    ended: mpsc::Receiver<()>,
}

#[derive(Default)]
struct Queue {
    state: Mutex<State>,
    filled: Condvar,
    /// Held while a connection is closed. If two close at the same time, each takes the other for a
    /// user of the database, and neither removes the write-ahead log.
    closing: Mutex<()>,
}

#[derive(Default)]
struct State {
    jobs: VecDeque<Job>,
    /// Threads that wait for a job, and that nobody has woken yet.
    idle: usize,
    closed: bool,
}

impl std::fmt::Debug for Queue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Queue").finish_non_exhaustive()
    }
}

impl Threads {
    pub(super) fn start(connect: &Connect, number: u32) -> Self {
        let queue = Arc::new(Queue::default());
        let (alive, ended) = mpsc::channel(1);
        for _ in 0..number.max(1) {
            let (queue, connect, alive) = (queue.clone(), connect.clone(), alive.clone());
            let run = move || {
                queue.serve(&connect);
                drop(alive);
            };
            let started = thread::Builder::new().name("sqlite-reader".to_owned()).spawn(run);
            if let Err(error) = started {
                tracing::error!(%error, "a thread that reads the database cannot be started");
            }
        }
        Self { queue, ended }
    }

    /// Gives the statement to the next thread that is free.
    pub(super) fn read(
        &self,
        statement: Statement,
        most: usize,
    ) -> oneshot::Receiver<Result<Vec<Row>, Fault>> {
        let (reply, rows) = oneshot::channel();
        let mut state = self.queue.lock();
        if !state.closed {
            state.jobs.push_back(Job { statement, most, reply });
            if state.idle > 0 {
                state.idle -= 1;
                drop(state);
                self.queue.filled.notify_one();
            }
        }
        rows
    }

    /// Ends the threads once they have done what waits, and closes their connections.
    pub(super) async fn end(mut self) {
        self.queue.close();
        while self.ended.recv().await.is_some() {}
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        self.queue.close();
    }
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn close(&self) {
        self.lock().closed = true;
        self.filled.notify_all();
    }

    /// The next job, or `None` at the end.
    fn next(&self) -> Option<Job> {
        let mut state = self.lock();
        loop {
            if let Some(job) = state.jobs.pop_front() {
                return Some(job);
            }
            if state.closed {
                return None;
            }
            state.idle += 1;
            state = self.filled.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Does jobs until the end.
    fn serve(&self, connect: &Connect) {
        let mut opened = None;
        while let Some(Job { statement, most, reply }) = self.next() {
            // Who no longer waits is not told.
            reply.send(read(&mut opened, connect, statement, most).map_err(fault)).ok();
        }
        let _alone = self.closing.lock().unwrap_or_else(PoisonError::into_inner);
        drop(opened);
    }
}

fn read(
    opened: &mut Option<Connection>,
    connect: &Connect,
    statement: Statement,
    most: usize,
) -> rusqlite::Result<Vec<Row>> {
    let connection = match opened.take() {
        Some(connection) => connection,
        None => connect.open()?,
    };
    session::rows(opened.insert(connection), statement, most)
}

/// No thread is left that could answer.
pub(super) fn closed() -> Fault {
    Fault::new(FaultKind::Lost, "the connections that read are closed")
}
