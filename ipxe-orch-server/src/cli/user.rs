//! The user of the program.

use ipxe_orch_core::{
    auth::{Actor, Origin},
    orchestrator::Caller,
};
use std::{fs, os::unix::fs::MetadataExt as _};

/// The operating system's user, as the kernel says; the environment could be set to anything.
pub(super) fn caller() -> Caller {
    let actor = Actor::Local { user: user() };
    Caller::new(actor, Origin("cli".to_owned()))
}

fn user() -> String {
    let Ok(process) = fs::metadata("/proc/self") else { return "unknown".to_owned() };
    let passwd = fs::read_to_string("/etc/passwd").unwrap_or_default();
    name(&passwd, process.uid()).unwrap_or_else(|| format!("uid:{}", process.uid()))
}

/// The name of the first line with this number, see passwd(5).
fn name(passwd: &str, uid: u32) -> Option<String> {
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)?.parse() == Ok(uid)).then(|| name.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_named() {
        let passwd = "root:x:0:0:root:/root:/bin/bash\nann:x:1000:1000::/home/ann:/bin/sh\n";
        assert_eq!(name(passwd, 1000).as_deref(), Some("ann"));
        assert_eq!(name(passwd, 7), None);
    }
}
