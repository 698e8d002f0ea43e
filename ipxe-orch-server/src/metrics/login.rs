//! Counts what login services answer.

use super::{
    Metrics,
    families::{Answer, Realm},
};
use async_trait::async_trait;
use ipxe_orch_core::{
    auth::{Authenticator, Password, Person, PersonId, SignInError},
    names::RealmName,
};
use std::sync::Arc;

pub(super) struct Counted {
    pub(super) metrics: Arc<Metrics>,
    pub(super) service: Arc<dyn Authenticator>,
}

impl Counted {
    fn counted<T>(&self, answer: Result<T, SignInError>) -> Result<T, SignInError> {
        let outcome = match &answer {
            Ok(_) => "accepted",
            Err(SignInError::Refused(_)) => "refused",
            Err(_) => "unavailable",
        };
        let (families, realm) = (&self.metrics.families, self.realm().to_string());
        let up = families.login_up.get_or_create_owned(&Realm { realm: realm.clone() });
        up.set(i64::from(outcome != "unavailable"));
        families.login_requests.get_or_create(&Answer { realm, outcome }).inc();
        answer
    }
}

#[async_trait]
impl Authenticator for Counted {
    fn realm(&self) -> &RealmName {
        self.service.realm()
    }

    async fn sign_in(&self, name: &str, password: &Password) -> Result<Person, SignInError> {
        self.counted(self.service.sign_in(name, password).await)
    }

    async fn find(&self, name: &str) -> Result<PersonId, SignInError> {
        self.counted(self.service.find(name).await)
    }

    async fn refresh(&self, person: &PersonId) -> Result<Person, SignInError> {
        self.counted(self.service.refresh(person).await)
    }
}
