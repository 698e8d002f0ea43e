//! A test of a directory as text for a terminal.

use super::report::{ControllerTest, DirectoryTest, GroupTest, PersonTest};
use ipxe_orch_core::text::shown;
use std::fmt;

/// Several lines. Nothing of what the directory said is obeyed by a terminal.
impl fmt::Display for DirectoryTest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "directory {}, groups by {}", self.realm, self.group_strategy.as_str())?;
        self.controllers.iter().try_for_each(|controller| controller.fmt(f))?;
        self.person.iter().try_for_each(|person| person.fmt(f))
    }
}

impl fmt::Display for ControllerTest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.problem.as_deref().unwrap_or("can be used");
        writeln!(f, "{}: {}", shown(&self.url), shown(state))?;
        if let Some(certificate) = &self.certificate {
            let (subject, issuer) = (shown(&certificate.subject), shown(&certificate.issuer));
            writeln!(f, "  certificate of {subject}, signed by {issuer}")?;
        }
        for (what, value) in [("server", &self.host), ("vendor", &self.vendor)] {
            value.iter().try_for_each(|value| writeln!(f, "  {what}: {}", shown(value)))?;
        }
        self.naming_contexts.iter().try_for_each(|tree| writeln!(f, "  tree: {}", shown(tree)))
    }
}

impl fmt::Display for PersonTest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.problem.as_deref().unwrap_or("may sign in");
        writeln!(f, "{}: {}", shown(&self.asked), shown(state))?;
        let id = self.id.as_ref().map(ToString::to_string);
        let all = [
            ("entry", &self.dn),
            ("id", &id),
            ("name", &self.name),
            ("called", &self.display_name),
        ];
        for (what, value) in all {
            value.iter().try_for_each(|value| writeln!(f, "  {what}: {}", shown(value)))?;
        }
        writeln!(f, "  referrals that were not followed: {}", self.referrals)?;
        self.groups.iter().try_for_each(|groups| groups.fmt(f))
    }
}

impl fmt::Display for GroupTest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match &self.problem {
            Some(problem) => shown(problem).into_owned(),
            None => format!("{} groups", self.groups.len()),
        };
        writeln!(f, "  {}: {state}", self.strategy.as_str())?;
        self.notes.iter().try_for_each(|note| writeln!(f, "    note: {}", shown(note)))?;
        let mut groups = self.groups.iter();
        groups.try_for_each(|group| writeln!(f, "    {} {}", group.id, shown(&group.name)))
    }
}
