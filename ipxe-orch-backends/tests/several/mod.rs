//! What holds for several programs on one database of a server, whichever it is.

mod histories;
mod skew;
