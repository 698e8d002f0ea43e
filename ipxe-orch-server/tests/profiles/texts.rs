//! Texts of the built-in profiles.

use ipxe_orch_backends::handlebars::HandlebarsRenderer;
use ipxe_orch_core::{
    host::HostSpec,
    ids::{AttemptId, HostId},
    profile::{Profile, ProfileVersion, RenderError, ScriptRenderer as _, Syntax, answer_values},
};
use ipxe_orch_server::profiles::built_in;
use serde_json::{Map, Value, json};

pub(crate) const MAC: &str = "52:54:00:12:34:56";

/// As long as tickets are, and by the longest kind of address.
pub(crate) const BASE: &str =
    "http://[2001:db8::1234:5678]:8080/boot/v1/t/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA/";

pub(crate) fn profile(name: &str) -> ProfileVersion {
    built_in().into_iter().find(|version| version.profile().name.as_str() == name).unwrap()
}

/// A host with these NICs.
fn host(nics: &Value) -> HostSpec {
    serde_json::from_value(json!({"name": "web1", "nics": nics})).unwrap()
}

pub(crate) fn v4() -> Value {
    json!([{"mac": MAC, "dns": ["10.0.2.3"], "v4": {"address": "10.0.2.15/24", "gateway": "10.0.2.2"}}])
}

pub(crate) fn v6() -> Value {
    json!([{"mac": MAC, "dns": ["fec0::3"], "v6": {"address": "fec0::15/64", "gateway": "fec0::2"}}])
}

pub(crate) fn vlan() -> Value {
    json!([{"mac": MAC, "vlan": 123, "v4": {"address": "10.0.2.15/24", "gateway": "10.0.2.2"}}])
}

/// A template, as a machine with this host's name gets it.
pub(crate) fn render_for(
    version: &ProfileVersion,
    template: &str,
    syntax: Syntax,
    host: &HostSpec,
    vars: &Value,
) -> Result<String, RenderError> {
    let (id, attempt) = (HostId::from_bytes([1; 16]), AttemptId::from_bytes([2; 16]));
    let ticket = BASE.trim_end_matches('/').rsplit('/').next().unwrap();
    let values = answer_values(host, id, attempt, ticket, BASE, vars.as_object().unwrap());
    let text = &version.templates()[&template.parse().unwrap()];
    HandlebarsRenderer::new().render(template, text, syntax, &values)
}

/// `script`, or an answer file, with these variables beside the defaults.
pub(crate) fn try_render(
    name: &str,
    file: &str,
    nics: &Value,
    vars: &Value,
) -> Result<String, RenderError> {
    let version = profile(name);
    let profile = version.profile();
    let (template, syntax) = template(profile, file);
    let mut all: Map<String, Value> = profile
        .variables
        .iter()
        .filter_map(|(name, variable)| Some((name.to_string(), variable.default.clone()?)))
        .collect();
    all.extend(vars.as_object().unwrap().clone());
    render_for(&version, &template, syntax, &host(nics), &Value::Object(all))
}

pub(crate) fn render(name: &str, file: &str, nics: &Value, vars: &Value) -> String {
    try_render(name, file, nics, vars).unwrap()
}

fn template(profile: &Profile, file: &str) -> (String, Syntax) {
    if file == "script" {
        return (profile.script.to_string(), Syntax::Ipxe);
    }
    let answer = profile.answers.iter().find(|answer| answer.name.as_str() == file).unwrap();
    (answer.template.to_string(), answer.syntax)
}
