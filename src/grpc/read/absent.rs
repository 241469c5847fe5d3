//! Values that may be absent.

use super::Reader;
use crate::engine::time::Day;
use crate::grpc::pb::google::r#type::Date;

impl Reader {
    /// A whole number from 1 on that may be absent.
    pub fn number(
        &mut self,
        field: &str,
        value: Option<i32>,
        most: i32,
        default: i32,
    ) -> Option<i32> {
        let value = value.unwrap_or(default);
        if !(1..=most).contains(&value) {
            self.refuse(field, format!("must be from 1 to {most}, is {value}"));
            return None;
        }
        Some(value)
    }

    /// A calendar day that may be absent.
    pub fn optional_day(&mut self, field: &str, value: Option<&Date>) -> Option<Option<Day>> {
        match value {
            None => Some(None),
            Some(day) => self.day(field, day).map(Some),
        }
    }
}
