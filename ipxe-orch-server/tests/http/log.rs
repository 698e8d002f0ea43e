//! What the program writes to its log.

use std::{
    cell::{Cell, RefCell},
    io,
    sync::Once,
};
use tracing::{Level, Metadata};
use tracing_subscriber::fmt::MakeWriter;

thread_local! {
    static LEVEL: Cell<Option<Level>> = const { Cell::new(None) };
    static TEXT: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Keeps what is logged on this thread, which is that of one test. One subscriber for all of
/// them: those that come and go make others miss lines.
pub(crate) struct Log {
    level: Level,
}

impl Log {
    /// From `level` up.
    pub(crate) fn capture(level: Level) -> Self {
        static ONCE: Once = Once::new();
        ONCE.call_once(|| {
            let format = tracing_subscriber::fmt().with_max_level(Level::TRACE);
            format.with_ansi(false).without_time().with_writer(ThisThread).init();
        });
        LEVEL.set(Some(level));
        Self { level }
    }

    pub(crate) fn text(&self) -> String {
        assert_eq!(LEVEL.get(), Some(self.level), "one log for each test");
        TEXT.with_borrow(|text| String::from_utf8(text.clone()).unwrap())
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        LEVEL.set(None);
        TEXT.with_borrow_mut(Vec::clear);
    }
}

struct ThisThread;

impl MakeWriter<'_> for ThisThread {
    type Writer = Line;

    fn make_writer(&self) -> Line {
        Line(LEVEL.get().is_some())
    }

    fn make_writer_for(&self, about: &Metadata<'_>) -> Line {
        Line(LEVEL.get().is_some_and(|level| *about.level() <= level))
    }
}

/// Whether it is wanted.
struct Line(bool);

impl io::Write for Line {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0 {
            TEXT.with_borrow_mut(|text| text.extend_from_slice(bytes));
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
