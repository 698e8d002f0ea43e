//! Fields that a newer version of this program added.

use serde_json::Value;
use std::collections::BTreeMap;

/// The fields of a stored value that this version does not know, with their JSON. They are ignored
/// when the value is read and kept when it is written, so that servers of two versions may share a
/// database.
pub type Other = BTreeMap<String, Value>;
