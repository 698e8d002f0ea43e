//! The states that can follow a state.

use super::{
    End, images, leave, local,
    state::{State, Surroundings},
};
use crate::script::{
    Role, Script,
    ast::Command,
    commands::{Call, Fails, Leaves, Wait, call},
    expand::{Endless, HOLE},
    finding::Code,
    flow::After,
    name::SettingName,
    settings::{Value, Verdict},
};

/// What can follow a state.
#[derive(Debug, Default)]
pub(super) struct Branches {
    pub(super) next: Vec<State>,
    pub(super) ends: Vec<End>,
    pub(super) findings: Vec<(Code, String)>,
    /// Whether something boots without a claim before it.
    pub(super) unclaimed: bool,
    /// Whether something is downloaded after the claim.
    pub(super) late: bool,
    /// The number of bytes that were expanded for it.
    pub(super) cost: usize,
}

/// A command in a state, and what was found so far about what follows.
pub(super) struct Step<'a> {
    pub(super) script: &'a Script,
    pub(super) around: &'a Surroundings<'a>,
    pub(super) state: &'a State,
    pub(super) found: Branches,
}

pub(super) fn branch(script: &Script, around: &Surroundings<'_>, state: &State) -> Branches {
    let mut step = Step { script, around, state, found: Branches::default() };
    let Some((_, command)) = script.at(state.at) else { return step.found };
    match words(command, state, around) {
        Ok(words) => {
            step.found.cost = words.iter().map(String::len).sum();
            step.run(&words);
        }
        Err(Endless) => {
            step.found(Code::NotAnalysed, "the settings in it make it grow without end");
        }
    }
    step.found
}

fn words(
    command: &Command,
    state: &State,
    around: &Surroundings<'_>,
) -> Result<Vec<String>, Endless> {
    command.words.iter().map(|word| state.settings.expand(word.as_str(), around)).collect()
}

impl Branches {
    /// What follows a script that has no command.
    pub(super) fn ended(script: &Script, around: &Surroundings<'_>) -> Self {
        let state = State::default();
        let mut step = Step { script, around, state: &state, found: Self::default() };
        leave::exits(&mut step, Some(0));
        step.found
    }
}

impl Step<'_> {
    pub(super) fn found(&mut self, code: Code, what: impl Into<String>) {
        self.found.findings.push((code, what.into()));
    }

    /// Continues after the command, in the state that it left.
    pub(super) fn goes(&mut self, state: State, succeeded: bool) {
        match self.script.after(state.at, succeeded) {
            After::Command(at) => self.lands(State { at, ..state }),
            After::End => leave::exits(self, Some(0)),
            After::Abort if self.around.role == Role::Server => self.found.ends.push(End::Returns),
            After::Abort => {
                self.found(Code::UnguardedFailure, "a failure here ends the script");
            }
        }
    }

    /// Adds a next state. Settings that cannot steer the script are forgotten.
    pub(super) fn lands(&mut self, mut state: State) {
        let Surroundings { relevant, live, .. } = self.around;
        let (line, first) = (state.at.line, state.at.command == 0);
        let keeps = |name: &str| relevant.tracks(name) && (!first || live.is_live(line, name));
        state.settings.retain(keeps);
        state.settings.replace(|name, value| relevant.reduced(name, value));
        self.found.next.push(state);
    }

    /// The command fails and has changed nothing.
    pub(super) fn fails(&mut self) {
        self.goes(self.state.clone(), false);
    }

    /// The command succeeds and has changed nothing.
    pub(super) fn succeeds(&mut self) {
        self.goes(self.state.clone(), true);
    }

    /// Something boots here. It needs the claim before it.
    pub(super) fn boots(&mut self, end: End) {
        self.found.unclaimed |= !self.state.claimed;
        self.found.ends.push(end);
    }

    fn run(&mut self, words: &[String]) {
        let Some(name) = words.first() else { return self.succeeds() };
        if name.contains(HOLE) {
            return self.found(Code::NotAnalysed, "the name of the command is not known");
        }
        if words.iter().any(|word| may_be_option(word)) {
            return self.found(Code::NotAnalysed, "a word may be an option or not");
        }
        let Ok(call) = call(words) else {
            if words.iter().any(|word| word.starts_with('-') && word.contains(HOLE)) {
                self.found(Code::NotAnalysed, "the name of an option is not known");
            }
            // The `shim` of BIOS does nothing, whatever it is given.
            if name == "shim" {
                self.succeeds();
            }
            return self.fails();
        };
        // A command that only some builds have may fail in others.
        if call.may_be_wrong() || !call.is_everywhere() {
            self.fails();
        }
        let writes = matches!(call.spec.name, "set" | "clear" | "inc" | "read");
        if writes && call.operand().is_some_and(|name| name.contains(HOLE)) {
            return self.found(Code::NotAnalysed, "the name of the setting is not known");
        }
        let mut state = self.state.clone();
        if let Some(verdict) = state.settings.run(&call, self.around) {
            return self.decided(state, verdict);
        }
        self.waits(&call);
        match call.spec.name {
            "goto" => self.goto(&call),
            "exit" => leave::exit(self, &call),
            "sleep" => self.succeeds(),
            "sanboot" => local::sanboot(self, &call),
            "sanhook" => {
                self.fails();
                self.goes(State { hooked: true, ..self.state.clone() }, true);
            }
            "sanunhook" => self.goes(State { hooked: false, ..self.state.clone() }, true),
            _ if images::handles(&call) => images::run(self, &call),
            _ => self.other(&call),
        }
    }

    fn decided(&mut self, state: State, verdict: Verdict) {
        if state.settings.texts().any(|text| text.contains('$')) {
            return self.found(Code::NotAnalysed, "a value holds `$`, and may expand to anything");
        }
        if verdict != Verdict::Succeeds {
            self.goes(state.clone(), false);
        }
        if verdict != Verdict::Fails {
            self.goes(state, true);
        }
    }

    fn goto(&mut self, call: &Call<'_>) {
        let label = call.operand().unwrap_or_default();
        if label.contains(HOLE) {
            return self.goes_to_any();
        }
        let Some(line) = self.script.label(label) else {
            self.found(Code::MissingLabel, format!("no line has the label `{label}`"));
            return self.fails();
        };
        self.jumps(line);
    }

    fn jumps(&mut self, line: usize) {
        match self.script.first_at(line) {
            After::Command(at) => self.lands(State { at, ..self.state.clone() }),
            _ => leave::exits(self, Some(0)),
        }
    }

    /// A label that is not known: one of those that the script itself may have set, such as the items
    /// of a menu, or any label that fits. It may also be none.
    fn goes_to_any(&mut self) {
        let word = self.script.at(self.state.at).and_then(|(_, command)| command.words.get(1));
        let label = word.map_or("", |word| word.as_str());
        let reach = &self.around.reach;
        let lines = reach.node(self.state.at).map(|node| reach.targets(node, label));
        for line in lines.unwrap_or_default() {
            self.jumps(line);
        }
        self.fails();
    }

    /// Checks whether the command may wait without end.
    fn waits(&mut self, call: &Call<'_>) {
        let downloads = call.operand().is_some() || !call.spec.downloads();
        if call.has_several_paths() {
            self.found(Code::SeveralPaths, call.spec.name);
        }
        match call.wait() {
            Wait::Endless(why) if downloads && !images::is_there(self, call) => {
                self.found(Code::EndlessWait, why);
            }
            Wait::Person(why) => self.found(Code::WaitsForPerson, why),
            Wait::Limited | Wait::Progress | Wait::OwnLimit | Wait::Endless(_) => {}
        }
    }

    /// Commands that depend only on the network, disks, firmware or people.
    fn other(&mut self, call: &Call<'_>) {
        match call.spec.leaves {
            Leaves::Resets => {
                self.found(Code::Stops, call.spec.name);
            }
            Leaves::Boots => self.found(Code::NotAnalysed, call.spec.name),
            _ => {}
        }
        let mut state = self.state.clone();
        let written = matches!(
            call.spec.name,
            "read" | "choose" | "nslookup" | "pciscan" | "usbscan" | "imgset"
        );
        let name = if written { call.operand() } else { call.option("set") };
        if let Some(name) = name.and_then(SettingName::parse) {
            state.settings.put(name.path(), Value::Unknown);
        }
        let added = call.spec.name == "item" && self.around.reach.has_menu(self.state.at);
        if call.spec.fails != Fails::Never && !added {
            self.goes(state.clone(), false);
        }
        self.goes(state, true);
    }
}

/// A word that begins with unknown values is taken for an option if these are empty and `-`
/// follows.
fn may_be_option(word: &str) -> bool {
    word.starts_with(HOLE) && word.trim_start_matches(HOLE).starts_with('-')
}
