//! How long a command waits, as far as its options say.

use super::{Call, Waits};
use crate::script::number::number;

/// The longest time that counts as a limit, in seconds.
const LONGEST: u32 = 3600;

/// How long `ping` waits for each answer without `--timeout`, in milliseconds.
const PING: u32 = 1000;

/// How long a command may wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::script) enum Wait {
    /// A few seconds at most, or as long as the script says.
    Limited,
    /// As long as it says, but a download that makes progress goes on.
    Progress,
    /// As long as iPXE's own limits allow.
    OwnLimit,
    /// Without end, for this reason.
    Endless(String),
    /// For a person at the console, for this reason.
    Person(String),
}

impl Call<'_> {
    /// How long the command may wait. Whether it downloads anything at all is for the caller to know.
    pub(in crate::script) fn wait(&self) -> Wait {
        let name = self.spec.name;
        match self.spec.waits {
            Waits::Ever if self.fetches() => {
                Wait::Endless(format!("{name} of a download has no --timeout"))
            }
            Waits::Never | Waits::Ever => Wait::Limited,
            Waits::Network => match self.limited("timeout") {
                Ok(()) if self.spec.downloads() => Wait::Progress,
                Ok(()) => Wait::Limited,
                Err(why) => Wait::Endless(why),
            },
            Waits::Limited if self.spec.option("timeout").is_none() => Wait::Limited,
            Waits::Limited => match self.limited("timeout") {
                Ok(()) => Wait::Limited,
                Err(why) if self.timeout().is_some() => Wait::Endless(why),
                Err(_) => Wait::OwnLimit,
            },
            Waits::Counted => self.counted(),
            Waits::Operand => {
                let seconds = self.operand().and_then(number);
                match seconds.filter(|seconds| *seconds <= LONGEST) {
                    Some(_) => Wait::Limited,
                    None => Wait::Endless(format!(
                        "{name} for longer than {LONGEST} s, or how long is not known"
                    )),
                }
            }
            Waits::PersonOrTimeout => match self.limited("timeout") {
                Ok(()) => Wait::Limited,
                Err(_) => Wait::Person(format!("{name} waits for a person")),
            },
            Waits::PersonAfterKey => {
                let limits = ["timeout", "retimeout"].map(|long| self.limited(long).is_ok());
                match limits {
                    [true, true] => Wait::Limited,
                    [true, false] => {
                        Wait::Person(format!("{name} waits for a person after any key"))
                    }
                    _ => Wait::Person(format!("{name} waits for a person")),
                }
            }
            Waits::Person => Wait::Person(format!("{name} waits for a person")),
        }
    }

    /// Whether this option limits a wait, or why it does not.
    fn limited(&self, long: &str) -> Result<(), String> {
        let name = self.spec.name;
        match self.millis(long) {
            Some(millis) if millis / 1000 <= LONGEST => Ok(()),
            Some(millis) => Err(format!("{name} with a --{long} of {millis} ms")),
            None => Err(format!("{name} without a --{long}")),
        }
    }

    /// `--count` together with the time for each answer.
    fn counted(&self) -> Wait {
        let name = self.spec.name;
        let count = self.option("count").and_then(number).filter(|count| *count > 0);
        let Some(count) = count else { return Wait::Endless(format!("{name} without a --count")) };
        let each = self.timeout().unwrap_or(PING);
        match count.checked_mul(each).filter(|millis| millis / 1000 <= LONGEST) {
            Some(_) => Wait::Limited,
            None => Wait::Endless(format!("{name} {count} times, {each} ms each")),
        }
    }

    /// Whether a command without `--timeout` is given something to download.
    fn fetches(&self) -> bool {
        self.option("picture").is_some() || !self.operands.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::{super::call, *};

    #[test]
    fn a_wait_of_more_than_an_hour_has_no_limit() {
        let of = |text: &str| {
            let words: Vec<_> = text.split(' ').map(str::to_owned).collect();
            call(&words).unwrap().wait()
        };
        for limited in [
            "iflinkwait --timeout 3600000 net0",
            "sleep 3600",
            "choose --timeout 1000 --retimeout 1000 x",
            "prompt --timeout 1 x",
            "ping --count 10 a",
            "console --x 800",
            "certstore",
            "dhcp --timeout 5000",
            "pxebs net0 1",
        ] {
            assert_eq!(of(limited), Wait::Limited, "{limited}");
        }
        for endless in [
            "chain --timeout 4000000000 a",
            "chain a",
            "chain --timeout 0 a",
            "dhcp --timeout 4000000000",
            "sleep 3601",
            "ping --count 100000 --timeout 100000 a",
            "ping --timeout 100 a",
            "console --picture a",
            "certstore a",
            "sha256sum a",
        ] {
            assert!(matches!(of(endless), Wait::Endless(_)), "{endless}");
        }
        for person in [
            "choose x",
            "choose --timeout 5000 x",
            "choose --timeout 5000 --retimeout 4000000000 x",
            "read x",
            "read --timeout 100 x",
            "prompt --timeout 4000000000 x",
            "shell",
        ] {
            assert!(matches!(of(person), Wait::Person(_)), "{person}");
        }
        assert_eq!(of("chain --timeout 4000 a"), Wait::Progress);
        assert_eq!(of("dhcp"), Wait::OwnLimit);
    }
}
