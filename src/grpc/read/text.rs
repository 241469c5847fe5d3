//! Texts of several lines, and ids that may be absent.

use super::{LONG_BYTES_MAX, Reader};
use crate::ids::ID_BYTES_MAX;

impl Reader {
    /// A text of several lines: of control characters it may hold line ends and tabs.
    pub fn long_text(&mut self, field: &str, value: &str) -> Option<String> {
        if value.len() > LONG_BYTES_MAX {
            self.refuse(
                field,
                format!("must be at most {LONG_BYTES_MAX} bytes, is {}", value.len()),
            );
            return None;
        }
        let is_plain = |char: char| !char.is_control() || matches!(char, '\n' | '\r' | '\t');
        if !value.chars().all(is_plain) {
            self.refuse(
                field,
                "must not contain control characters other than line ends and tabs",
            );
            return None;
        }
        Some(value.to_owned())
    }

    /// An id that may be absent.
    pub fn optional_id(&mut self, field: &str, value: Option<&str>) -> Option<Option<String>> {
        self.optional_text(field, value, ID_BYTES_MAX)
    }
}
