//! Values of enums.

use super::Reader;

impl Reader {
    /// A value of an enum whose numbers are the places in `all`, from 1 on; 0 is not told.
    pub fn choice<T: Copy>(
        &mut self,
        (field, name): (&str, &str),
        number: i32,
        all: &[T],
    ) -> Option<Option<T>> {
        if number == 0 {
            return Some(None);
        }
        let place = usize::try_from(i64::from(number) - 1).ok();
        let found = place.and_then(|place| all.get(place).copied());
        if found.is_none() {
            self.refuse(field, format!("must be a {name}, is {number}"));
        }
        found.map(Some)
    }

    /// The same for a value that must be told.
    pub fn required_choice<T: Copy>(
        &mut self,
        (field, name): (&str, &str),
        number: i32,
        all: &[T],
    ) -> Option<T> {
        let found = self.choice((field, name), number, all)?;
        if found.is_none() {
            self.refuse(field, "is required");
        }
        found
    }
}
