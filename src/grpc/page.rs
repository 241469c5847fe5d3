//! Pages of lists.

use super::read::Reader;

/// Items on a page when a request does not say.
const PAGE_SIZE_DEFAULT: i32 = 50;
/// Most items on a page.
const PAGE_SIZE_MAX: i32 = 1_000;
/// What a token begins with.
const TOKEN_START: &str = "after:";

/// The page that a request asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Page {
    /// Most items on it.
    pub(super) size: usize,
    /// What the page before ended with; `None` for the first page.
    pub(super) after: Option<String>,
}

impl Page {
    /// Reads the fields `page_size` and `page_token` of a request.
    pub(super) fn read(reader: &mut Reader, page_size: i32, page_token: &str) -> Option<Self> {
        let size = match page_size {
            0 => Some(PAGE_SIZE_DEFAULT),
            size if (1..=PAGE_SIZE_MAX).contains(&size) => Some(size),
            _ => {
                reader.refuse(
                    "page_size",
                    format!("must lie between 1 and {PAGE_SIZE_MAX}"),
                );
                None
            }
        };
        let after = match page_token {
            "" => Some(None),
            token => match token.strip_prefix(TOKEN_START) {
                Some(last) => Some(Some(last.to_owned())),
                None => {
                    refuse_token(reader);
                    None
                }
            },
        };
        Some(Self {
            size: usize::try_from(size?).ok()?,
            after: after?,
        })
    }

    /// The items of this page and the token of the next one, out of all items in order.
    ///
    /// `None` when no item is named as the token says, which is then refused.
    pub(super) fn of<'i, T>(
        &self,
        reader: &mut Reader,
        items: &'i [T],
        name: impl Fn(&T) -> String,
    ) -> Option<(&'i [T], String)> {
        let start = match &self.after {
            None => 0,
            Some(last) => match items.iter().position(|item| name(item) == *last) {
                Some(place) => place + 1,
                None => {
                    refuse_token(reader);
                    return None;
                }
            },
        };
        let rest = items.get(start..).unwrap_or_default();
        let shown = rest.get(..self.size).unwrap_or(rest);
        let next = match shown.last() {
            Some(last) if rest.len() > shown.len() => token_after(&name(last)),
            _ => String::new(),
        };
        Some((shown, next))
    }
}

/// Refuses the field `page_token`.
pub(super) fn refuse_token(reader: &mut Reader) {
    reader.refuse("page_token", "is not a token of this list");
}

/// The token of the page after what is named.
pub(super) fn token_after(last: &str) -> String {
    format!("{TOKEN_START}{last}")
}
