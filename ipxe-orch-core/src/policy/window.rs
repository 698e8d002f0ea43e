//! Maintenance windows.

use super::{PolicyRecord, Violation};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// A weekly window, in the local time of a place. Its text form is `sat,sun 22:00-06:00
/// Europe/Berlin`: the days on which it begins, from when to when, and the time zone. If it ends at
/// the time at which it begins or before, it ends on the next day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Window {
    /// The days on which it begins, in the order of the week.
    pub days: Vec<Weekday>,
    /// When it begins, in minutes after midnight.
    pub from: u16,
    /// When it ends, in minutes after midnight.
    pub until: u16,
    /// The time zone, by its name in the IANA time zone database.
    pub zone: String,
}

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "they are the days")]
pub enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

impl Weekday {
    /// The days, beginning with Monday.
    pub const ALL: [Self; 7] = [
        Self::Monday,
        Self::Tuesday,
        Self::Wednesday,
        Self::Thursday,
        Self::Friday,
        Self::Saturday,
        Self::Sunday,
    ];

    const fn short(self) -> &'static str {
        match self {
            Self::Monday => "mon",
            Self::Tuesday => "tue",
            Self::Wednesday => "wed",
            Self::Thursday => "thu",
            Self::Friday => "fri",
            Self::Saturday => "sat",
            Self::Sunday => "sun",
        }
    }
}

/// The text is no window.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{}` is not a window: write days, times and a time zone, such as `sat,sun 22:00-06:00 Europe/Berlin`",
    crate::text::shown(.0)
)]
pub struct InvalidWindow(pub(super) String);

/// A time during which something is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opening {
    /// Its first moment.
    pub from: Timestamp,
    /// The moment after its last.
    pub until: Timestamp,
}

/// Knows the time zones of the world, and so when windows are open.
pub trait Calendar: Send + Sync {
    /// The opening of `window` that contains `at`, else the next one. `None` if there is none, for
    /// example in a time zone that is not known.
    fn opening(&self, window: &Window, at: Timestamp) -> Option<Opening>;
}

/// Knows no time zone: no window ever opens.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoCalendar;

impl Calendar for NoCalendar {
    fn opening(&self, _: &Window, _: Timestamp) -> Option<Opening> {
        None
    }
}

/// So many times it is looked for a time at which all windows are open.
const TRIES: u32 = 100;

/// The first opening from `from` on that is one of each policy; `None` if no policy has windows.
pub(super) fn opening(
    covering: &[&PolicyRecord],
    from: Timestamp,
    calendar: &dyn Calendar,
) -> Result<Option<Opening>, Violation> {
    let with: Vec<_> = covering
        .iter()
        .map(|record| &record.policy)
        .filter(|p| !p.rules.windows.is_empty())
        .collect();
    if with.is_empty() {
        return Ok(None);
    }
    let mut at = from;
    for _ in 0..TRIES {
        let openings: Option<Vec<_>> =
            with.iter().map(|policy| next(&policy.rules.windows, at, calendar)).collect();
        let Some(openings) = openings else { break };
        let begins = openings.iter().map(|opening| opening.from).fold(at, Timestamp::max);
        if begins == at {
            let ends = openings.iter().map(|opening| opening.until).min();
            return Ok(ends.map(|until| Opening { from: at, until }));
        }
        at = begins;
    }
    Err(Violation::NoWindow(with.iter().map(|policy| policy.name.clone()).collect()))
}

/// The opening of any of these windows that contains `at`, else the next one.
fn next(windows: &[Window], at: Timestamp, calendar: &dyn Calendar) -> Option<Opening> {
    let openings = windows.iter().filter_map(|window| calendar.opening(window, at));
    openings.min_by_key(|opening| (opening.from.max(at), std::cmp::Reverse(opening.until)))
}

impl FromStr for Window {
    type Err = InvalidWindow;

    fn from_str(text: &str) -> Result<Self, InvalidWindow> {
        parse(text).ok_or_else(|| InvalidWindow(text.to_owned()))
    }
}

fn parse(text: &str) -> Option<Window> {
    let mut words = text.split_whitespace();
    let (days, times, zone) = (words.next()?, words.next()?, words.next()?);
    let named = |word: &str| Weekday::ALL.into_iter().find(|day| day.short() == word);
    let mut days: Vec<_> = days.split(',').map(named).collect::<Option<_>>()?;
    days.sort_unstable();
    days.dedup();
    let (from, until) = times.split_once('-')?;
    let is_zone = |c: char| c.is_ascii_alphanumeric() || "/_+-".contains(c);
    let zone = Some(zone).filter(|zone| zone.len() <= 64 && zone.chars().all(is_zone))?;
    if words.next().is_some() {
        return None;
    }
    Some(Window { days, from: minutes(from)?, until: minutes(until)?, zone: zone.to_owned() })
}

fn minutes(time: &str) -> Option<u16> {
    let (hour, minute) = time.split_once(':')?;
    if hour.len() != 2 || minute.len() != 2 {
        return None;
    }
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
    (hour < 24 && minute < 60).then(|| hour * 60 + minute)
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let days: Vec<_> = self.days.iter().map(|day| day.short()).collect();
        let time = |minutes: u16| format!("{:02}:{:02}", minutes / 60, minutes % 60);
        write!(f, "{} {}-{} {}", days.join(","), time(self.from), time(self.until), self.zone)
    }
}

impl TryFrom<String> for Window {
    type Error = InvalidWindow;

    fn try_from(text: String) -> Result<Self, InvalidWindow> {
        text.parse()
    }
}

impl From<Window> for String {
    fn from(window: Window) -> Self {
        window.to_string()
    }
}
