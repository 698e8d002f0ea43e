//! The log of the program, in which foreign text is safe to show.
//!
//! Each field goes through [`SafeFields`] or, as JSON, through [`SafeJson`]. So no place that logs
//! something has to think of it.

use crate::config::Config;
use ipxe_orch_core::text::{json, shown};
use std::{
    fmt,
    io::{self, IsTerminal as _},
};
use tracing_subscriber::{
    field::RecordFields,
    fmt::{
        FormatFields, MakeWriter,
        format::{DefaultFields, Writer},
    },
};

/// The log goes to standard error; the result of a command alone is on standard output. A line that
/// cannot be written, because the disk with the log is full, is lost: the other way is a panic in
/// the middle of the work that is logged.
pub(super) fn start(config: &Config) {
    let log = tracing_subscriber::fmt()
        .with_max_level(config.log_level.value.0)
        .log_internal_errors(false)
        .with_ansi(io::stderr().is_terminal());
    if config.log_json.value {
        log.json().with_writer(SafeJson(io::stderr)).init();
    } else {
        log.with_target(false).fmt_fields(SafeFields).with_writer(io::stderr).init();
    }
}

/// Formats the fields of an event on one line, without anything that is not safe to show.
struct SafeFields;

impl<'writer> FormatFields<'writer> for SafeFields {
    fn format_fields<R: RecordFields>(
        &self,
        mut writer: Writer<'writer>,
        fields: R,
    ) -> fmt::Result {
        let mut text = String::new();
        DefaultFields::new().format_fields(Writer::new(&mut text), fields)?;
        writer.write_str(&shown(&text))
    }
}

/// Writes JSON with the same values, and escapes in it what is not safe to show.
struct SafeJson<W>(W);

impl<'a, W: MakeWriter<'a>> MakeWriter<'a> for SafeJson<W> {
    type Writer = SafeJson<W::Writer>;

    fn make_writer(&'a self) -> Self::Writer {
        SafeJson(self.0.make_writer())
    }
}

impl<W: io::Write> io::Write for SafeJson<W> {
    /// Gets whole lines.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write_all(json(&String::from_utf8_lossy(bytes)).as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};
    use tracing::subscriber::with_default;

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Kept {
        fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }
    }

    const HOSTILE: &str = "a\u{1b}]0;x\u{7}\u{9b}2J\u{202e}\nINFO INJECTED";

    fn tell() {
        let error = io::Error::other(HOSTILE);
        let span = tracing::info_span!("request", agent = HOSTILE);
        let _entered = span.enter();
        let source: &(dyn std::error::Error + 'static) = &error;
        tracing::info!(%error, shown = HOSTILE, debug = ?HOSTILE, source, "{HOSTILE}");
    }

    #[test]
    fn no_field_speaks_to_the_terminal() {
        for colours in [false, true] {
            let kept = Kept::default();
            let writer = kept.clone();
            let log = tracing_subscriber::fmt().with_ansi(colours).fmt_fields(SafeFields);
            with_default(log.with_writer(move || writer.clone()).finish(), tell);
            let text = kept.text();
            let own = text.replace("\u{1b}[", "");
            assert_eq!(text.lines().count(), 1, "{text:?}");
            for hostile in ['\u{1b}', '\u{7}', '\u{9b}', '\u{202e}'] {
                assert!(!own.contains(hostile), "{text:?}");
            }
            assert_eq!(text.contains('\u{1b}'), colours, "its own colours stay");
        }
    }

    #[test]
    fn json_keeps_the_values_and_shows_nothing_hostile() {
        let kept = Kept::default();
        let writer = kept.clone();
        let log = tracing_subscriber::fmt().json().with_writer(SafeJson(move || writer.clone()));
        with_default(log.finish(), tell);
        let text = kept.text();
        assert_eq!(shown(text.trim_end()), text.trim_end());
        let event: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(event["fields"]["shown"], HOSTILE);
        assert_eq!(event["span"]["agent"], HOSTILE);
    }
}
