//! What came of an attack, and whether it is as it was promised.

use super::{attack::Counts, boot::Boots, process::Measured};
use std::{sync::atomic::Ordering, time::Duration};

/// The server's memory, a debug build and 10,000 connections included.
const MEMORY: u64 = 512 << 20;
/// Bytes of the log in one attack, and more for each further minute.
const LOG: u64 = 256 << 10;
/// Events in one attack, and more for each further minute: 100 addresses with each kind, the others,
/// and what the machines here may record.
const EVENTS: i64 = 400;

/// An attack and its outcome.
pub(crate) struct Row {
    pub(crate) attack: &'static str,
    pub(crate) files: u64,
    pub(crate) time: Duration,
    pub(crate) counts: Counts,
    pub(crate) boots: Boots,
    pub(crate) installed: (u32, Result<(), String>),
    pub(crate) before: Measured,
    pub(crate) after: Measured,
}

pub(crate) fn print_heading() {
    println!(
        "{:<20} {:>6} {:>8} {:>8} {:>5} {:>7} {:>7} {:>7} {:>8} {:>7} {:>8} {:>8} {:>6}",
        "attack",
        "files",
        "attempts",
        "answers",
        "boots",
        "median",
        "longest",
        "starved",
        "install",
        "memory",
        "log",
        "data",
        "events",
    );
}

impl Row {
    pub(crate) fn print(&self) {
        let ms = |time: Duration| format!("{} ms", time.as_millis());
        let count = |count: &std::sync::atomic::AtomicU64| count.load(Ordering::Relaxed);
        let (steps, installed) = &self.installed;
        let install = if installed.is_ok() { format!("ok, {steps}") } else { "BROKEN".to_owned() };
        println!(
            "{:<20} {:>6} {:>8} {:>8} {:>5} {:>7} {:>7} {:>7} {:>8} {:>7} {:>8} {:>8} {:>6}",
            self.attack,
            self.files,
            count(&self.counts.attempts),
            count(&self.counts.answers),
            self.boots.times.len(),
            ms(self.boots.median()),
            ms(self.boots.longest()),
            ms(self.boots.starved),
            install,
            format!("{} MB", self.after.memory >> 20),
            format!("+{} kB", self.log() >> 10),
            format!("+{} kB", self.after.data.saturating_sub(self.before.data) >> 10),
            format!("+{}", self.events()),
        );
    }

    fn log(&self) -> u64 {
        self.after.log.saturating_sub(self.before.log)
    }

    fn events(&self) -> i64 {
        self.after.events.0 + self.after.events.1 - self.before.events.0 - self.before.events.1
    }

    /// The promises that were broken.
    pub(crate) fn broken(&self) -> Vec<String> {
        let minutes = 1 + self.time.as_secs() / 60;
        let mut broken = self.boots.broken.clone();
        if self.boots.times.is_empty() {
            broken.push("nothing was booted".to_owned());
        }
        broken.extend(self.installed.1.clone().err().map(|why| format!("the install: {why}")));
        if self.after.memory > MEMORY {
            broken.push(format!("it takes {} MB", self.after.memory >> 20));
        }
        if self.log() > LOG * minutes {
            broken.push(format!("the log grew by {} kB", self.log() >> 10));
        }
        if self.events() > EVENTS * i64::try_from(minutes).unwrap_or(i64::MAX) {
            broken.push(format!("{} events were recorded", self.events()));
        }
        let what = format!("{} with {} files", self.attack, self.files);
        broken.into_iter().map(|why| format!("{what}: {why}")).collect()
    }
}
