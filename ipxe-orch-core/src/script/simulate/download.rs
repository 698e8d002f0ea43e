//! Addresses and downloads.

use super::{Answer, Ending, device::is_online, machine::Machine};
use crate::script::commands::Call;

/// How long a server takes to answer, in milliseconds.
const ANSWERED: u32 = 10;

/// How long iPXE tries to reach an address that nobody has, in milliseconds.
const SILENCE: u32 = 16_000;

/// How long a command to a SAN drive may take, in milliseconds: 15 s, and 10 retries
/// (`SAN_COMMAND_TIMEOUT` and `SAN_DEFAULT_RETRIES` in `core/sanboot.c`).
const DRIVE: u32 = 11 * 15_000;

/// Downloads from `uri`. Returns the full address and the answer, or `None` if the download fails.
///
/// # Errors
/// [`Ending::Hung`] if the download never ends.
pub(super) fn download(
    machine: &mut Machine<'_>,
    call: &Call<'_>,
    uri: &str,
) -> Result<Option<(String, Answer)>, Ending> {
    let address = resolve(&machine.outside.address, uri);
    if !is_online(machine) {
        return Ok(None);
    }
    machine.requests.push(address.clone());
    let answer = take(machine, &address);
    let waits = match (&answer, call.timeout()) {
        (Answer::Refused, _) => 0,
        (Answer::Silent, Some(millis)) => millis.min(SILENCE),
        (Answer::Silent, None) => SILENCE,
        (Answer::Stalls | Answer::Busy | Answer::Redirects, millis) => {
            let own = matches!(call.spec.name, "sanhook" | "sanboot").then_some(DRIVE);
            millis.or(own).ok_or(Ending::Hung)?
        }
        _ => ANSWERED,
    };
    machine.waits(waits);
    let came = matches!(answer, Answer::Script(_) | Answer::Kernel | Answer::Disk | Answer::Data);
    Ok(came.then_some((address, answer)))
}

/// Whether a connection to this address succeeds.
pub(super) fn connects(machine: &Machine<'_>, uri: &str) -> bool {
    let address = resolve(&machine.outside.address, uri);
    let answer = key(machine, &address).and_then(|key| machine.outside.world.answers.get(key));
    !matches!(answer, Some(Answer::Silent | Answer::Refused))
}

/// The key of the world's answer for an address: the address with its query, or else without it.
fn key<'a>(machine: &Machine<'_>, address: &'a str) -> Option<&'a str> {
    let plain = address.split('?').next().unwrap_or_default();
    [address, plain].into_iter().find(|key| machine.outside.world.answers.contains_key(*key))
}

/// The answer to a request. An answer that is given once is used up.
fn take(machine: &mut Machine<'_>, address: &str) -> Answer {
    let key = key(machine, address);
    let answers = &machine.outside.world.answers;
    let answer = key.and_then(|key| answers.get(key)).cloned().unwrap_or(Answer::NotFound);
    let Answer::Once(answer) = answer else { return answer };
    let key = key.unwrap_or_default().to_owned();
    machine.outside.world.to_mut().answers.insert(key, Answer::NotFound);
    match *answer {
        Answer::Once(_) => Answer::NotFound,
        answer => answer,
    }
}

/// Resolves an address as `resolve_uri()` in `core/uri.c` does.
pub(super) fn resolve(base: &str, uri: &str) -> String {
    let scheme = uri.split_once(':').map(|(scheme, _)| scheme);
    if scheme.is_some_and(|scheme| scheme.bytes().all(|b| b.is_ascii_alphanumeric())) {
        return uri.to_owned();
    }
    let base = base.split('?').next().unwrap_or_default();
    let (scheme, rest) = base.split_once("://").unwrap_or(("", base));
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let (uri, query) = uri.split_once('?').map_or((uri, None), |(uri, query)| (uri, Some(query)));
    let path = if uri.starts_with('/') { uri.to_owned() } else { join(&format!("/{path}"), uri) };
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    format!("{scheme}://{authority}{path}{query}")
}

/// Joins paths as `resolve_path()` in the same file does: `.` and `..` have a meaning at the start
/// only.
fn join(base: &str, relative: &str) -> String {
    let (mut folder, mut rest) = (parent(base), relative);
    loop {
        (folder, rest) = match rest.split_once('/').unwrap_or((rest, "")) {
            (".", rest) => (folder, rest),
            ("..", rest) => (parent(folder), rest),
            _ => break,
        };
    }
    let slash = if folder == "/" { "" } else { "/" };
    format!("{folder}{slash}{rest}")
}

fn parent(path: &str) -> &str {
    match path.rsplit_once('/') {
        None | Some(("", _)) => "/",
        Some((folder, _)) => folder,
    }
}

#[cfg(test)]
mod tests {
    use super::resolve;

    #[test]
    fn relative_addresses_follow_the_script() {
        let base = "http://10.0.2.2:8/base/boot/v1/script?a=b/c";
        let is = |uri: &str, expected: &str| assert_eq!(resolve(base, uri), expected);
        is("t/x/claim", "http://10.0.2.2:8/base/boot/v1/t/x/claim");
        is("../../media/vmlinuz?x", "http://10.0.2.2:8/base/media/vmlinuz?x");
        is("../../../../a", "http://10.0.2.2:8/a");
        is("./a/../b", "http://10.0.2.2:8/base/boot/v1/a/../b");
        is("..", "http://10.0.2.2:8/base/boot/");
        is("/a", "http://10.0.2.2:8/a");
        is("tftp://b/c", "tftp://b/c");
    }
}
