//! Times for people: shown in the local zone, read as moments or as spans from now.

use ipxe_orch_core::time::Timestamp;
use jiff::{civil, tz::TimeZone};
use std::{str::FromStr, time::Duration};

/// In which zone times are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Times {
    /// The zone of this machine, or of `TZ`.
    Local,
    /// UTC.
    Utc,
}

impl Times {
    fn zone(self) -> TimeZone {
        match self {
            Self::Local => TimeZone::system(),
            Self::Utc => TimeZone::UTC,
        }
    }

    /// `2026-01-31 14:05:09 +01:00`.
    pub(crate) fn show(self, at: Timestamp) -> String {
        let Ok(moment) = jiff::Timestamp::from_millisecond(at.as_millis()) else {
            return at.to_string();
        };
        let zoned = moment.to_zoned(self.zone());
        match self {
            Self::Local => zoned.strftime("%Y-%m-%d %H:%M:%S %:z").to_string(),
            Self::Utc => zoned.strftime("%Y-%m-%d %H:%M:%SZ").to_string(),
        }
    }
}

/// What can be written for a moment.
const EXPECTED: &str = "write it as 2026-01-31T14:00Z, `2026-01-31 14:00` (local), or 90m, 2h, 7d";

/// A moment, or a span from now (`forward`) or back from now.
pub(crate) fn parse_time(text: &str, now: Timestamp, forward: bool) -> Result<Timestamp, String> {
    if let Ok(span) = parse_duration(text) {
        return Ok(if forward { now.plus(span) } else { now.minus(span) });
    }
    let moment = jiff::Timestamp::from_str(text).ok();
    let local = || civil::DateTime::from_str(text).ok()?.to_zoned(TimeZone::system()).ok();
    let moment = moment.or_else(|| Some(local()?.timestamp()));
    let millis = moment.map(jiff::Timestamp::as_millisecond);
    millis
        .map(Timestamp::from_millis)
        .ok_or_else(|| format!("`{}` is no time: {EXPECTED}", ipxe_orch_core::text::shown(text)))
}

/// A span such as `90m`, `2h` or `7d`; a day has 24 hours.
pub(crate) fn parse_duration(text: &str) -> Result<Duration, String> {
    let error = || {
        format!(
            "`{}` is no span of time: write it as 90m, 2h or 7d",
            ipxe_orch_core::text::shown(text)
        )
    };
    let span = jiff::Span::from_str(text).map_err(|_| error())?;
    let relative = jiff::SpanRelativeTo::days_are_24_hours();
    let exact = span.to_duration(relative).map_err(|_| error())?;
    Duration::try_from(exact).map_err(|_| error())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `date -u -d 2026-01-31T14:05:09.5Z +%s`
    const AT: Timestamp = Timestamp::from_millis(1_769_868_309_500);

    #[test]
    fn moments_are_shown_in_utc_on_demand() {
        assert_eq!(Times::Utc.show(AT), "2026-01-31 14:05:09Z");
    }

    #[test]
    fn moments_and_spans_are_read() {
        assert_eq!(parse_time("2026-01-31T14:05:09.5Z", Timestamp::from_millis(0), true), Ok(AT));
        let hour = Duration::from_hours(1);
        assert_eq!(parse_time("1h", AT, true), Ok(AT.plus(hour)));
        assert_eq!(parse_time("60m", AT, false), Ok(AT.minus(hour)));
        assert_eq!(parse_duration("7d"), Ok(Duration::from_hours(7 * 24)));
        assert!(parse_time("2026-01-31 14:05", AT, true).is_ok());
        for bad in ["", "tomorrow", "-1h", "1x", "2026-13-01"] {
            assert!(parse_time(bad, AT, true).is_err(), "{bad}");
        }
    }
}
