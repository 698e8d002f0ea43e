//! Whether a profile's templates render for whatever hosts there may be.

use super::{
    Profile, ProfileVersion, RenderError, ScriptRenderer, Syntax, answer_values,
    samples::{Sample, samples},
    values,
};
use crate::{
    boot::is_script,
    ids::{AttemptId, HostId},
    names::FileName,
};
use serde_json::{Map, Value};
use std::fmt;

/// A template that does not render for a sample.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LintProblem {
    /// What the sample is like.
    pub sample: &'static str,
    /// What is wrong.
    pub error: RenderError,
}

impl fmt::Display for LintProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (sample: {})", self.error, self.sample)
    }
}

/// Renders each template, strictly, for samples of every kind of network, with as few variables
/// as it may have, and with hostile values, which may be refused but nothing else. Gives each
/// problem once, and none for a profile that is right.
pub fn lint(version: &ProfileVersion, renderer: &dyn ScriptRenderer) -> Vec<LintProblem> {
    let mut problems: Vec<LintProblem> = Vec::new();
    for sample in samples(version.profile()) {
        for error in errors(version, renderer, &sample) {
            let refused = matches!(error, RenderError::Value { .. } | RenderError::Place { .. });
            let known = problems.iter().any(|problem| problem.error == error);
            let harmless = sample.hostile && refused;
            if !known && !harmless {
                problems.push(LintProblem { sample: sample.name, error });
            }
        }
    }
    problems
}

fn errors(
    version: &ProfileVersion,
    renderer: &dyn ScriptRenderer,
    sample: &Sample,
) -> Vec<RenderError> {
    let profile = version.profile();
    let (id, attempt) = (HostId::from_bytes([1; 16]), AttemptId::from_bytes([2; 16]));
    // As long as tickets are.
    let ticket = "A".repeat(48);
    let base = format!("http://192.0.2.1:8080/boot/v1/t/{ticket}/");
    let open = without_secrets(profile, &sample.vars);
    let render = |file: &FileName, syntax, values: &_| {
        let text = version.templates().get(file).map_or("", String::as_str);
        renderer.render(file.as_str(), text, syntax, values)
    };
    let told = values(&sample.spec, id, attempt, &ticket, &open);
    let script = render(&profile.script, Syntax::Ipxe, &told).and_then(|text| {
        let why = "it must begin with a line `#!ipxe`".to_owned();
        let template = profile.script.to_string();
        if is_script(&text) { Ok(()) } else { Err(RenderError::Template { template, why }) }
    });
    let mut errors: Vec<RenderError> = script.err().into_iter().collect();
    let all = answer_values(&sample.spec, id, attempt, &ticket, &base, &sample.vars);
    let without = answer_values(&sample.spec, id, attempt, &ticket, &base, &open);
    for answer in &profile.answers {
        errors.extend(render(&answer.template, answer.syntax, &all).err());
        let abort = answer.abort.as_ref();
        errors.extend(abort.and_then(|abort| render(abort, answer.syntax, &without).err()));
    }
    errors
}

fn without_secrets(profile: &Profile, vars: &Map<String, Value>) -> Map<String, Value> {
    let mut open = vars.clone();
    for (name, _) in profile.variables.iter().filter(|(_, variable)| variable.is_secret()) {
        open.remove(name.as_str());
    }
    open
}
