//! iPXE's stack. Each word of a line takes a place on it, and each word of a command a second one
//! (`system()` in `core/exec.c`).

use super::ast::{Command, Line, Script};
use super::finding::{Code, Finding};
use super::rules::Firmware;

/// The number of words from which a line is refused. The limits of iPXE were measured: under BIOS,
/// from 840 words in short commands and from 420 in one command, and about 70 fewer for each script
/// around it; 12 scripts within each other are too many without any words. What is overwritten then
/// decides whether it hangs, fails, or goes on. The simulator always hangs.
pub(super) const REFUSED: usize = 200;

/// What a line may take of the stack of a build, and what each script around it takes, in bytes.
const BIOS: (usize, usize) = (3360, 285);
const UEFI: (usize, usize) = (90_000, 1000);

/// Whether the words of a line overflow the stack, so that iPXE hangs.
pub(super) fn overflows(firmware: Firmware, depth: usize, line: &Line, command: &Command) -> bool {
    let (pointer, (stack, script)) = if firmware == Firmware::Bios { (4, BIOS) } else { (8, UEFI) };
    let words = line.tokens + command.words.len() + 2;
    words * pointer + depth.saturating_mul(script) > stack
}

/// The lines that are refused because they have too many words.
pub(super) fn long_lines(script: &Script) -> impl Iterator<Item = Finding> {
    let long = script.lines().iter().filter(|line| line.tokens >= REFUSED);
    long.map(|line| {
        Finding::new(line.number, Code::LongLine, format!("the line has {} words", line.tokens))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_counted_as_ipxe_does() {
        let tokens = |line: &str| {
            let script = Script::parse(&format!("#!ipxe\n{line}\n")).unwrap();
            script.lines()[1].tokens
        };
        assert_eq!(tokens(":label isset x && echo a ||"), 6);
        assert_eq!(tokens("echo a # and a comment"), 6);
        assert_eq!(tokens("echo a \\\n  b"), 3);
        assert_eq!(tokens(""), 0);
    }

    #[test]
    fn a_line_is_refused_long_before_it_overflows_the_stack() {
        let of = |words: usize, depth, firmware| {
            let text = format!("#!ipxe\nset x {}\n", "a ".repeat(words - 2));
            let script = Script::parse(&text).unwrap();
            let line = &script.lines()[1];
            let refused = long_lines(&script).count() > 0;
            (refused, overflows(firmware, depth, line, &line.chain[0]))
        };
        assert_eq!(of(199, 3, Firmware::Bios), (false, false));
        assert_eq!(of(200, 3, Firmware::Bios), (true, false));
        assert_eq!(of(400, 0, Firmware::Bios), (true, false));
        assert_eq!(of(450, 0, Firmware::Bios), (true, true));
        assert_eq!(of(450, 0, Firmware::Uefi), (true, false));
    }
}
