//! Cases about sessions.

use super::{AccessBench, conflict, holds, invalid, must, not_found, same, taken, view::View};
use crate::{
    access::{EndSessions, Rotation, Session, SessionTouch},
    digest::Digest,
    stores::StoreError,
};
use std::time::Duration;

impl AccessBench {
    pub(super) async fn by_secret(&self, secret: &Digest) -> Option<Session> {
        must(self.store.lookup_session(&self.service(), secret).await)
    }

    async fn touch(&self, id: &Session, touch: &SessionTouch) -> Result<(), StoreError> {
        self.store.touch_session(&self.service(), id.id, touch).await
    }

    /// With an entry.
    pub(super) async fn end(&self, which: EndSessions) -> Result<u64, StoreError> {
        let entry = self.entry("session.end");
        self.store.end_sessions(&self.service(), &which, Some(&entry)).await
    }
}

/// What is written comes back, by its secret and in the list: the newest first.
pub async fn a_session_comes_back_as_it_was_put(bench: AccessBench) {
    let mut sessions = Vec::new();
    for number in [1, 2, 1] {
        let mut session = bench.session(&bench.person(number));
        session.agent = session.agent.filter(|_| number == 1);
        must(bench.put_session(&session).await);
        sessions.push(session);
        bench.clock.advance(Duration::from_secs(1));
    }
    let promise = "a session comes back as it was written";
    for session in &sessions {
        same(&bench.by_secret(&session.secret).await.as_ref(), &Some(session), promise);
    }
    same(&bench.by_secret(&bench.digest()).await, &None, "an unknown secret opens nothing");
    sessions.reverse();
    let listed = must(bench.store.list_sessions(&bench.service(), None).await);
    same(&listed, &sessions, "sessions are listed with the newest first");
    let one = bench.person(1).id;
    sessions.retain(|session| session.person.id == one);
    let listed = must(bench.store.list_sessions(&bench.service(), Some(&one)).await);
    same(&listed, &sessions, "the sessions of a person are listed alone");
}

/// Neither an id nor a secret is of two sessions.
pub async fn a_session_is_stored_once(bench: AccessBench) {
    let (one, two) = (bench.session(&bench.person(1)), bench.session(&bench.person(2)));
    must(bench.put_session(&one).await);
    must(bench.put_session(&two).await);
    let before = View::of(&bench).await;
    let same_id = Session { id: one.id, ..bench.session(&bench.person(3)) };
    let same_secret = Session { secret: one.secret, ..bench.session(&bench.person(3)) };
    for session in [same_id, same_secret] {
        taken(&bench.put_session(&session).await, &[], "ids and secrets are of one session");
    }
    let rotation = Some(Rotation { from: two.secret, to: one.secret });
    let touch = SessionTouch { rotation, ..SessionTouch::default() };
    taken(&bench.touch(&two, &touch).await, &[], "a secret is of one session");
    same(&View::of(&bench).await, &before, "nothing is kept of what is refused");
}

/// A touch changes what it names, and nothing else; what is older than what is known is ignored.
pub async fn a_touch_notes_what_is_newer(bench: AccessBench) {
    let mut session = bench.session(&bench.person(1));
    must(bench.put_session(&session).await);
    let mut person = bench.person(1);
    person.groups.truncate(1);
    let seen = SessionTouch { seen_at: Some(bench.later(20)), ..SessionTouch::default() };
    let all = SessionTouch {
        seen_at: Some(bench.later(10)),
        refreshed: Some((bench.later(30), person)),
        proved_at: Some(bench.later(40)),
        rotation: Some(Rotation { from: session.secret, to: bench.digest() }),
    };
    let older = SessionTouch {
        refreshed: Some((bench.later(29), bench.person(1))),
        proved_at: Some(bench.later(39)),
        ..SessionTouch::default()
    };
    let first = session.secret;
    for touch in [seen.clone(), all, older, seen, SessionTouch::default()] {
        must(bench.touch(&session, &touch).await);
        must(session.touch(&touch));
        let found = bench.by_secret(&session.secret).await;
        same(&found.as_ref(), &Some(&session), &format!("a touch notes what is newer: {touch:?}"));
    }
    same(&bench.by_secret(&first).await, &None, "a secret that was replaced opens nothing");
    let expected = vec!["session.put".to_owned()];
    same(&bench.actions().await, &expected, "a touch leaves no entry");
}

/// A secret that was replaced is not replaced again, and no session gets another person.
pub async fn a_touch_that_does_not_fit_changes_nothing(bench: AccessBench) {
    let session = bench.session(&bench.person(1));
    must(bench.put_session(&session).await);
    let before = View::of(&bench).await;
    let rotation = Some(Rotation { from: bench.digest(), to: bench.digest() });
    let seen_at = Some(bench.later(20));
    let stale = SessionTouch { seen_at, rotation, ..SessionTouch::default() };
    let promise = "only the secret that was shown is replaced";
    conflict(&bench.touch(&session, &stale).await, promise);
    let refreshed = Some((bench.later(20), bench.person(2)));
    let other = SessionTouch { seen_at, refreshed, ..SessionTouch::default() };
    invalid(&bench.touch(&session, &other).await, "a session stays that of its person");
    let unknown = bench.session(&bench.person(1));
    let touch = SessionTouch { seen_at, ..SessionTouch::default() };
    not_found(&bench.touch(&unknown, &touch).await, "a session that is not there is not found");
    same(&View::of(&bench).await, &before, "a touch that is refused changes nothing");
}

/// Sessions end one by one, all of a person, or by their time; each end has its entry.
pub async fn sessions_end_alone_together_and_by_time(bench: AccessBench) {
    let [one, two] = [1, 2].map(|number| bench.person(number));
    let mut sessions: Vec<_> =
        [&one, &one, &one, &two, &two].map(|person| bench.session(person)).into();
    for (millis, session) in (100..).zip(&mut sessions) {
        session.expires_at = bench.later(millis);
        must(bench.put_session(session).await);
    }
    let ids = async || {
        let listed = must(bench.store.list_sessions(&bench.service(), None).await);
        let mut ends: Vec<_> = listed.iter().map(|session| session.expires_at).collect();
        ends.sort_unstable();
        ends
    };
    let left = |millis: &[u64]| millis.iter().map(|after| bench.later(*after)).collect::<Vec<_>>();
    let first = must(sessions.first().ok_or("no session"));
    same(&must(bench.end(EndSessions::One(first.id)).await), &1, "one session ends");
    same(&ids().await, &left(&[101, 102, 103, 104]), "one session ends alone");
    same(&bench.by_secret(&first.secret).await, &None, "a session that has ended opens nothing");
    not_found(&bench.end(EndSessions::One(first.id)).await, "a session ends once");
    same(&must(bench.end(EndSessions::Of(one.id.clone())).await), &2, "all of a person end");
    same(&ids().await, &left(&[103, 104]), "sessions of others stay");
    same(&must(bench.end(EndSessions::Of(one.id)).await), &0, "nobody has none");
    let expired = EndSessions::ExpiredBefore(bench.later(104));
    let ended = bench.store.end_sessions(&bench.service(), &expired, None).await;
    same(&must(ended), &1, "those that expired before a time end");
    same(&ids().await, &left(&[104]), "what expires at that time or later stays");
    let ends = bench.actions().await.iter().filter(|action| *action == "session.end").count();
    same(&ends, &3, "each end of a person has one entry, what is refused none");
}

/// A session that has ended is not brought back.
pub async fn a_session_that_has_ended_stays_so(bench: AccessBench) {
    let session = bench.session(&bench.person(1));
    must(bench.put_session(&session).await);
    must(bench.end(EndSessions::One(session.id)).await);
    let rotation = Some(Rotation { from: session.secret, to: bench.digest() });
    for rotation in [None, rotation] {
        let seen_at = Some(bench.later(1));
        let refreshed = Some((bench.later(1), bench.person(1)));
        let touch = SessionTouch { seen_at, refreshed, rotation, ..SessionTouch::default() };
        not_found(&bench.touch(&session, &touch).await, "what has ended is not brought back");
    }
    let listed = must(bench.store.list_sessions(&bench.service(), None).await);
    same(&listed, &vec![], "what has ended is not brought back");
}

/// Whoever signs in again and again has a bounded number of sessions: the oldest ends.
pub async fn the_oldest_session_of_many_ends(bench: AccessBench) {
    let (one, other) = (bench.person(1), bench.session(&bench.person(2)));
    must(bench.put_session(&other).await);
    let mut sessions = Vec::new();
    for _ in 0..=Session::MAX {
        bench.clock.advance(Duration::from_millis(1));
        let session = bench.session(&one);
        must(bench.put_session(&session).await);
        sessions.push(session);
    }
    let oldest = sessions.remove(0);
    sessions.reverse();
    let listed = must(bench.store.list_sessions(&bench.service(), Some(&one.id)).await);
    same(&listed, &sessions, "of more than 100 sessions the oldest has ended");
    same(&bench.by_secret(&oldest.secret).await, &None, "the oldest session opens nothing");
    same(&bench.by_secret(&other.secret).await, &Some(other), "sessions of others stay");
}

/// A person sees, touches and ends its own sessions alone.
pub async fn a_person_has_its_own_sessions_alone(bench: AccessBench) {
    let [one, two] = [1, 2].map(|number| bench.session(&bench.person(number)));
    for session in [&one, &two] {
        must(bench.put_session(session).await);
    }
    let (store, own, entry) = (&bench.store, bench.own(&bench.person(1)), bench.entry("outside"));
    let before = View::of(&bench).await;
    let promise = "a person has its own sessions alone";
    same(&must(store.lookup_session(&own, &two.secret).await), &None, promise);
    same(&must(store.lookup_session(&own, &one.secret).await), &Some(one.clone()), promise);
    for (person, seen) in
        [(None, true), (Some(&one.person.id), true), (Some(&two.person.id), false)]
    {
        let listed = must(store.list_sessions(&own, person).await);
        same(&listed, &seen.then(|| one.clone()).into_iter().collect(), promise);
    }
    let foreign = bench.session(&bench.person(2));
    not_found(&store.put_session(&own, &foreign, &entry).await, promise);
    let touch = SessionTouch { seen_at: Some(bench.later(5)), ..SessionTouch::default() };
    not_found(&store.touch_session(&own, two.id, &touch).await, promise);
    for which in [EndSessions::One(two.id), EndSessions::Of(two.person.id.clone())] {
        not_found(&store.end_sessions(&own, &which, Some(&entry)).await, promise);
    }
    same(&View::of(&bench).await, &before, promise);
    let all = EndSessions::ExpiredBefore(bench.later(1_000_000));
    same(&must(store.end_sessions(&own, &all, None).await), &1, promise);
    let left = View::of(&bench).await.sessions;
    holds(left == [two], promise, &left);
}
