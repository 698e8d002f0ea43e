//! What was found in all scripts together.

use crate::judge::Judged;
use serde::Serialize;
use std::{collections::BTreeMap, fmt};

/// The result for one script, or why there is none.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Verdict {
    Judged(Judged),
    OutOfTime,
    /// The model panicked, or needed too much memory.
    Crashed,
}

/// All results.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Report {
    summary: Summary,
    scripts: BTreeMap<String, Verdict>,
}

#[derive(Debug, Default, Serialize)]
struct Summary {
    scripts: usize,
    parsed: usize,
    proved: usize,
    undecided: usize,
    contradicted: usize,
    out_of_time: usize,
    crashed: usize,
    /// The numbers of scripts by what the parser says.
    refused: BTreeMap<String, usize>,
    /// The numbers of scripts by code of a finding.
    codes: BTreeMap<String, usize>,
    /// The numbers of scripts by what could not be decided.
    reasons: BTreeMap<String, usize>,
    /// The numbers of scripts by world and kind of ending.
    endings: BTreeMap<String, usize>,
}

impl Report {
    pub(crate) fn add(&mut self, name: String, verdict: Verdict) {
        self.summary.add(&verdict);
        self.scripts.insert(name, verdict);
    }

    /// Whether a script was not judged, or a proof was contradicted.
    pub(crate) fn failed(&self) -> bool {
        self.summary.out_of_time + self.summary.crashed + self.summary.contradicted > 0
    }

    pub(crate) fn json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }
}

impl Summary {
    fn add(&mut self, verdict: &Verdict) {
        self.scripts += 1;
        let judged = match verdict {
            Verdict::Judged(judged) => judged,
            Verdict::OutOfTime => return self.out_of_time += 1,
            Verdict::Crashed => return self.crashed += 1,
        };
        let count = |map: &mut BTreeMap<String, usize>, key: &str| {
            *map.entry(key.to_owned()).or_default() += 1;
        };
        if let Some(why) = &judged.refused {
            // The number of the line does not matter here.
            return count(&mut self.refused, why.split_once(": ").map_or(why, |(_, why)| why));
        }
        self.parsed += 1;
        self.proved += usize::from(judged.proved.len() == 2);
        self.undecided += usize::from(!judged.undecided.is_empty());
        self.contradicted += usize::from(!judged.contradictions.is_empty());
        judged.codes.iter().for_each(|code| count(&mut self.codes, code));
        judged.undecided.iter().for_each(|why| count(&mut self.reasons, why));
        for (world, ending) in &judged.endings {
            let kind = ending.split([' ', '(']).next().unwrap_or_default();
            count(&mut self.endings, &format!("{world}: {kind}"));
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let judged = match self {
            Self::Judged(judged) => judged,
            Self::OutOfTime => return f.write_str("not judged: its time was over"),
            Self::Crashed => {
                return f.write_str("not judged: the model crashed, or had no memory left");
            }
        };
        if let Some(why) = &judged.refused {
            return write!(f, "refused: {why}");
        }
        let proved: Vec<_> = judged.proved.iter().map(String::as_str).collect();
        let proved = if proved.is_empty() {
            "not proved".to_owned()
        } else {
            format!("proved for {}", proved.join(" and "))
        };
        write!(f, "{proved}")?;
        for finding in &judged.findings {
            write!(f, "\n    {finding}")?;
        }
        for world in &judged.contradictions {
            write!(f, "\n    CONTRADICTION: it is proved, and strands a machine: {world}")?;
        }
        for (world, ending) in &judged.endings {
            write!(f, "\n    {world}: {ending}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = &self.summary;
        writeln!(f, "{} scripts, {} parsed, {} proved", all.scripts, all.parsed, all.proved)?;
        writeln!(f, "{} could not be decided", all.undecided)?;
        for (title, map) in [
            ("refused by the parser", &all.refused),
            ("scripts with a finding", &all.codes),
            ("what could not be decided", &all.reasons),
            ("endings in simulated worlds", &all.endings),
        ] {
            writeln!(f, "{title}:")?;
            for (key, count) in map {
                writeln!(f, "{count:8} {key}")?;
            }
        }
        write!(
            f,
            "{} out of time, {} crashed, {} proofs contradicted",
            all.out_of_time, all.crashed, all.contradicted
        )
    }
}
