//! All texts of a version for one host. This is the only place that decides which values each text
//! gets.

use super::{
    AnswerFile, ProfileVersion, RenderError, ScriptRenderer, Syntax, TemplateValues, answer_values,
    values,
};
use crate::{
    host::HostSpec,
    ids::{AttemptId, HostId},
    names::FileName,
    work::GivenUp,
};
use serde_json::{Map, Value};
use std::sync::OnceLock;

/// The host that texts are rendered for, and the address under which it asks for them.
#[derive(Clone, Debug)]
pub(crate) struct Recipient {
    pub(crate) spec: HostSpec,
    pub(crate) host: HostId,
    pub(crate) attempt: AttemptId,
    pub(crate) ticket: String,
    /// The URL up to the ticket and the `/` after it.
    pub(crate) base: String,
}

/// The texts of a version for one host. Each text is rendered when it is asked for, and none after
/// the work was given up. Scripts and
/// `abort` answers get no secrets: scripts are stored, and an `abort` answer may go to anybody.
pub(crate) struct Texts<'a> {
    version: &'a ProfileVersion,
    renderer: &'a dyn ScriptRenderer,
    recipient: &'a Recipient,
    given_up: &'a GivenUp,
    vars: Map<String, Value>,
    all: OnceLock<TemplateValues>,
    /// The values without the secrets.
    without: OnceLock<TemplateValues>,
}

impl<'a> Texts<'a> {
    /// `vars` are all variables; secrets are in the form in which answer files get them.
    pub(crate) fn new(
        version: &'a ProfileVersion,
        renderer: &'a dyn ScriptRenderer,
        recipient: &'a Recipient,
        vars: Map<String, Value>,
        given_up: &'a GivenUp,
    ) -> Self {
        let (all, without) = (OnceLock::new(), OnceLock::new());
        Self { version, renderer, recipient, given_up, vars, all, without }
    }

    /// The iPXE script.
    pub(crate) fn script(&self) -> Result<String, RenderError> {
        let Recipient { spec, host, attempt, ticket, .. } = self.recipient;
        let values = values(spec, *host, *attempt, ticket, &self.open());
        self.render(&self.version.profile().script, Syntax::Ipxe, &values)
    }

    /// An answer file.
    pub(crate) fn answer(&self, file: &AnswerFile) -> Result<String, RenderError> {
        let all = self.all.get_or_init(|| self.answer_values(&self.vars));
        self.render(&file.template, file.syntax, all)
    }

    /// The text that is served instead of an answer file after the attempt, if there is one.
    pub(crate) fn abort(&self, file: &AnswerFile) -> Option<Result<String, RenderError>> {
        let template = file.abort.as_ref()?;
        let without = self.without.get_or_init(|| self.answer_values(&self.open()));
        Some(self.render(template, file.syntax, without))
    }

    /// All answer files. Each is followed by the text that is served instead of it, marked with
    /// `true`, if there is one.
    pub(crate) fn answers(
        &self,
    ) -> impl Iterator<Item = (&AnswerFile, bool, Result<String, RenderError>)> {
        self.version.profile().answers.iter().flat_map(|file| {
            let abort = self.abort(file).map(|text| (file, true, text));
            std::iter::once((file, false, self.answer(file))).chain(abort)
        })
    }

    fn answer_values(&self, vars: &Map<String, Value>) -> TemplateValues {
        let Recipient { spec, host, attempt, ticket, base } = self.recipient;
        let values = answer_values(spec, *host, *attempt, ticket, base, vars);
        self.secrets().fold(values, |values, name| values.with_stand_in(&["vars", name]))
    }

    fn open(&self) -> Map<String, Value> {
        let mut open = self.vars.clone();
        for name in self.secrets() {
            open.remove(name);
        }
        open
    }

    /// The names of the secret variables.
    fn secrets(&self) -> impl Iterator<Item = &'a str> {
        let variables = self.version.profile().variables.iter();
        variables.filter(|(_, variable)| variable.is_secret()).map(|(name, _)| name.as_str())
    }

    fn render(
        &self,
        template: &FileName,
        syntax: Syntax,
        values: &TemplateValues,
    ) -> Result<String, RenderError> {
        let name = template.as_str();
        if self.given_up.is_set() {
            let (template, why) = (name.to_owned(), "nobody waits for it any more".to_owned());
            return Err(RenderError::Template { template, why });
        }
        let text = self.version.templates().get(template).ok_or_else(|| RenderError::Template {
            template: name.to_owned(),
            why: "the version has no such file".to_owned(),
        })?;
        self.renderer.render(name, text, syntax, values)
    }
}
