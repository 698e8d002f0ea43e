//! What the people in charge want of every install: a second person, a reason, a change number, a
//! maintenance window, and not too many installs an hour.
//!
//! A [`Policy`] covers all hosts, a site or hosts with labels. A mark must satisfy each policy that
//! covers its host, so a policy of a site adds to that of all hosts. [`judge`] and [`check_told`]
//! decide; they read no clock and no store.
//!
//! # How a limit is kept
//! A policy with a [`Limit`] has a [`Meter`]: the times at which installs were armed without a
//! second person. A mark that still fits in names the policy in its
//! [`counts`](crate::lease::Mark::counts), and the store takes a place of the meter in the
//! transaction that stores the mark. If the last place was taken meanwhile, it stores nothing.

mod judge;
mod meter;
mod need;
mod record;
mod window;

pub use judge::{Judged, Order, Violation, check_told, judge};
pub use meter::{Meter, Taken};
pub use need::{Count, Need};
pub use record::{Limit, Policy, PolicyRecord, PutPolicy, Rules};
pub use window::{Calendar, InvalidWindow, NoCalendar, Opening, Weekday, Window};
