//! The reader of discs, tested with discs made by other programs and with damaged ones.

#[cfg(test)]
mod foreign;
#[cfg(test)]
mod harness;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod make;
