//! What is wrong with a script, where, and what helps.

use std::fmt;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing; the script is right.
    Note,
    /// It works, and may take longer or do more than meant.
    Warning,
    /// It does not work, or may strand a machine.
    Error,
}

/// A finding in a script.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// Line, from 1 on.
    pub line: usize,
    /// Which kind.
    pub code: Code,
    /// What was found.
    pub what: String,
}

impl Finding {
    pub(super) fn new(line: usize, code: Code, what: impl Into<String>) -> Self {
        Self { line, code, what: what.into() }
    }

    /// How bad it is.
    pub fn severity(&self) -> Severity {
        self.code.severity()
    }

    /// What helps.
    pub fn remedy(&self) -> &'static str {
        self.code.remedy()
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, remedy) = (self.what.escape_debug(), self.remedy());
        write!(f, "line {}: {}: {what}: {remedy}", self.line, self.code.name())
    }
}

macro_rules! codes {
    ($($code:ident $name:literal $severity:ident $doc:literal $remedy:literal,)*) => {
        /// The kinds of findings. Their names are stable.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Code {
            $(#[doc = $doc] $code,)*
        }

        impl Code {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$code,)*];

            /// The stable name.
            pub fn name(self) -> &'static str {
                match self { $(Self::$code => $name,)* }
            }

            /// How bad it is.
            pub fn severity(self) -> Severity {
                match self { $(Self::$code => Severity::$severity,)* }
            }

            /// What helps.
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
        "The command has no such option; abbreviations are none."
        "write an option of the command, or `--` before an operand that begins with `-`",
    WrongOperands "wrong-operands" Error
        "Operands or the value of an option are missing, too many, or no number."
        "give the command what it takes",
    OptionAfterOperand "option-after-operand" Error
        "iPXE takes what follows the first operand for arguments of the image."
        "write options before the operand",
    MissingLabel "missing-label" Error
        "`goto` fails where no line has the label."
        "add the label",
    DuplicateLabel "duplicate-label" Warning
        "`goto` goes to the first line with the label."
        "rename one of them",
    UnguardedFailure "unguarded-failure" Error
        "A failed command at the end of its line ends the whole script."
        "write `||` after it, with what to do instead",
    EndlessWait "endless-wait" Error
        "It may wait for ever."
        "give it a --timeout in milliseconds or a --count, above 0, or up to 3600 seconds",
    SeveralPaths "several-paths" Error
        "Once one of several addresses was reached, iPXE tries all of them again for ever."
        "give it one address, and the next one to another command behind `||`",
    OwnLimit "own-limit" Warning
        "It waits as long as iPXE thinks right, 15 s for a link alone."
        "give it a --timeout in milliseconds",
    WaitsForPerson "waits-for-person" Error
        "Nobody sits at a server."
        "leave it out, or give it a --timeout where it has one",
    IdleTimeout "idle-timeout" Note
        "A server that sends a byte now and then is waited for."
        "`--timeout` limits the time without progress, not the whole download",
    UnknownType "unknown-type" Error
        "A setting with an unknown type is always empty."
        "use a type such as string, uristring, int32, hex, hexhyp or ipv4",
    UnclosedSetting "unclosed-setting" Warning
        "A `${` without its `}` stands as it is."
        "close it",
    AbsoluteServer "absolute-server" Error
        "The address of a server differs by network and by server."
        "use a path relative to the script, or ${cwduri}",
    MovedAddress "moved-address" Error
        "After DHCP or with another `next-server`, relative addresses lead to that server's TFTP."
        "before it, `set base ${cwduri}`, and begin addresses with ${base}",
    ReservedSetting "reserved-setting" Error
        "The boot image counts with this setting."
        "use a name that is not `idx` and does not begin with `orch-`",
    OverRegion "over-region" Error
        "A boot image has 16 KiB for its script."
        "shorten the script",
    MissingClaim "missing-claim" Error
        "Something boots on a path without a claim: a mark is never spent."
        "fetch t/TICKET/claim with imgfetch before it, and go to the local disk where that fails",
    WorkAfterClaim "work-after-claim" Warning
        "What fails after the claim spends the mark for nothing."
        "load everything first, claim last",
    EndlessLoop "endless-loop" Error
        "A path comes back to where it was, with the same settings."
        "count the rounds with inc, and leave the loop with iseq",
    BootsItself "boots-itself" Error
        "The firmware would start this boot image again, for ever."
        "name another drive, or the installed system's own loader with --filename",
    StaleSan "stale-san" Error
        "A drive hooked before would be booted as the local disk."
        "begin the local boot with `sanunhook ||`",
    Stops "stops" Error
        "The machine ends in a menu of its firmware, without power, or in a reset without end."
        "end with the local disk: exit on BIOS, exit 1 on UEFI",
    NotAnalysed "not-analysed" Error
        "What happens depends on values that cannot be known before it runs."
        "use labels, commands and counters that the script itself sets",
    TooManyStates "too-many-states" Error
        "The proof was given up."
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
