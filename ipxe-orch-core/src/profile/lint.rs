//! Checks that the templates of a profile render for all kinds of hosts, and that none of its
//! scripts can strand a machine.

use super::{
    Profile, ProfileVersion, Recipient, RenderError, ScriptRenderer, Texts, lacking,
    samples::{Sample, samples},
    terms::{ClaimRule, Terms},
};
use crate::{
    host::OwnLoader,
    ids::{AttemptId, HostId},
    script::{self, Finding, ParseError, Role, Rules, Script, Severity, prove},
    work::GivenUp,
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
    /// The attempt of an installer that never reports ends with its claim, and after its end no
    /// answer file is served.
    #[error(
        "`terms.reports` in profile.toml is `none`: the attempt ends with its claim, so that its \
         answer files are not served: remove them, or let the installer report"
    )]
    AnswersAfterTheEnd,
    /// The rendered script has a mistake or could strand a machine.
    #[error("the rendered script: {0}")]
    Script(Finding),
}

impl LintProblem {
    /// Whether the profile cannot be stored because of it. Otherwise it is a warning.
    pub fn is_error(&self) -> bool {
        match &self.fault {
            LintFault::Script(finding) => finding.severity() == Severity::Error,
            LintFault::Render(_)
            | LintFault::NoScript(_)
            | LintFault::Loader(_)
            | LintFault::AnswersAfterTheEnd => true,
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
/// problem is listed once. Networks that the profile states it cannot handle are left out. A
/// template that takes too much work ends it, because each further sample would take as much.
pub fn lint(version: &ProfileVersion, renderer: &dyn ScriptRenderer) -> Vec<LintProblem> {
    lint_until(version, renderer, &GivenUp::default())
}

/// The same, which ends early when it is given up.
pub(crate) fn lint_until(
    version: &ProfileVersion,
    renderer: &dyn ScriptRenderer,
    given_up: &GivenUp,
) -> Vec<LintProblem> {
    let profile = version.profile();
    let of_any_host = |fault| LintProblem { sample: "any host".to_owned(), fault };
    let mut problems: Vec<_> = definition_faults(profile).into_iter().map(of_any_host).collect();
    for sample in samples(profile) {
        let beyond = profile.limits.network_problems(&sample.spec);
        if !lacking(&profile.lacks, &sample.spec).is_empty() || !beyond.is_empty() {
            continue;
        }
        let found = faults(version, renderer, &sample, given_up);
        let too_much =
            |fault: &LintFault| matches!(fault, LintFault::Render(RenderError::TooMuch { .. }));
        let ends = given_up.is_set() || found.iter().any(too_much);
        for fault in found {
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
        if ends {
            break;
        }
    }
    problems
}

/// What is wrong whatever the host.
fn definition_faults(profile: &Profile) -> Vec<LintFault> {
    let own = profile.loader.as_ref().and_then(|loader| loader.check_not_own().err());
    let unserved = profile.terms.never_reports() && !profile.answers.is_empty();
    let unserved = unserved.then_some(LintFault::AnswersAfterTheEnd);
    own.map(LintFault::from).into_iter().chain(unserved).collect()
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
    given_up: &GivenUp,
) -> Vec<LintFault> {
    // A ticket has this length.
    let ticket = "A".repeat(48);
    let recipient = Recipient {
        spec: sample.spec.clone(),
        host: HostId::from_bytes([1; 16]),
        attempt: AttemptId::from_bytes([2; 16]),
        base: format!("http://192.0.2.1:8080/boot/v1/t/{ticket}/"),
        ticket,
    };
    let texts = Texts::new(version, renderer, &recipient, sample.vars.clone(), given_up);
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

    fn errors(more: &str, files: &[(&str, &str)]) -> String {
        let files = files.iter().map(|(name, text)| (name.parse().unwrap(), (*text).to_owned()));
        let definition = format!("name='p'\ntitle='P'\nscript='s'\n{more}");
        let version = ProfileVersion::new(&definition, files.collect::<BTreeMap<_, _>>()).unwrap();
        let errors = lint(&version, &PlainRenderer).into_iter().filter(LintProblem::is_error);
        errors.map(|problem| problem.to_string()).collect::<Vec<_>>().join("\n")
    }

    const SCRIPT: (&str, &str) = ("s", "#!ipxe\nexit 1\n");

    #[test]
    fn a_loader_that_images_have_themselves_is_an_error() {
        let of = |loader: &str| errors(&format!("loader='{loader}'"), &[SCRIPT]);
        assert_eq!(of(r"\EFI\debian\shimx64.efi"), "");
        let found = of(r"\EFI\boot\bootx64.efi");
        assert!(found.starts_with(r"`loader` in profile.toml: `\EFI\boot\bootx64.efi`"), "{found}");
        assert!(found.contains("name the installed system's own loader"), "{found}");
    }

    /// Whichever step is the claim: the attempt ends with it, or it would time out.
    #[test]
    fn an_installer_that_never_reports_has_no_answer_files() {
        let answer = "[[answers]]\nname='a'\ntemplate='a'\nsyntax='key_value'\n";
        let files = [SCRIPT, ("a", "x=1\n")];
        for claim in ["boot", "answer-file"] {
            let terms = |reports| format!("[terms]\nclaim='{claim}'\nreports='{reports}'\n");
            let found = errors(&format!("{answer}{}", terms("none")), &files);
            assert!(found.starts_with("`terms.reports` in profile.toml is `none`"), "{found}");
            let with_reports = errors(&format!("{answer}{}", terms("required")), &files);
            assert!(!with_reports.contains("terms.reports"), "{with_reports}");
        }
        assert_eq!(errors("[terms]\nreports='none'\n", &[SCRIPT]), "");
    }
}
