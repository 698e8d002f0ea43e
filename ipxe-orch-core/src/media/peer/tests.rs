use super::*;
use crate::{keys::KeyRing, memory::CountingRandom};
use proptest::prelude::*;

const NOW: Timestamp = Timestamp::from_millis(1_790_000_000_000);
const SETS: PeerRequest<'_> = PeerRequest { method: "GET", target: "/media/v1/sets" };

/// A ring with one key, whose bytes are all 7.
fn ring() -> KeyRing {
    let key = "[[keys]]\nid = '000001ab'\npurpose = 'media_sync'\nstate = 'active'\n\
        created_at = 0\nsecret = 'BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc'\n";
    KeyRing::from_toml(&format!("version = 1\n{key}")).unwrap()
}

/// ```python
/// import base64, hmac, hashlib
/// p = lambda *parts: b"".join(len(x).to_bytes(8, "big") + x for x in parts)
/// mac = lambda *parts: hmac.new(bytes([7] * 32), p(*parts), hashlib.sha256).digest()
/// b64 = lambda b: base64.urlsafe_b64encode(b).decode().rstrip("=")
/// at, nonce = (1790000000000).to_bytes(8, "big"), bytes(range(16))
/// m = mac(b"ipxe-orch media request v1", b"GET", b"/media/v1/sets", at, nonce)
/// print(b64(bytes([0, 0, 1, 0xab]) + at + nonce + m))
/// body = hashlib.sha256(b"abc").digest()
/// print(b64(mac(b"ipxe-orch media answer v1", m, (200).to_bytes(2, "big"), body)))
/// ```
#[tokio::test]
async fn requests_and_answers_have_these_bytes() {
    let request = "ipxe-orch-media \
        AAABqwAAAaDEUGwAAAECAwQFBgcICQoLDA0OD3XJvNtHLJ0sJAyuajB5zV0RrKH6l8CbakHeyHJN5AXZ";
    let answer = "79s4riIVf4KPHSW_d-juNYAUFK1zTrSHjp-6jkQqO7U";
    let nonce = std::array::from_fn(|at| u8::try_from(at).unwrap());
    let key = ring().active(Purpose::MediaSync).await.unwrap();
    assert_eq!(Authorization::new(&key, SETS, NOW, nonce).to_string(), request);
    let exchange = Peers::new(&ring()).open(request, SETS, NOW).await.unwrap().unwrap();
    assert_eq!(exchange.seal(200, &Digest::of("abc")), answer);
}

#[tokio::test]
async fn a_request_counts_for_its_target_and_some_minutes() {
    let ring = ring();
    let peers = Peers::new(&ring);
    let (shown, asked) = peers.issue(SETS, NOW, &CountingRandom::default()).await.unwrap();
    let shown = shown.to_string();
    let opens =
        async |request, now| peers.open(&shown, request, now).await.unwrap().map(|found| found.mac);
    assert_eq!(opens(SETS, NOW).await, Some(asked.mac));
    for target in ["/media/v1/set", "/media/v1/sets?", "/media/v1/sets/", ""] {
        assert_eq!(opens(PeerRequest { target, ..SETS }, NOW).await, None, "{target}");
    }
    assert_eq!(opens(PeerRequest { method: "HEAD", ..SETS }, NOW).await, None);
    // Moving a byte from one part to the next must change the MAC.
    let moved = PeerRequest { method: "GET/", target: "media/v1/sets" };
    assert_eq!(opens(moved, NOW).await, None);
    let late = Duration::from_millis(1);
    for (now, counts) in [
        (NOW.plus(SKEW), true),
        (NOW.minus(SKEW), true),
        (NOW.plus(SKEW).plus(late), false),
        (NOW.minus(SKEW).minus(late), false),
        (Timestamp::from_millis(i64::MAX), false),
        (Timestamp::from_millis(i64::MIN), false),
    ] {
        assert_eq!(opens(SETS, now).await.is_some(), counts, "{now}");
    }
}

#[tokio::test]
async fn keys_of_others_and_other_purposes_open_nothing() {
    let random = CountingRandom::default();
    let mut ring = KeyRing::generate(NOW, &random);
    let (shown, _) = Peers::new(&ring).issue(SETS, NOW, &random).await.unwrap();
    let shown = shown.to_string();
    let opens =
        async |ring: &KeyRing| Peers::new(ring).open(&shown, SETS, NOW).await.unwrap().is_some();
    assert!(opens(&ring).await);
    let forged =
        ring.to_toml().replace("\"media_sync\"", "\"ticket\"").replace("active", "accepted");
    assert!(!opens(&KeyRing::from_toml(&forged).unwrap()).await);
    assert!(!opens(&KeyRing::generate(NOW, &random)).await);
    ring.rotate(Purpose::MediaSync, NOW, &random);
    assert!(opens(&ring).await, "rotation overlaps");
    let nobody = Peers::new(&KeyRing::default()).issue(SETS, NOW, &random).await;
    assert!(matches!(nobody, Err(StoreError::NotFound)));
}

#[tokio::test]
async fn an_answer_fits_its_own_request_alone() {
    let ring = ring();
    let (peers, random) = (Peers::new(&ring), CountingRandom::default());
    let (_, one) = peers.issue(SETS, NOW, &random).await.unwrap();
    let (_, two) = peers.issue(SETS, NOW, &random).await.unwrap();
    let body = Digest::of("sets");
    let seal = one.seal(200, &body);
    assert!(one.is_answer(&seal, 200, &body));
    assert!(!two.is_answer(&seal, 200, &body), "the same request at the same time");
    assert!(!one.is_answer(&seal, 404, &body));
    assert!(!one.is_answer(&seal, 200, &Digest::of("others")));
    for bad in ["", "x", &seal[1..], &format!("{seal}="), &seal.to_lowercase()] {
        assert!(!one.is_answer(bad, 200, &body), "{bad}");
    }
}

proptest! {
    /// A changed text is not an authorization, or it authorises nothing.
    #[test]
    fn one_changed_byte_authorises_nothing(at in 0..96_usize, byte in any::<u8>()) {
        let ring = ring();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let opened = runtime.block_on(async {
            let random = CountingRandom::default();
            let (shown, _) = Peers::new(&ring).issue(SETS, NOW, &random).await.unwrap();
            let mut bytes = shown.to_string().into_bytes();
            prop_assume!(bytes[at] != byte);
            bytes[at] = byte;
            let text = String::from_utf8_lossy(&bytes).into_owned();
            Ok(Peers::new(&ring).open(&text, SETS, NOW).await.unwrap().is_some())
        })?;
        prop_assert!(!opened);
    }

    #[test]
    fn no_text_is_trouble(text in "(ipxe-orch-media )?[ -~]{0,100}") {
        if let Ok(read) = text.parse::<Authorization>() {
            prop_assert_eq!(read.to_string(), text);
        }
    }
}
