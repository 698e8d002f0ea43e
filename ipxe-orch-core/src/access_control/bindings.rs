//! Giving roles, and taking them away.

use super::{AccessControl, AccessError};
use crate::{
    auth::{Actor, Binding, Caller, Hosts, Principal, Role},
    ids::BindingId,
    time::Timestamp,
};

/// A role to be given.
#[derive(Clone, Debug)]
pub struct NewBinding {
    /// To whom.
    pub who: Principal,
    /// Which one.
    pub role: Role,
    /// For which hosts.
    pub hosts: Hosts,
    /// Until when.
    pub expires_at: Option<Timestamp>,
    /// The reason, for the audit.
    pub reason: Option<String>,
    /// The ticket or change number of another system.
    pub change_ref: Option<String>,
}

impl AccessControl {
    /// Gives a role. Nobody gives one to oneself: that needs a second person.
    ///
    /// # Errors
    /// [`AccessError::Denied`]; [`AccessError::Invalid`] for no groups, no labels, or an end that is
    /// past.
    pub async fn bind(&self, caller: &Caller, new: NewBinding) -> Result<Binding, AccessError> {
        let grant = self.manage(caller, "binding.create").await?;
        let NewBinding { who, role, hosts, expires_at, reason, change_ref } = new;
        self.check(&who, &hosts, expires_at)?;
        let operator = matches!(caller.actor(), Actor::Local { .. });
        if who.is(&caller.subject) && !operator {
            let why = "nobody gives a role to oneself: ask another person".to_owned();
            return self.deny(caller, "binding.create", why).await;
        }
        let id = BindingId::generate(self.now(), self.parts.random.as_ref());
        let mut binding = Binding::new(id, who, role, hosts);
        binding.expires_at = expires_at;
        let mut entry = self.entry(caller.actor(), &caller.origin, "binding.create");
        (entry.reason, entry.change_ref) = (reason, change_ref);
        entry.detail = Some(told(&binding));
        self.parts.store.put_binding(&grant, &binding, &entry).await?;
        Ok(binding)
    }

    fn check(
        &self,
        who: &Principal,
        hosts: &Hosts,
        expires_at: Option<Timestamp>,
    ) -> Result<(), AccessError> {
        let invalid = |why: &str| Err(AccessError::Invalid(why.to_owned()));
        match who {
            Principal::Groups(groups) if groups.is_empty() => invalid("name a group"),
            Principal::Groups(groups) if groups.len() > 20 => invalid("name 20 groups at most"),
            _ if matches!(hosts, Hosts::Labels(labels) if labels.is_empty()) => {
                invalid("name a label, or give the role for all hosts")
            }
            _ if expires_at.is_some_and(|end| end <= self.now()) => invalid("the end is past"),
            _ => Ok(()),
        }
    }

    /// Takes a role away.
    ///
    /// # Errors
    /// [`AccessError::Denied`]; [`AccessError::Invalid`] if there is no such binding.
    pub async fn unbind(
        &self,
        caller: &Caller,
        id: BindingId,
        reason: Option<String>,
        change_ref: Option<String>,
    ) -> Result<Binding, AccessError> {
        let grant = self.manage(caller, "binding.remove").await?;
        let all = self.parts.store.list_bindings(&grant).await?;
        let found = all.into_iter().find(|binding| binding.id == id);
        let binding = found.ok_or(crate::stores::StoreError::NotFound)?;
        let mut entry = self.entry(caller.actor(), &caller.origin, "binding.remove");
        (entry.reason, entry.change_ref) = (reason, change_ref);
        entry.detail = Some(told(&binding));
        self.parts.store.remove_binding(&grant, id, &entry).await?;
        Ok(binding)
    }

    /// All bindings, by id.
    ///
    /// # Errors
    /// [`AccessError::Denied`].
    pub async fn bindings(&self, caller: &Caller) -> Result<Vec<Binding>, AccessError> {
        let grant = self.manage(caller, "binding.list").await?;
        Ok(self.parts.store.list_bindings(&grant).await?)
    }
}

/// A binding in one line, for the audit.
fn told(binding: &Binding) -> String {
    let Binding { id, who, role, hosts, .. } = binding;
    let who = match who {
        Principal::Person { id, name } => format!("{} ({id})", crate::text::shown(name)),
        Principal::Groups(groups) => {
            let group = |group: &crate::auth::Group| {
                format!("{} ({})", crate::text::shown(&group.name), group.id)
            };
            format!("groups {}", groups.iter().map(group).collect::<Vec<_>>().join(" and "))
        }
    };
    let hosts = match hosts {
        Hosts::All => "all hosts".to_owned(),
        Hosts::Site(site) => format!("site {site}"),
        Hosts::Labels(labels) => {
            let label = |(key, value): (&_, &_)| format!("{key}={value}");
            labels.iter().map(label).collect::<Vec<_>>().join(",")
        }
    };
    format!("binding {id}: {role} of {hosts} for {who}")
}
