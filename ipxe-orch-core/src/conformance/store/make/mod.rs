//! What store cases are made of: hosts, marks and attempts, and the writes between them.

mod writes;

pub(super) use writes::{
    cancel, close, count_offer, edit, join, offer, remove, replace, replace_with, set_mark,
    take_claim,
};

use super::{Bench, must};
use crate::{
    audit::AuditEntry,
    auth::Actor,
    digest::Digest,
    host::{Bond, BondMode, HostSpec, LocalBoot, Nic, Other, StaticV6},
    ids::{AttemptId, ClaimId, HostId, ImageGeneration, MarkId},
    lease::{Approval, Approved, Attempt, Change, Lease, Mark, Outcome, Pin, Write},
    profile::{Defaults, Terms},
    stores::{HostKey, HostRecord, PutHost, StoreError},
    time::Clock,
};
use std::time::Duration;

impl Bench {
    fn bytes(&self) -> [u8; 16] {
        let mut bytes = [0; 16];
        self.parts.random.fill(&mut bytes);
        bytes
    }

    pub(super) fn host_id(&self) -> HostId {
        HostId::from_bytes(self.bytes())
    }

    pub(super) fn claim_id(&self) -> ClaimId {
        ClaimId::from_bytes(self.bytes())
    }

    /// Host `number` with something in every field of its specification.
    pub(super) fn full_spec(&self, number: u16) -> HostSpec {
        let mut spec = self.spec(number);
        let second = must(format!("52:54:01:00:00:{number:02x}").parse());
        let mut nic = Nic::new(second);
        nic.v6 = Some(v6(number));
        nic.vlan = Some(must(123.try_into()));
        spec.nics.push(nic);
        spec.site = Some(must("north".parse()));
        spec.uuid = Some(uuid::Uuid::from_bytes([7; 16]));
        spec.serial = Some(must("SN 1".parse()));
        spec.labels.insert(must("role".parse()), must("web".parse()));
        spec.local_boot = LocalBoot::Drive(0x81);
        let members = spec.nics.iter().map(|nic| nic.mac).collect();
        spec.bonds = vec![Bond { members, mode: BondMode::Lacp, vlan: None }];
        spec.values.insert(must("disk".parse()), must("/dev/sda".parse()));
        spec
    }

    /// A new order, with something in every field.
    pub(super) fn new_mark(&self) -> Mark {
        let now = self.clock.now();
        Mark {
            id: MarkId::from_bytes(self.bytes()),
            created_at: now,
            expires_at: Some(now.plus(Duration::from_hours(24))),
            not_before: Some(now),
            pin: Pin {
                profile: must("plain".parse()),
                version: Digest::of("a version"),
                spec: self.spec(1),
            },
            by: "ann".to_owned(),
            reason: Some("a new disk".to_owned()),
            change_ref: Some("CHG1".to_owned()),
            ordered_by: Some(Box::new(self.operator.actor().clone())),
            approval: Approval::Given(Box::new(Approved {
                by: Actor::Local { user: "bob".to_owned() },
                at: now,
                digest: Digest::of("a pin"),
            })),
            // A policy that is not there has no place to take.
            counts: Vec::new(),
            // What a newer version added is kept.
            other: Other::from([("newer".to_owned(), serde_json::json!({ "a": [1] }))]),
        }
    }

    /// A new offer of an order.
    pub(super) fn new_attempt(&self, mark: &Mark) -> Attempt {
        let (id, now) = (AttemptId::from_bytes(self.bytes()), self.clock.now());
        Attempt {
            id,
            mark: mark.id,
            pin: mark.pin.clone(),
            terms: Terms::default(),
            script: format!("#!ipxe\n# the script of {id}\n"),
            offered_at: now,
            offers: 1,
            counted_at: now,
            claim: None,
            answered_at: None,
            progress: None,
            deadline: None,
            closed: None,
        }
    }

    /// A host that is to be created.
    pub(super) fn create(&self, spec: HostSpec, mark: Option<Mark>) -> PutHost {
        PutHost::Create {
            id: self.host_id(),
            spec,
            image_generation: ImageGeneration(0),
            image_key: None,
            mark: mark.map(Box::new),
        }
    }

    /// All of these in one call, each with an entry of its own.
    pub(super) async fn put(&self, puts: &[PutHost]) -> Result<(), StoreError> {
        let epoch = must(self.store.epoch().await);
        let puts: Vec<_> = puts.iter().map(|put| (put.clone(), self.about(put.id()))).collect();
        self.store.put_hosts(&self.put_grant().await, epoch, &puts).await
    }

    /// Puts a new host; gives its id.
    pub(super) async fn stored(&self, put: PutHost) -> HostId {
        let id = put.id();
        must(self.put(&[put]).await);
        id
    }

    /// An entry about a host.
    pub(super) fn about(&self, host: HostId) -> AuditEntry {
        AuditEntry { host: Some(host), ..self.entry("host.test") }
    }

    /// Host `number`, newly stored, without a mark.
    pub(super) async fn added(&self, number: u16) -> HostRecord {
        self.stored(self.create(self.spec(number), None)).await;
        self.host(number).await
    }

    /// The host with this id, if it is there.
    pub(super) async fn find(&self, id: HostId) -> Option<HostRecord> {
        must(self.store.lookup_host(&self.grant().await, &HostKey::Id(id)).await)
    }

    /// The host with this id, which is there.
    pub(super) async fn by_id(&self, id: HostId) -> HostRecord {
        must(self.find(id).await.ok_or("the host is not there"))
    }

    /// The attempt with its host, as the ticket of the attempt shows them.
    pub(super) async fn by_ticket(&self, id: AttemptId) -> Option<(HostRecord, Attempt)> {
        must(self.store.lookup_attempt(&self.opened(id).await, id).await)
    }

    pub(super) async fn apply(&self, host: HostId, write: Write) -> Result<(), StoreError> {
        let (grant, epoch) = (self.write_grant().await, must(self.store.epoch().await));
        let change = Change { host, write };
        self.store.apply(&grant, epoch, &change, Some(&self.about(host))).await
    }

    /// Writes what `step` makes of the host's lease; gives the host afterwards.
    pub(super) async fn step(&self, id: HostId, step: impl FnOnce(&Lease) -> Write) -> HostRecord {
        let write = step(&self.by_id(id).await.lease);
        must(self.apply(id, write).await);
        self.by_id(id).await
    }

    /// Sets the defaults of a place.
    pub(super) async fn set(&self, values: &Defaults) -> Result<(), StoreError> {
        let (grant, entry) = (self.grant().await, self.entry("profile.set"));
        self.store.put_defaults(&grant, values, &entry).await
    }

    /// Marks a host.
    pub(super) async fn mark(&self, id: HostId) -> Mark {
        let mark = self.new_mark();
        self.step(id, |lease| set_mark(lease, &mark)).await;
        mark
    }

    /// Offers the standing mark of a host.
    pub(super) async fn offer(&self, id: HostId) -> Attempt {
        let mark = must(self.by_id(id).await.lease.mark.ok_or("no mark"));
        let attempt = self.new_attempt(&mark);
        self.step(id, |lease| offer(lease, &attempt)).await;
        attempt
    }

    /// Claims the standing offer of a host.
    pub(super) async fn claim(&self, id: HostId) -> HostRecord {
        let (claim, now) = (self.claim_id(), self.clock.now());
        self.step(id, |lease| take_claim(lease, claim, now)).await
    }

    /// Marks, offers, claims and ends an install of a host; gives the attempt.
    pub(super) async fn installed(&self, id: HostId, outcome: Outcome) -> AttemptId {
        self.mark(id).await;
        let attempt = self.offer(id).await.id;
        self.claim(id).await;
        let now = self.clock.now();
        self.step(id, |lease| close(lease, outcome, now)).await;
        attempt
    }
}

/// The IPv6 address of host `number`.
pub(super) fn v6(number: u16) -> StaticV6 {
    StaticV6 { address: must(format!("fd00::{number:x}/64").parse()), gateway: None }
}
