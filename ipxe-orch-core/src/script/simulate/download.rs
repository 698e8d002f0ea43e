//! Addresses and downloads.

use super::{Answer, Ending, device::is_online, machine::Machine};
use crate::script::commands::Call;

/// How long a server takes to answer, in milliseconds.
const ANSWERED: u32 = 10;

/// How long iPXE asks for an address that nobody has.
const SILENCE: u32 = 16_000;

/// What a drive of the network may take: 15 s for a command, 10 times again (`core/sanboot.c`:
/// `SAN_COMMAND_TIMEOUT`, `SAN_DEFAULT_RETRIES`).
const DRIVE: u32 = 11 * 15_000;

/// Downloads what the call names: the full address and what came, `None` for a failure.
///
/// # Errors
/// It never ends.
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

/// Whether a connection to this address comes about.
pub(super) fn connects(machine: &Machine<'_>, uri: &str) -> bool {
    let address = resolve(&machine.outside.address, uri);
    let answer = key(machine, &address).and_then(|key| machine.outside.world.answers.get(key));
    !matches!(answer, Some(Answer::Silent | Answer::Refused))
}

/// Under which address the world has an answer: with its query, else without one.
fn key<'a>(machine: &Machine<'_>, address: &'a str) -> Option<&'a str> {
    let plain = address.split('?').next().unwrap_or_default();
    [address, plain].into_iter().find(|key| machine.outside.world.answers.contains_key(*key))
}

/// What is answered now; an answer for once is used up.
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

/// `resolve_uri()` in `core/uri.c`.
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

/// `resolve_path()` there: `.` and `..` mean something at the start alone.
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
