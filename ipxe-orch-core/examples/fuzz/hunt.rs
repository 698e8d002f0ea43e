//! Makes inputs, runs them and watches the runs.

use clap::Args;
use fastrand::Rng;
use std::{
    collections::HashSet,
    env, fmt, fs,
    hash::{DefaultHasher, Hash, Hasher as _},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{RecvTimeoutError, Sender, channel},
    },
    thread,
    time::{Duration, Instant},
};

/// What is tested, and with which inputs.
pub(crate) trait Target: Send + Sync + 'static {
    type Input: Send + Sync;

    /// Good inputs to start with.
    fn seeds(&self) -> Vec<Self::Input>;

    /// Makes a changed input. `other` is another input, from which parts may be taken.
    fn mutate(&self, input: &Self::Input, other: &Self::Input, rng: &mut Rng) -> Self::Input;

    /// Runs an input, and panics if there is a fault. The result tells different kinds of outcomes
    /// apart. `None` means that the input is not worth keeping.
    fn run(&self, input: &Self::Input) -> Option<impl Hash>;

    /// The bytes to save for a finding.
    fn bytes(&self, input: &Self::Input) -> Vec<u8>;
}

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Number of inputs, of all workers together.
    #[arg(long, default_value_t = 1_000_000)]
    pub(crate) runs: usize,
    /// Seconds after which no further run begins, however many are left.
    #[arg(long)]
    pub(crate) seconds: Option<u64>,
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Number of threads.
    #[arg(long, default_value_t = 2)]
    pub(crate) workers: usize,
    /// Seconds in which a run must end.
    #[arg(long, default_value_t = 30)]
    pub(crate) limit: u64,
}

/// The work that was done.
#[derive(Debug, Default)]
pub(crate) struct Report {
    runs: usize,
    outcomes: HashSet<u64>,
    slowest: Duration,
    took: Duration,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { runs, outcomes, slowest, took } = self;
        write!(f, "{runs} runs without a finding in {took:.0?}, ")?;
        write!(f, "{} outcomes, the slowest run {slowest:.1?}", outcomes.len())
    }
}

/// The input that a worker is running, and since when.
type Current<I> = Mutex<Option<(Instant, Arc<I>)>>;

/// The last message of a worker: its report, or `None` if the current run panicked.
type Word = (usize, Option<Report>);

/// The largest number of inputs that a worker keeps because of their outcomes.
const KEPT: usize = 20_000;

/// Runs all inputs. Ends at the first finding, whatever the other workers are doing.
///
/// # Errors
/// The finding, and the file with its input.
pub(crate) fn hunt<T: Target>(target: T, options: &Options) -> Result<Report, String> {
    let (start, target) = (now(), Arc::new(target));
    let (send, receive) = channel();
    let end = options.seconds.map(|seconds| start + Duration::from_secs(seconds));
    let count = options.workers.max(1);
    let workers: Vec<_> = (0..count).map(|_| Arc::new(Current::default())).collect();
    for (id, current) in workers.iter().enumerate() {
        let (target, current, send) = (Arc::clone(&target), Arc::clone(current), send.clone());
        let runs = options.runs.saturating_add(id) / count;
        let rng = Rng::with_seed(options.seed.rotate_left(32) ^ u64::try_from(id).unwrap_or(0));
        thread::spawn(move || work(&*target, &current, (id, runs, end), rng, &send));
    }
    let finding = |id: usize, what: &str| {
        let input = workers.get(id).and_then(|current| lock(current).take());
        let bytes = input.map(|(_, input)| target.bytes(&input)).unwrap_or_default();
        let file = env::temp_dir().join(format!("fuzz-finding-{}", options.seed));
        let input = match fs::write(&file, bytes) {
            Ok(()) => format!("its input is in {}", file.display()),
            Err(error) => format!("its input is not saved: {}: {error}", file.display()),
        };
        format!("seed {}: a run {what}; {input}", options.seed)
    };
    let (mut report, mut left) = (Report::default(), count);
    while left > 0 {
        match receive.recv_timeout(Duration::from_secs(1)) {
            Ok((id, None)) => return Err(finding(id, "panicked")),
            Ok((_, Some(part))) => {
                left -= 1;
                report.add(part);
            }
            Err(RecvTimeoutError::Disconnected) => return Err("a worker is gone".to_owned()),
            Err(RecvTimeoutError::Timeout) => {
                let limit = Duration::from_secs(options.limit);
                let hangs = |current: &Arc<Current<_>>| {
                    lock(current).as_ref().is_some_and(|(since, _)| since.elapsed() > limit)
                };
                if let Some(id) = workers.iter().position(hangs) {
                    return Err(finding(id, &format!("takes longer than {limit:?}")));
                }
            }
        }
    }
    report.took = start.elapsed();
    Ok(report)
}

impl Report {
    fn add(&mut self, part: Self) {
        self.runs += part.runs;
        self.outcomes.extend(part.outcomes);
        self.slowest = self.slowest.max(part.slowest);
    }
}

/// Runs the seeds, and then inputs that are made from them.
fn work<T: Target>(
    target: &T,
    current: &Current<T::Input>,
    (id, runs, end): (usize, usize, Option<Instant>),
    mut rng: Rng,
    send: &Sender<Word>,
) {
    let mut kept: Vec<_> = target.seeds().into_iter().map(Arc::new).collect();
    let first = kept.len();
    let mut report = Report::default();
    for run in 0..runs {
        if end.is_some_and(|end| now() > end) {
            break;
        }
        let input = match kept.get(run) {
            Some(good) if run < first => Arc::clone(good),
            _ => {
                let (Some(one), Some(other)) = (rng.choice(&kept), rng.choice(&kept)) else {
                    break;
                };
                Arc::new(target.mutate(one, other, &mut rng))
            }
        };
        let start = now();
        *lock(current) = Some((start, Arc::clone(&input)));
        let outcome = catch_unwind(AssertUnwindSafe(|| target.run(&input).as_ref().map(digest)));
        let Ok(outcome) = outcome else {
            send.send((id, None)).ok();
            return;
        };
        *lock(current) = None;
        report.runs += 1;
        report.slowest = report.slowest.max(start.elapsed());
        if let Some(outcome) = outcome
            && report.outcomes.insert(outcome)
            && kept.len() < KEPT
        {
            kept.push(input);
        }
    }
    send.send((id, Some(report))).ok();
}

fn digest<T: Hash>(outcome: &T) -> u64 {
    let mut hasher = DefaultHasher::new();
    outcome.hash(&mut hasher);
    hasher.finish()
}

#[expect(
    clippy::disallowed_methods,
    reason = "for the time that runs take; no input depends on it"
)]
fn now() -> Instant {
    Instant::now()
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
