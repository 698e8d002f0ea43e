//! When maintenance windows are open, by the time zone database of this machine.

use ipxe_orch_core::{
    policy::{Calendar, Opening, Weekday, Window},
    time::Timestamp,
};
use jiff::{Zoned, civil, tz::TimeZone};

/// Knows the time zones of the IANA time zone database, which is the one of this machine, or else
/// the one that was built in.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemCalendar;

impl Calendar for SystemCalendar {
    fn opening(&self, window: &Window, at: Timestamp) -> Option<Opening> {
        let zone = TimeZone::get(&window.zone).ok()?;
        let at = jiff::Timestamp::from_millisecond(at.as_millis()).ok()?;
        // A window that began yesterday may be open still, and each begins once a week at least.
        let first = at.to_zoned(zone.clone()).date().yesterday().ok()?;
        let days = first.series(jiff::Span::new().days(1)).take(9);
        let mut openings = days.filter_map(|date| opening(window, &zone, date));
        openings.find(|opening| opening.until.as_millis() > at.as_millisecond())
    }
}

/// The opening that begins on this day.
fn opening(window: &Window, zone: &TimeZone, date: civil::Date) -> Option<Opening> {
    let weekday =
        Weekday::ALL.get(usize::try_from(date.weekday().to_monday_zero_offset()).ok()?)?;
    if !window.days.contains(weekday) {
        return None;
    }
    let ends = if window.until <= window.from { date.tomorrow().ok()? } else { date };
    let from = moment(zone, date, window.from)?;
    let until = moment(zone, ends, window.until)?;
    (from < until).then_some(Opening { from, until })
}

/// Local time that a change of the clocks leaves out counts as the time after it.
fn moment(zone: &TimeZone, date: civil::Date, minutes: u16) -> Option<Timestamp> {
    let (hour, minute) = (i8::try_from(minutes / 60).ok()?, i8::try_from(minutes % 60).ok()?);
    let zoned: Zoned = date.at(hour, minute, 0, 0).to_zoned(zone.clone()).ok()?;
    Some(Timestamp::from_millis(zoned.timestamp().as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::from_millis(text.parse::<jiff::Timestamp>().unwrap().as_millisecond())
    }

    fn opens(window: &str, now: &str) -> (String, String) {
        let opening = SystemCalendar.opening(&window.parse().unwrap(), at(now)).unwrap();
        let text =
            |at: Timestamp| jiff::Timestamp::from_millisecond(at.as_millis()).unwrap().to_string();
        (text(opening.from), text(opening.until))
    }

    /// 2026-11-28 is a Saturday.
    #[test]
    fn a_window_opens_in_the_time_of_its_place() {
        let window = "sat,sun 22:00-06:00 Europe/Berlin";
        let night = ("2026-11-28T21:00:00Z".to_owned(), "2026-11-29T05:00:00Z".to_owned());
        for now in ["2026-11-28T12:00:00Z", "2026-11-28T21:00:00Z", "2026-11-29T04:59:59Z"] {
            assert_eq!(opens(window, now), night, "{now}");
        }
        let next = ("2026-11-29T21:00:00Z".to_owned(), "2026-11-30T05:00:00Z".to_owned());
        assert_eq!(opens(window, "2026-11-29T05:00:00Z"), next);
        let saturday = "2026-12-05T21:00:00Z";
        assert_eq!(opens(window, "2026-11-30T05:00:00Z").0, saturday);
    }

    #[test]
    fn a_change_of_the_clocks_moves_a_window() {
        let window = "fri 20:00-21:00 Europe/Berlin";
        assert_eq!(opens(window, "2026-10-20T00:00:00Z").0, "2026-10-23T18:00:00Z");
        assert_eq!(opens(window, "2026-10-25T12:00:00Z").0, "2026-10-30T19:00:00Z");
        // 02:30 is left out on 2026-03-29.
        let left_out = opens("sun 02:30-04:00 Europe/Berlin", "2026-03-28T12:00:00Z");
        assert_eq!(left_out.0, "2026-03-29T01:30:00Z");
    }

    #[test]
    fn a_window_of_a_whole_day_ends_where_it_began() {
        let window = "sat 08:00-08:00 UTC";
        let day = ("2026-11-28T08:00:00Z".to_owned(), "2026-11-29T08:00:00Z".to_owned());
        assert_eq!(opens(window, "2026-11-28T12:00:00Z"), day);
    }

    #[test]
    fn a_place_that_nobody_knows_has_no_window() {
        let window = "sat 08:00-09:00 Europe/Nowhere".parse().unwrap();
        assert_eq!(SystemCalendar.opening(&window, at("2026-11-28T12:00:00Z")), None);
    }
}
