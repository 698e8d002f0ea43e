//! The reader of discs against discs that others made, and against damaged ones.

#[cfg(test)]
mod foreign;
#[cfg(test)]
mod harness;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod make;
