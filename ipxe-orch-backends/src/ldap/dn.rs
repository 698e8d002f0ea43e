//! Names of entries (RFC 4514), compared as a directory compares them and not as bytes.

use std::fmt::Write as _;

/// A distinguished name in one form: case, blanks around signs and the kind of escapes do not
/// count. Values are taken as text without regard to case, as `cn`, `ou`, `dc` and `uid` are.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Dn(Vec<Vec<(String, String)>>);

impl Dn {
    /// Reads a name. `None` if it is not one.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if text.trim().is_empty() {
            return Some(Self(Vec::new()));
        }
        let rdns = parts(text, &[',', ';']);
        rdns.into_iter().map(rdn).collect::<Option<_>>().map(Self)
    }

    /// The domain of an entry in Active Directory: the `DC` parts at its end.
    pub(super) fn domain(&self) -> Self {
        let is_domain =
            |rdn: &&Vec<(String, String)>| matches!(rdn.as_slice(), [(name, _)] if name == "dc");
        let count = self.0.iter().rev().take_while(is_domain).count();
        Self(self.0.iter().skip(self.0.len().saturating_sub(count)).cloned().collect())
    }
}

fn rdn(text: &str) -> Option<Vec<(String, String)>> {
    let mut all: Vec<_> = parts(text, &['+']).into_iter().map(assertion).collect::<Option<_>>()?;
    all.sort();
    Some(all)
}

fn assertion(text: &str) -> Option<(String, String)> {
    let (name, value) = text.split_once('=')?;
    let name = name.trim().to_ascii_lowercase();
    let name = name.strip_prefix("oid.").unwrap_or(&name);
    (!name.is_empty()).then_some(())?;
    Some((short(name).to_owned(), normalised(&unescaped(value)?)))
}

/// The short name of an attribute that may be written by its number.
fn short(name: &str) -> &str {
    match name {
        "2.5.4.3" | "commonname" => "cn",
        "2.5.4.6" | "countryname" => "c",
        "2.5.4.7" | "localityname" => "l",
        "2.5.4.8" | "stateorprovincename" => "st",
        "2.5.4.9" | "streetaddress" => "street",
        "2.5.4.10" | "organizationname" => "o",
        "2.5.4.11" | "organizationalunitname" => "ou",
        "0.9.2342.19200300.100.1.25" | "domaincomponent" => "dc",
        "0.9.2342.19200300.100.1.1" | "userid" => "uid",
        other => other,
    }
}

/// The text between separators that are neither escaped nor in quotes (as in RFC 2253).
fn parts<'a>(text: &'a str, separators: &[char]) -> Vec<&'a str> {
    let (mut all, mut start, mut escaped, mut quoted) = (Vec::new(), 0, false, false);
    for (index, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => quoted = !quoted,
            c if !quoted && separators.contains(&c) => {
                all.push(text.get(start..index).unwrap_or_default());
                start = index.saturating_add(1);
            }
            _ => {}
        }
    }
    all.push(text.get(start..).unwrap_or_default());
    all
}

/// The value without escapes. Blanks at its ends count only if they are escaped.
fn unescaped(value: &str) -> Option<String> {
    let value = value.trim_start();
    if value.starts_with('#') {
        return Some(value.trim_end().to_owned());
    }
    let (mut bytes, mut kept, mut rest) = (Vec::new(), 0, value.as_bytes());
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            b'"' => kept = bytes.len(),
            b'\\' => {
                let (byte, after) = escape(rest)?;
                (rest, kept) = (after, bytes.len().saturating_add(1));
                bytes.push(byte);
            }
            _ => bytes.push(byte),
        }
    }
    while bytes.len() > kept && bytes.last() == Some(&b' ') {
        bytes.pop();
    }
    String::from_utf8(bytes).ok()
}

/// The byte after a `\`: two hexadecimal digits, or the sign itself.
fn escape(rest: &[u8]) -> Option<(u8, &[u8])> {
    if let Some((digits, after)) = rest.split_first_chunk::<2>()
        && digits.iter().all(u8::is_ascii_hexdigit)
    {
        let digits = std::str::from_utf8(digits).ok()?;
        return Some((u8::from_str_radix(digits, 16).ok()?, after));
    }
    rest.split_first().map(|(byte, after)| (*byte, after))
}

/// Lower case, and one blank for several (RFC 4518 section 2.6.1).
fn normalised(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    let mut blank = false;
    for c in value.trim().chars() {
        if c == ' ' {
            blank = true;
            continue;
        }
        if std::mem::take(&mut blank) {
            text.push(' ');
        }
        write!(text, "{}", c.to_lowercase()).ok();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(one: &str, other: &str) -> bool {
        Dn::parse(one).unwrap() == Dn::parse(other).unwrap()
    }

    #[test]
    fn case_blanks_and_escapes_do_not_count() {
        assert!(same(
            "CN=Ann,OU=People,DC=corp,DC=example",
            "cn=ann , ou=PEOPLE,dc=Corp, dc=example"
        ));
        assert!(same(r"CN=Smith\, Ann,DC=x", r"CN=Smith\2C Ann,DC=x"));
        assert!(same(r#"CN="Smith, Ann",DC=x"#, r"CN=Smith\, Ann,DC=x"));
        assert!(same("CN=Ann  B,DC=x", "CN=Ann B,DC=x"));
        assert!(same(r"CN=Z\C3\BCrich,DC=x", "cn=ZÜRICH,dc=x"));
        assert!(same("2.5.4.3=Ann,DC=x", "OID.2.5.4.3=Ann;dc=x"));
        assert!(same("CN=a+UID=b,DC=x", "uid=b + cn=a,DC=x"));
        assert!(same(r"CN=a\+b,DC=x", r"CN=a\2Bb,DC=x"));
        assert!(same("", " "));
    }

    #[test]
    fn other_names_are_other_names() {
        assert!(!same("CN=Ann,DC=x", "CN=Ann,DC=x,DC=y"));
        assert!(!same("CN=Ann,DC=x", "OU=Ann,DC=x"));
        assert!(!same(r"CN=a\,OU=b,DC=x", "CN=a,OU=b,DC=x"));
        assert!(!same("CN=Ann B,DC=x", "CN=AnnB,DC=x"));
    }

    #[test]
    fn what_is_no_name_is_refused() {
        for wrong in ["Ann", "CN", "=x", "CN=a,,DC=x", r"CN=a\", r"CN=\FF"] {
            assert_eq!(Dn::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_domain_is_at_the_end() {
        let domain = |text| Dn::parse(text).unwrap().domain();
        assert_eq!(
            domain("CN=a,DC=b,OU=c,DC=Corp,DC=example"),
            Dn::parse("dc=corp,dc=example").unwrap()
        );
        assert_ne!(domain("CN=a,DC=child,DC=corp,DC=example"), domain("CN=a,DC=corp,DC=example"));
    }
}
