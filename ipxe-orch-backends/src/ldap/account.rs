//! Whether an account may sign in, by its attributes.

use super::{entry::Entry, error::Fault, options::DirectoryKind};
use ipxe_orch_core::{auth::Refusal, text::shown, time::Timestamp};

/// What of an account is read in Active Directory.
pub(super) const ACTIVE_DIRECTORY: [&str; 6] = [
    "userAccountControl",
    CONTROL_COMPUTED,
    "accountExpires",
    "lockoutTime",
    "pwdLastSet",
    "primaryGroupID",
];
/// What of an account is read elsewhere.
pub(super) const LDAP: [&str; 4] =
    ["pwdAccountLockedTime", "pwdReset", "nsAccountLock", "shadowExpire"];

const CONTROL_COMPUTED: &str = "msDS-User-Account-Control-Computed";
const DISABLED: u32 = 0x2;
const LOCKED: u32 = 0x10;
const PASSWORD_EXPIRED: u32 = 0x80_0000;
/// A lock that only an administrator takes away.
const FOR_EVER: &str = "000001010000Z";

/// Whether the password is checked next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Before {
    /// The server has the last word, so a lock that may be over is left to it.
    Bind,
    /// Nothing else tells whether the person may still sign in.
    Nothing,
}

/// Whether the account may sign in.
///
/// # Errors
/// A fault if what must be known may not be read.
pub(super) fn state(
    kind: DirectoryKind,
    entry: &Entry,
    now: Timestamp,
    before: Before,
) -> Result<Result<(), Refusal>, Fault> {
    let refusal = match kind {
        DirectoryKind::ActiveDirectory => active_directory(entry, now)?,
        DirectoryKind::Ldap => ldap(entry, now, before),
    };
    Ok(refusal.map_or(Ok(()), Err))
}

fn active_directory(entry: &Entry, now: Timestamp) -> Result<Option<Refusal>, Fault> {
    let control: i64 = needed(entry, "userAccountControl")?;
    let flags = entry.number(CONTROL_COMPUTED).unwrap_or(0_i64) | control;
    let has = |flag: u32| flags & i64::from(flag) != 0;
    // Where the computed flags are not to be had, a lock may be over, but nobody knows.
    let locked = has(LOCKED)
        || entry.bytes(CONTROL_COMPUTED).is_none()
            && entry.number("lockoutTime").unwrap_or(0_i64) != 0;
    Ok(match () {
        () if control & i64::from(DISABLED) != 0 => Some(Refusal::Disabled),
        () if is_over(needed(entry, "accountExpires")?, now) => Some(Refusal::Expired),
        () if locked => Some(Refusal::Locked),
        () if entry.number("pwdLastSet") == Some(0_i64) => Some(Refusal::MustChangePassword),
        () if has(PASSWORD_EXPIRED) => Some(Refusal::PasswordExpired),
        () => None,
    })
}

fn needed(entry: &Entry, attribute: &str) -> Result<i64, Fault> {
    entry.number(attribute).ok_or_else(|| {
        let dn = shown(&entry.dn);
        Fault::stop(format!(
            "`{attribute}` of `{dn}` cannot be read: give `bind_name` the right to read all properties of users"
        ))
    })
}

/// Whether the time is over. 0 and the greatest number mean "never".
fn is_over(ticks: i64, now: Timestamp) -> bool {
    /// Milliseconds from 1601-01-01 to 1970-01-01.
    const EPOCH: i64 = 11_644_473_600_000;
    // In units of 100 ns.
    ticks != 0 && ticks != i64::MAX && ticks / 10_000 - EPOCH <= now.as_millis()
}

fn ldap(entry: &Entry, now: Timestamp, before: Before) -> Option<Refusal> {
    const DAY: i64 = 86_400_000;
    let locked = entry.text("pwdAccountLockedTime");
    let expires = entry.number("shadowExpire").filter(|days: &i64| *days > 0);
    match () {
        () if entry.has("nsAccountLock", "true") => Some(Refusal::Disabled),
        () if expires.is_some_and(|days| days.saturating_mul(DAY) <= now.as_millis()) => {
            Some(Refusal::Expired)
        }
        () if locked == Some(FOR_EVER) => Some(Refusal::Locked),
        () if locked.is_some() && before == Before::Nothing => Some(Refusal::Locked),
        () if entry.has("pwdReset", "true") => Some(Refusal::MustChangePassword),
        () => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-28.
    const NOW: Timestamp = Timestamp::from_millis(1_795_824_000_000);

    fn ad(changes: &[(&str, &str)]) -> Result<(), Refusal> {
        let mut entry = Entry::default();
        let usual = [
            ("userAccountControl", "512"),
            (CONTROL_COMPUTED, "0"),
            ("accountExpires", "9223372036854775807"),
            ("pwdLastSet", "134403568578103880"),
        ];
        for (name, value) in
            usual.iter().filter(|(name, _)| changes.iter().all(|(other, _)| name != other))
        {
            entry = entry.with(name, value.as_bytes());
        }
        for (name, value) in changes.iter().filter(|(_, value)| !value.is_empty()) {
            entry = entry.with(name, value.as_bytes());
        }
        state(DirectoryKind::ActiveDirectory, &entry, NOW, Before::Bind).unwrap()
    }

    #[test]
    fn never_has_two_values() {
        assert_eq!(ad(&[]), Ok(()));
        assert_eq!(ad(&[("accountExpires", "0")]), Ok(()));
    }

    #[test]
    fn an_account_expires_at_its_time() {
        // 2012-12-14, and the ticks of NOW.
        assert_eq!(ad(&[("accountExpires", "130000000000000000")]), Err(Refusal::Expired));
        assert_eq!(ad(&[("accountExpires", "134402976000000000")]), Err(Refusal::Expired));
        assert_eq!(ad(&[("accountExpires", "134402976000010000")]), Ok(()));
    }

    #[test]
    fn flags_of_active_directory_are_obeyed() {
        assert_eq!(ad(&[("userAccountControl", "514")]), Err(Refusal::Disabled));
        assert_eq!(ad(&[(CONTROL_COMPUTED, "16")]), Err(Refusal::Locked));
        assert_eq!(ad(&[(CONTROL_COMPUTED, "8388608")]), Err(Refusal::PasswordExpired));
        let must_change = [("pwdLastSet", "0"), (CONTROL_COMPUTED, "8388608")];
        assert_eq!(ad(&must_change), Err(Refusal::MustChangePassword));
    }

    #[test]
    fn a_lock_that_is_over_is_over() {
        let time = ("lockoutTime", "134403568865324880");
        assert_eq!(ad(&[time]), Ok(()), "the computed flags say that it is over");
        assert_eq!(ad(&[time, (CONTROL_COMPUTED, "")]), Err(Refusal::Locked));
        assert_eq!(ad(&[("lockoutTime", "0"), (CONTROL_COMPUTED, "")]), Ok(()));
    }

    #[test]
    fn what_cannot_be_read_is_not_taken_for_good() {
        let entry = Entry::default().with("userAccountControl", b"512");
        let fault = state(DirectoryKind::ActiveDirectory, &entry, NOW, Before::Bind).unwrap_err();
        assert!(fault.text.contains("`accountExpires`"), "{}", fault.text);
    }

    #[test]
    fn other_directories_have_other_attributes() {
        let judged = |name: &str, value: &str, before| {
            let entry = Entry::default().with(name, value.as_bytes());
            state(DirectoryKind::Ldap, &entry, NOW, before).unwrap()
        };
        assert_eq!(judged("cn", "x", Before::Nothing), Ok(()));
        assert_eq!(judged("nsAccountLock", "TRUE", Before::Bind), Err(Refusal::Disabled));
        assert_eq!(judged("shadowExpire", "20000", Before::Bind), Err(Refusal::Expired));
        assert_eq!(judged("shadowExpire", "-1", Before::Bind), Ok(()));
        assert_eq!(judged("pwdReset", "TRUE", Before::Bind), Err(Refusal::MustChangePassword));
        assert_eq!(judged("pwdAccountLockedTime", FOR_EVER, Before::Bind), Err(Refusal::Locked));
        let locked = "20261128162807Z";
        assert_eq!(
            judged("pwdAccountLockedTime", locked, Before::Bind),
            Ok(()),
            "the server decides"
        );
        assert_eq!(judged("pwdAccountLockedTime", locked, Before::Nothing), Err(Refusal::Locked));
    }
}
