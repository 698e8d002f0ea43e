//! What `directory test` tells.

use super::{
    account::Before,
    connection::Connection,
    directory::Directory,
    error::{Fault, Trouble},
    options::GroupStrategy,
    person,
    probe::{self, Proof},
    root,
    tls::Certificate,
};
use ipxe_orch_core::{
    auth::{Group, PersonId},
    names::RealmName,
};
use serde::Serialize;

/// What was seen of a directory, and of one person in it. Texts in it come from the directory and are
/// not made safe, but [`Display`](std::fmt::Display) does that.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct DirectoryTest {
    /// The directory.
    pub realm: RealmName,
    /// Each of its controllers.
    pub controllers: Vec<ControllerTest>,
    /// How groups are found.
    pub group_strategy: GroupStrategy,
    /// The person that was asked for.
    pub person: Option<PersonTest>,
}

/// What a controller answered.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct ControllerTest {
    /// Its URL.
    pub url: String,
    /// What is wrong, with the remedy. Nothing if it can be used.
    pub problem: Option<String>,
    /// The certificate with which it proved its name.
    pub certificate: Option<Certificate>,
    /// Whether it says that it is an Active Directory.
    pub active_directory: bool,
    /// Its own name.
    pub host: Option<String>,
    /// Whose program it is.
    pub vendor: Option<String>,
    /// The trees that it has.
    pub naming_contexts: Vec<String>,
    /// Whether it gives long answers in pages.
    pub paged_results: bool,
    /// Whether it was shown that the group strategy works. Without any group with members nothing
    /// can be shown.
    pub groups_proved: bool,
}

/// What was found of a person.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct PersonTest {
    /// What was asked for.
    pub asked: String,
    /// Why the person cannot sign in, or why nothing is known.
    pub problem: Option<String>,
    /// The person's entry.
    pub dn: Option<String>,
    /// Its id.
    pub id: Option<PersonId>,
    /// Its name in the audit.
    pub name: Option<String>,
    /// The name that people call it by.
    pub display_name: Option<String>,
    /// Hints to other servers that the search gave, and that nobody followed.
    pub referrals: usize,
    /// Its groups, by each strategy that the directory may have.
    pub groups: Vec<GroupTest>,
}

/// The groups that a strategy found.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct GroupTest {
    /// The strategy.
    pub strategy: GroupStrategy,
    /// Why it found nothing.
    pub problem: Option<String>,
    /// What was left out, and why.
    pub notes: Vec<String>,
    /// The groups.
    pub groups: Vec<Group>,
}

impl Directory {
    /// Tries each controller, and looks the person up without its password.
    pub async fn test(&self, user: Option<&str>) -> DirectoryTest {
        let mut controllers = Vec::new();
        let mut usable = None;
        for index in 0..self.settings.controllers.len() {
            let mut test = ControllerTest::new(self.url(index));
            match self.try_controller(index, &mut test).await {
                Ok(at) => usable = usable.or(Some(at)),
                Err(fault) => test.problem = Some(fault.text),
            }
            controllers.push(test);
        }
        let mut person = None;
        if let Some(user) = user {
            let call = self.settings.deadlines.call;
            let mut test = PersonTest::new(user);
            let tried =
                tokio::time::timeout(call, self.try_person(usable.as_ref(), &mut test)).await;
            match tried {
                Ok(Ok(())) => {}
                Ok(Err(Trouble::Refused(refusal))) => test.problem = Some(refusal.to_string()),
                Ok(Err(Trouble::Fault(fault))) => test.problem = Some(fault.text),
                Err(_) => test.problem = Some(format!("no answer within {} s", call.as_secs())),
            }
            person = Some(test);
        }
        let (realm, group_strategy) = (self.settings.realm.clone(), self.settings.strategy);
        DirectoryTest { realm, controllers, group_strategy, person }
    }

    async fn try_controller(
        &self,
        index: usize,
        test: &mut ControllerTest,
    ) -> Result<Connection, Fault> {
        let at = self.connect(index).await?;
        test.certificate = at.certificate().await.and_then(|der| Certificate::read(&der));
        self.bind_own(&at).await?;
        let root = root::read(&at).await?;
        test.active_directory = root.is_ad;
        test.paged_results = root.controls.iter().any(|control| control == root::PAGED_RESULTS);
        (test.host, test.vendor) = (root.host.clone(), root.vendor.clone());
        test.naming_contexts.clone_from(&root.contexts);
        root.check(&self.settings)?;
        test.groups_proved = probe::prove(self.reader(&at)).await? == Proof::Works;
        Ok(at)
    }

    async fn try_person(
        &self,
        at: Option<&Connection>,
        test: &mut PersonTest,
    ) -> Result<(), Trouble> {
        let at = at.ok_or_else(|| Fault::stop("no controller can be used"))?;
        let found = person::by_name(&self.settings, at, &test.asked).await?;
        test.dn = Some(found.entry.dn.clone());
        test.id = Some(found.person.id.clone());
        test.name = Some(found.person.name.clone());
        test.display_name.clone_from(&found.person.display_name);
        test.referrals = found.referrals;
        let state = self.state(&found, Before::Nothing)?;
        for strategy in self.strategies() {
            test.groups.push(self.try_groups(at, &found, strategy).await);
        }
        Ok(state?)
    }

    /// The strategies that can be compared, and the chosen one in any case.
    fn strategies(&self) -> Vec<GroupStrategy> {
        use GroupStrategy::{InChain, MemberOf, Recursive, TokenGroups};
        let mut all = if self.settings.is_ad() {
            vec![TokenGroups, InChain, MemberOf, Recursive]
        } else {
            vec![MemberOf, Recursive]
        };
        all.retain(|strategy| *strategy != self.settings.strategy);
        all.insert(0, self.settings.strategy);
        all
    }

    async fn try_groups(
        &self,
        at: &Connection,
        found: &person::Found,
        strategy: GroupStrategy,
    ) -> GroupTest {
        let mut test = GroupTest { strategy, problem: None, notes: Vec::new(), groups: Vec::new() };
        let reader = self.reader(at);
        let read = async {
            probe::strategy(reader, strategy).await?;
            reader.of(found, strategy).await
        };
        match read.await {
            Ok(membership) => {
                test.notes.clone_from(&membership.notes);
                test.groups = membership.groups();
            }
            Err(fault) => test.problem = Some(fault.text),
        }
        test
    }
}

impl ControllerTest {
    fn new(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            problem: None,
            certificate: None,
            active_directory: false,
            host: None,
            vendor: None,
            naming_contexts: Vec::new(),
            paged_results: false,
            groups_proved: false,
        }
    }
}

impl PersonTest {
    fn new(asked: &str) -> Self {
        Self {
            asked: asked.to_owned(),
            problem: None,
            dn: None,
            id: None,
            name: None,
            display_name: None,
            referrals: 0,
            groups: Vec::new(),
        }
    }
}
