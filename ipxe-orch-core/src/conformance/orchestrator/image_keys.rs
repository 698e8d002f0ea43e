//! Cases about image keys: each proves the hosts that were enrolled with it.

use super::{Bench, holds, must, origin, same};
use crate::{
    boot::{ImageIdentity, Refusal, ServerUrl},
    host::HostSpec,
    ids::{HostId, ImageGeneration},
    image::Medium,
    keys::{Key, KeyRing, Purpose},
    lease::Limits,
    orchestrator::{HostInput, Orchestrator, OrchestratorError},
    stores::{BootEventKind, HostKey, HostRecord},
    time::Clock,
};
use std::sync::Arc;

/// The bench's installation with other keys.
fn with_keys(bench: &Bench, ring: KeyRing) -> Orchestrator {
    let mut parts = bench.parts.clone();
    parts.keys = Arc::new(ring);
    Orchestrator::new(parts, Limits::default())
}

/// Why a machine of host `number` with an image of this key and generation is refused.
async fn asked(
    bench: &Bench,
    orchestrator: &Orchestrator,
    (host, number): (HostId, u16),
    (key, generation): (&Key, u32),
) -> Option<Refusal> {
    let identity = ImageIdentity::derive(key, host, ImageGeneration(generation));
    let secret = identity.secret.reveal();
    let (key, mac) = (key.id, format!("52:54:00:00:00:{number:02x}"));
    let query = format!("h={host}&g={generation}&k={key}&t={}&m={mac}", *secret);
    bench.events.take();
    must(orchestrator.boot(&query, origin()).await);
    bench.events.take().into_iter().find_map(|event| match event.kind {
        BootEventKind::Refused { why, .. } => Some(why),
        _ => None,
    })
}

/// Registers a host whose image was made elsewhere with this key.
async fn enrol(bench: &Bench, on: &Orchestrator, spec: HostSpec, id: u8, key: &Key) -> HostId {
    let mut input = HostInput::new(spec, false);
    input.id = Some(HostId::from_bytes([id; 16]));
    input.image_key = Some(key.id);
    let plan = must(on.plan_import(&bench.operator, &[input]).await);
    must(on.import(&bench.operator, &plan).await);
    HostId::from_bytes([id; 16])
}

async fn built(bench: &Bench, on: &Orchestrator, host: HostId) -> HostRecord {
    let servers: Vec<ServerUrl> = vec![must("http://10.0.2.2:8080".parse())];
    let (key, medium) = (HostKey::Id(host), Medium::Cd);
    let image = must(on.image_script(&bench.operator, &key, &servers, medium).await);
    let record = [(host, image.build)];
    must(on.record_images(&bench.operator, &record).await);
    must(on.host(&bench.operator, &key).await)
}

/// A key that was imported proves the hosts that were enrolled with it, and no other one. It may
/// show machines that nobody registered.
pub async fn a_key_proves_only_its_own_hosts(bench: Bench) {
    let random = bench.parts.random.as_ref();
    let [one, two] = [1, 2].map(|_| KeyRing::generate_image_key(bench.clock.now(), random));
    let mut ring = (*bench.keys).clone();
    must(ring.import(&one));
    must(ring.import(&two));
    let on = with_keys(&bench, ring);
    let own = must(bench.keys.lookup_active(Purpose::Image).ok_or("no key"));
    let [one, two] = [&one, &two].map(|ring| must(ring.keys().first().ok_or("no key")));
    bench.profile("boot").await;
    let host = bench.register(1, false).await.id;
    let first = enrol(&bench, &on, bench.spec(2), 2, one).await;
    let second = enrol(&bench, &on, bench.spec(3), 3, two).await;
    let stranger = HostId::from_bytes([9; 16]);
    let (other, unknown) = (Some(Refusal::OtherKey), Some(Refusal::UnknownHost));
    for (who, key, expected) in [
        ((host, 1), own, None),
        ((host, 1), one, other),
        ((first, 2), one, None),
        ((first, 2), two, other),
        ((first, 2), own, other),
        ((second, 3), two, None),
        ((second, 3), one, other),
        ((stranger, 9), one, unknown),
    ] {
        let why = asked(&bench, &on, who, (key, 0)).await;
        let promise = "an image key proves the hosts that were enrolled with it, and no other";
        same(&(who, key.id, why), &(who, key.id, expected), promise);
    }
    let future = asked(&bench, &on, (host, 1), (own, 1)).await;
    let promise = "an image of a generation that was never made is refused";
    same(&future, &Some(Refusal::FutureImage), promise);
    let future = asked(&bench, &on, (first, 2), (one, u32::MAX)).await;
    same(&future, &Some(Refusal::FutureImage), promise);
}

/// After a rotation of the image key, the attached image counts until the earlier images are
/// revoked; the new one counts once it was made.
pub async fn an_attached_image_counts_until_it_is_revoked(bench: Bench) {
    let host = bench.register(1, false).await.id;
    let old = must(bench.keys.lookup_active(Purpose::Image).ok_or("no key")).clone();
    let mut ring = (*bench.keys).clone();
    ring.rotate(Purpose::Image, bench.clock.now(), bench.parts.random.as_ref());
    let new = must(ring.lookup_active(Purpose::Image).ok_or("no key")).clone();
    let on = with_keys(&bench, ring.clone());
    let key = HostKey::Id(host);
    let asks = async |key: &Key, generation| asked(&bench, &on, (host, 1), (key, generation)).await;
    same(&asks(&old, 0).await, &None, "an image counts after its key was rotated");
    same(&asks(&new, 0).await, &Some(Refusal::OtherKey), "an image counts once it was made");
    let record = built(&bench, &on, host).await;
    same(&record.image_key, &Some(new.id), "a new image is made with the active key");
    same(&asks(&new, 0).await, &None, "an image that was made counts");
    same(&asks(&old, 0).await, &None, "the attached image still counts");
    must(on.rotate_image(&bench.operator, &key, None).await);
    let record = built(&bench, &on, host).await;
    same(&record.image_generation, &ImageGeneration(1), "a new generation is built");
    for (key, generation, expected) in [
        (&new, 1, None),
        (&old, 1, Some(Refusal::OtherKey)),
        (&new, 0, None),
        (&old, 0, None),
        (&new, 2, Some(Refusal::FutureImage)),
    ] {
        same(&asks(key, generation).await, &expected, "each generation has its own keys");
    }
    must(on.revoke_images(&bench.operator, &key, Some("stolen".to_owned())).await);
    same(&asks(&new, 1).await, &None, "the newest image counts after a revocation");
    let revoked = Some(Refusal::RevokedImage);
    same(&asks(&new, 0).await, &revoked, "a revoked image is refused");
    same(&asks(&old, 0).await, &revoked, "a revoked image is refused");
    let again = on.revoke_images(&bench.operator, &key, None).await;
    let nothing = matches!(again, Err(OrchestratorError::NothingToDo(_)));
    holds(nothing, "there is nothing to revoke twice", &again.map(|host| host.lease));
    must(ring.retire(old.id));
    let on = with_keys(&bench, ring);
    let why = asked(&bench, &on, (host, 1), (&old, 1)).await;
    same(&why, &Some(Refusal::WrongSecret), "a key that was retired proves nothing");
}

/// No earlier image is forgotten in silence: beyond a number, they must be revoked first.
pub async fn earlier_images_are_bounded(bench: Bench) {
    let host = bench.register(1, false).await;
    let key = HostKey::Id(host.id);
    let rotate = async || bench.orchestrator.rotate_image(&bench.operator, &key, None).await;
    for _ in 0..HostRecord::MAX_EARLIER_IMAGES {
        must(rotate().await);
    }
    let full = bench.host(1).await;
    let refused = rotate().await;
    let is_refused = matches!(refused, Err(OrchestratorError::Refused(_)));
    holds(is_refused, "too many earlier images are refused", &refused.map(|host| host.lease));
    same(&bench.host(1).await, &full, "what is refused changes nothing");
    must(bench.orchestrator.revoke_images(&bench.operator, &key, None).await);
    must(rotate().await);
}
