//! Findings: what is wrong with a script, in which line, and what helps.

use std::fmt;

/// How serious a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing. The script is correct.
    Note,
    /// The script works, but it may take longer or do more than intended.
    Warning,
    /// The script does not work, or it may strand a machine.
    Error,
}

/// One finding in a script.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// The number of the line. The first line is 1.
    pub line: usize,
    /// The kind of finding.
    pub code: Code,
    /// What was found, for people.
    pub what: String,
}

impl Finding {
    pub(super) fn new(line: usize, code: Code, what: impl Into<String>) -> Self {
        Self { line, code, what: what.into() }
    }

    /// How serious it is.
    pub fn severity(&self) -> Severity {
        self.code.severity()
    }

    /// What helps, as an instruction.
    pub fn remedy(&self) -> &'static str {
        self.code.remedy()
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, remedy) = (crate::text::shown(&self.what), self.remedy());
        write!(f, "line {}: {}: {what}: {remedy}", self.line, self.code.name())
    }
}

macro_rules! codes {
    ($($code:ident $name:literal $severity:ident $doc:literal $remedy:literal,)*) => {
        /// The kinds of findings. Their names never change.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Code {
            $(#[doc = $doc] $code,)*
        }

        impl Code {
            /// All kinds.
            pub const ALL: &[Self] = &[$(Self::$code,)*];

            /// The name, which never changes.
            pub fn name(self) -> &'static str {
                match self { $(Self::$code => $name,)* }
            }

            /// How serious it is.
            pub fn severity(self) -> Severity {
                match self { $(Self::$code => Severity::$severity,)* }
            }

            /// What helps, as an instruction.
            pub fn remedy(self) -> &'static str {
                match self { $(Self::$code => $remedy,)* }
            }
        }
    };
}

codes! {
    UnknownCommand "unknown-command" Error
        "The build of iPXE has no such command."
        "use a command of this build, or another build",
    UnknownOption "unknown-option" Error
        "The command has no such option. iPXE accepts no abbreviations."
        "write an option of the command, or `--` before an operand that begins with `-`",
    WrongOperands "wrong-operands" Error
        "There are too few or too many operands, or a value is missing or not of the right kind."
        "give the command the operands and values that it needs",
    OptionAfterOperand "option-after-operand" Error
        "Everything after the first operand is an argument of the image, not an option."
        "write options before the first operand",
    MissingLabel "missing-label" Error
        "No line has the label, so `goto` fails."
        "add the label",
    DuplicateLabel "duplicate-label" Warning
        "Several lines have the label; `goto` goes to the first one."
        "rename one of them",
    UnguardedFailure "unguarded-failure" Error
        "A failed command at the end of its line ends the whole script."
        "write `||` after it, with what to do instead",
    EndlessWait "endless-wait" Error
        "The command may wait without end."
        "give it a --timeout in milliseconds or a --count above 0, in all at most an hour, or leave it out",
    SeveralPaths "several-paths" Error
        "After one of several addresses was reached and then fails, iPXE tries all of them again without end."
        "give it one address, and the next one to another command behind `||`",
    OwnLimit "own-limit" Warning
        "The command waits as long as iPXE's own limits allow; for a link alone that is 15 s."
        "give it a --timeout in milliseconds",
    WaitsForPerson "waits-for-person" Error
        "The command waits for a person at the console."
        "leave it out, or give it a --timeout if it has one, and `choose` a --retimeout as well",
    IdleTimeout "idle-timeout" Note
        "A server that sends a byte from time to time is waited for without end."
        "`--timeout` limits the time without progress, not the whole download",
    UnknownType "unknown-type" Error
        "The type of the setting is unknown; its value is always empty."
        "use a type such as string, uristring, int32, hex, hexhyp or ipv4",
    UnclosedSetting "unclosed-setting" Warning
        "A `${` has no `}`; iPXE leaves it unchanged."
        "add the missing `}`",
    AbsoluteServer "absolute-server" Error
        "The script names a server's address, which is not the same for every network and server."
        "use a path relative to the script, or ${cwduri}",
    MovedAddress "moved-address" Error
        "After DHCP or a change of `next-server`, relative addresses are taken as files of that server's TFTP."
        "write `set base ${cwduri}` before it, and begin addresses with ${base}",
    ReservedSetting "reserved-setting" Error
        "The boot image uses this setting for itself."
        "use a name that is not `idx` and does not begin with `orch-`",
    LongLine "long-line" Error
        "The words of the line may overflow iPXE's stack; under BIOS it then hangs or fails."
        "split the line, so that each has fewer than 200 words",
    ForeignValue "foreign-value" Error
        "The machine or its network chooses the value. It may hold `${`, which iPXE expands again, perhaps for ever."
        "use a type that shows letters and digits only, such as ${serial:hexraw}",
    OverRegion "over-region" Error
        "The script is longer than 16 KiB, the space that a boot image has for it."
        "shorten the script",
    MissingClaim "missing-claim" Error
        "On some path something boots without a claim, so the mark is never used up."
        "fetch t/TICKET/claim with imgfetch before it, and go to the local disk if that fails",
    WorkAfterClaim "work-after-claim" Warning
        "If this fails after the claim, the mark was used up for nothing."
        "load everything first, claim last",
    EndlessLoop "endless-loop" Error
        "Some path comes back to the same command with the same settings."
        "count the rounds with inc, and leave the loop with iseq",
    BootsItself "boots-itself" Error
        "The firmware would start this boot image again, without end."
        "name another drive, or the installed system's own loader with --filename",
    StaleSan "stale-san" Error
        "A SAN drive that was attached before would be booted as the local disk."
        "begin the local boot with `sanunhook ||`",
    Stops "stops" Error
        "Some path ends in a firmware menu, without power, or in endless resets."
        "end with the local disk: exit on BIOS, exit 1 on UEFI",
    NotAnalysed "not-analysed" Error
        "What happens depends on values that are not known before the script runs."
        "use labels, commands and counters that the script itself sets",
    TooManyStates "too-many-states" Error
        "The script has too many states to prove it."
        "use fewer counters and smaller loops",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_distinct_and_a_finding_is_one_line() {
        let names: std::collections::BTreeSet<_> =
            Code::ALL.iter().map(|code| code.name()).collect();
        assert_eq!(names.len(), Code::ALL.len());
        let shown = Finding::new(3, Code::MissingLabel, "no label `a\nb`").to_string();
        assert_eq!(shown, "line 3: missing-label: no label `a\\nb`: add the label");
    }
}
