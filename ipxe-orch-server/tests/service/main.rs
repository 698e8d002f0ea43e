//! Every service asks who calls: whoever may not is denied, and that is in the audit.

// Tells clippy that the helpers are test code as well.
#![cfg(test)]

mod denied;
mod imports;
mod site;
