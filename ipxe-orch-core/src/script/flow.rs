//! The order of commands, as in `system()` in `core/exec.c` and in `process_script()` and
//! `goto_exec()` in `image/script.c`.

use super::ast::{Command, Line, Script};

/// The place of a command in a script.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Position {
    pub(super) line: usize,
    pub(super) command: usize,
}

/// What happens after a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum After {
    Command(Position),
    /// The script ends after its last line.
    End,
    /// The script ends with an error, because the last command of a line failed.
    Abort,
}

impl Script {
    /// The line and the command at `position`; `None` if the line has no commands.
    pub(super) fn at(&self, position: Position) -> Option<(&Line, &Command)> {
        let line = self.lines.get(position.line)?;
        Some((line, line.chain.get(position.command)?))
    }

    /// The first command in this line or after it.
    pub(super) fn first_at(&self, line: usize) -> After {
        let found = self.lines.iter().skip(line).position(|line| !line.chain.is_empty());
        found.map_or(After::End, |more| After::Command(Position { line: line + more, command: 0 }))
    }

    /// What happens after the command at `position`.
    pub(super) fn after(&self, position: Position, succeeded: bool) -> After {
        let line = self.lines.get(position.line);
        match line.and_then(|line| line.next(position.command, succeeded)) {
            Some(command) => After::Command(Position { command, ..position }),
            None if succeeded => self.first_at(position.line + 1),
            None => After::Abort,
        }
    }
}

impl Line {
    /// The next command of the line that runs. A command that does not run leaves the result of the
    /// last one unchanged.
    pub(super) fn next(&self, command: usize, succeeded: bool) -> Option<usize> {
        let rest = self.chain.iter().enumerate().skip(command);
        rest.take_while(|(_, command)| command.joint.is_some())
            .find(|(_, command)| command.joint.is_some_and(|joint| joint.goes_on(succeeded)))
            .map(|(index, _)| index + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn script(text: &str) -> Script {
        Script::parse(&format!("#!ipxe\n{text}\n")).unwrap()
    }

    fn after(text: &str, command: usize, succeeded: bool) -> After {
        script(text).after(Position { line: 1, command }, succeeded)
    }

    #[test]
    fn a_command_that_does_not_run_leaves_the_status_as_it_is() {
        let at = |command| After::Command(Position { line: 1, command });
        assert_eq!(after("a && b || c", 0, true), at(1));
        assert_eq!(after("a && b || c", 0, false), at(2));
        assert_eq!(after("a || b && c", 0, true), at(2));
        assert_eq!(after("a || b", 0, true), After::End);
        assert_eq!(after("a && b", 0, false), After::Abort);
        assert_eq!(after("a ||", 0, false), at(1));
        assert_eq!(after("a ; b", 0, false), at(1));
        assert_eq!(after("a\n:b\nc", 0, true), After::Command(Position { line: 3, command: 0 }));
    }
}
