//! Checks that the templates of a profile render for all kinds of hosts, and that none of its
//! scripts can strand a machine.

use super::{
    ProfileVersion, Recipient, RenderError, ScriptRenderer, Texts, lacking,
    samples::{Sample, samples},
    terms::{ClaimRule, Terms},
};
use crate::{
    host::OwnLoader,
    ids::{AttemptId, HostId},
    script::{self, Finding, ParseError, Role, Rules, Script, Severity, prove},
};
use std::fmt;

/// A problem that a profile has for a sample host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LintProblem {
    /// A description of the sample.
    pub sample: String,
    /// The problem.
    pub fault: LintFault,
}

/// What can be wrong with a profile.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LintFault {
    /// A template cannot be rendered.
    #[error(transparent)]
    Render(#[from] RenderError),
    /// The rendered text is not a script that iPXE runs to its end.
    #[error("the script: {0}")]
    NoScript(#[from] ParseError),
    /// Boot images have a loader at this path themselves and would find their own one.
    #[error("`loader` in profile.toml: {0}")]
    Loader(#[from] OwnLoader),
    /// The rendered script has a mistake or could strand a machine.
    #[error("the rendered script: {0}")]
    Script(Finding),
}

impl LintProblem {
    /// Whether the profile cannot be stored because of it. Otherwise it is a warning.
    pub fn is_error(&self) -> bool {
        match &self.fault {
            LintFault::Script(finding) => finding.severity() == Severity::Error,
            LintFault::Render(_) | LintFault::NoScript(_) | LintFault::Loader(_) => true,
        }
    }
}

impl fmt::Display for LintProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.is_error() { "" } else { "warning: " };
        write!(f, "{kind}{} (sample: {})", self.fault, self.sample)
    }
}

/// Renders all templates of a profile in strict mode for sample hosts: one for each kind of
/// network, one with as few variables as allowed, and one for each hostile value. A hostile value
/// may be refused, but nothing else may go wrong.
///
/// Each script is linted, and proved for each firmware of the profile to strand no machine. Each
/// problem is listed once. Networks that the profile states it cannot handle are left out.
pub fn lint(version: &ProfileVersion, renderer: &dyn ScriptRenderer) -> Vec<LintProblem> {
    let mut problems: Vec<LintProblem> = Vec::new();
    let profile = version.profile();
    if let Some(own) = profile.loader.as_ref().and_then(|loader| loader.check_not_own().err()) {
        problems.push(LintProblem { sample: "any host".to_owned(), fault: own.into() });
    }
    for sample in samples(profile) {
        if !lacking(&profile.lacks, &sample.spec).is_empty() {
            continue;
        }
        for fault in faults(version, renderer, &sample) {
            let refused = matches!(
                fault,
                LintFault::Render(RenderError::Value { .. } | RenderError::Place { .. })
            );
            let known = problems.iter().any(|problem| problem.fault == fault);
            let harmless = sample.hostile && refused;
            if !known && !harmless {
                problems.push(LintProblem { sample: sample.name.clone(), fault });
            }
        }
    }
    problems
}

/// Proves that a rendered script strands no machine on the firmware that the profile boots on.
///
/// # Errors
/// The first problem of the script.
pub(crate) fn prove_script(text: &str, terms: &Terms) -> Result<(), LintFault> {
    let script = Script::parse(text)?;
    for firmware in &terms.firmware {
        if let Err(found) = prove(&script, *firmware, Role::Server)
            && let Some(first) = found.into_iter().next()
        {
            return Err(LintFault::Script(first));
        }
    }
    Ok(())
}

fn check_script(text: &str, terms: &Terms) -> Result<Vec<Finding>, ParseError> {
    let script = Script::parse(text)?;
    let rules = match terms.claim {
        ClaimRule::Boot => Rules::install(),
        ClaimRule::AnswerFile => Rules::server(),
    };
    let mut found = script::lint(&script, &rules);
    for firmware in &terms.firmware {
        found.extend(prove(&script, *firmware, Role::Server).err().into_iter().flatten());
    }
    found.retain(|finding| finding.severity() > Severity::Note);
    found.sort();
    found.dedup();
    Ok(found)
}

fn faults(
    version: &ProfileVersion,
    renderer: &dyn ScriptRenderer,
    sample: &Sample,
) -> Vec<LintFault> {
    // A ticket has this length.
    let ticket = "A".repeat(48);
    let recipient = Recipient {
        spec: &sample.spec,
        host: HostId::from_bytes([1; 16]),
        attempt: AttemptId::from_bytes([2; 16]),
        ticket: &ticket,
        base: &format!("http://192.0.2.1:8080/boot/v1/t/{ticket}/"),
    };
    let texts = Texts::new(version, renderer, recipient, sample.vars.clone());
    let mut faults = Vec::new();
    match texts.script() {
        Err(error) => faults.push(error.into()),
        Ok(text) => match check_script(&text, &version.profile().terms) {
            Err(error) => faults.push(error.into()),
            Ok(found) => faults.extend(found.into_iter().map(LintFault::Script)),
        },
    }
    faults.extend(texts.answers().filter_map(|(.., text)| text.err()).map(LintFault::Render));
    faults
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::PlainRenderer;
    use std::collections::BTreeMap;

    #[test]
    fn a_loader_that_images_have_themselves_is_an_error() {
        let of = |loader: &str| {
            let files = BTreeMap::from([("s".parse().unwrap(), "#!ipxe\nexit 1\n".to_owned())]);
            let definition = format!("name='p'\ntitle='P'\nscript='s'\nloader='{loader}'");
            let version = ProfileVersion::new(&definition, files).unwrap();
            let errors = lint(&version, &PlainRenderer).into_iter().filter(LintProblem::is_error);
            errors.map(|problem| problem.to_string()).collect::<Vec<_>>().join("\n")
        };
        assert_eq!(of(r"\EFI\debian\shimx64.efi"), "");
        let found = of(r"\EFI\boot\bootx64.efi");
        assert!(found.starts_with(r"`loader` in profile.toml: `\EFI\boot\bootx64.efi`"), "{found}");
        assert!(found.contains("name the installed system's own loader"), "{found}");
    }
}
