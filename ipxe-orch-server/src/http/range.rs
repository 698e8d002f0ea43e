//! Parts of a file, RFC 9110 section 14.

use axum::http::{
    HeaderMap, HeaderName,
    header::{IF_RANGE, RANGE},
};

/// The part of a file that is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// All of it. This is also the answer to ranges that this server ignores, which is allowed
    /// (section 14.2): several ranges at once, another unit, an unreadable range.
    Whole,
    /// From byte `first` to byte `last`, both included.
    Bytes { first: u64, last: u64 },
    /// The range lies behind the end of the file.
    Beyond,
}

/// The part of a file of `len` bytes that the headers of a GET ask for.
pub(super) fn part(headers: &HeaderMap, etag: &str, len: u64) -> Part {
    let Some(range) = only(headers, &RANGE) else { return Part::Whole };
    // The rest of a file that has changed meanwhile is of no use. Dates are never sent, so that
    // one cannot match.
    if headers.contains_key(IF_RANGE) && only(headers, &IF_RANGE) != Some(etag) {
        return Part::Whole;
    }
    let ends = range.split_once('=').filter(|(unit, _)| unit.eq_ignore_ascii_case("bytes"));
    let Some((first, last)) = ends.and_then(|(_, set)| set.trim().split_once('-')) else {
        return Part::Whole;
    };
    match (number(first), number(last)) {
        (Some(first), None) if last.is_empty() => bytes(first, u64::MAX, len),
        (None, Some(count)) if first.is_empty() => suffix(count, len),
        (Some(first), Some(last)) if first <= last => bytes(first, last, len),
        _ => Part::Whole,
    }
}

/// The value of a header that stands once.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let first = values.next()?;
    if values.next().is_some() { None } else { first.to_str().ok() }
}

/// A number; the highest for those that are higher still.
fn number(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.parse().unwrap_or(u64::MAX))
}

fn bytes(first: u64, last: u64, len: u64) -> Part {
    match len.checked_sub(1) {
        Some(end) if first <= end => Part::Bytes { first, last: last.min(end) },
        _ => Part::Beyond,
    }
}

fn suffix(count: u64, len: u64) -> Part {
    if count == 0 { Part::Beyond } else { bytes(len.saturating_sub(count), u64::MAX, len) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(pairs: &[(HeaderName, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, text)| (name.clone(), text.parse().unwrap())).collect()
    }

    #[test]
    fn a_single_range_is_understood() {
        let some = |first, last| Part::Bytes { first, last };
        for (range, wanted) in [
            ("bytes=0-0", some(0, 0)),
            ("bytes=2-5", some(2, 5)),
            ("Bytes=2-", some(2, 9)),
            ("bytes=-3", some(7, 9)),
            ("bytes=-99", some(0, 9)),
            ("bytes=9-99999999999999999999999", some(9, 9)),
            ("bytes=10-", Part::Beyond),
            ("bytes=99999999999999999999999-", Part::Beyond),
            ("bytes=-0", Part::Beyond),
            ("bytes=5-2", Part::Whole),
            ("bytes=-", Part::Whole),
            ("bytes=0-1,3-4", Part::Whole),
            ("bytes=+1-2", Part::Whole),
            ("bytes=0x1-2", Part::Whole),
            ("lines=0-1", Part::Whole),
            ("bytes", Part::Whole),
        ] {
            assert_eq!(part(&asked(&[(RANGE, range)]), "\"e\"", 10), wanted, "{range}");
        }
        assert_eq!(part(&asked(&[]), "\"e\"", 10), Part::Whole);
        assert_eq!(part(&asked(&[(RANGE, "bytes=0-")]), "\"e\"", 0), Part::Beyond);
        let twice = {
            let mut headers = asked(&[(RANGE, "bytes=0-1")]);
            headers.append(RANGE, "bytes=3-4".parse().unwrap());
            headers
        };
        assert_eq!(part(&twice, "\"e\"", 10), Part::Whole);
    }

    #[test]
    fn a_changed_file_comes_whole() {
        let with = |tag| part(&asked(&[(RANGE, "bytes=1-2"), (IF_RANGE, tag)]), "\"e\"", 10);
        assert_eq!(with("\"e\""), Part::Bytes { first: 1, last: 2 });
        for tag in ["\"f\"", "W/\"e\"", "Sun, 06 Nov 1994 08:49:37 GMT"] {
            assert_eq!(with(tag), Part::Whole, "{tag}");
        }
    }
}
