//! Tables for people: plain, columns two spaces apart, numbers to the right.

use comfy_table::{Cell, CellAlignment, LineStyle, Table, TableStyle, presets};

/// On which side a column's text stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Words.
    Left,
    /// Numbers.
    Right,
}

/// A table; `columns` are titles and sides, without any title there is no heading.
#[must_use]
pub fn table(columns: &[(&str, Side)], rows: &[Vec<String>]) -> String {
    let mut table = Table::new();
    let rule = LineStyle::none().fill('─').junction('─');
    let has_heading = columns.iter().any(|(title, _)| !title.is_empty());
    let style: TableStyle = if has_heading {
        presets::NOTHING.header_separator(rule)
    } else {
        presets::NOTHING
    };
    table.load_style(style);
    if has_heading {
        table.set_header(columns.iter().map(|(title, side)| cell(title, *side)));
    }
    for row in rows {
        let cells = row.iter().zip(columns);
        table.add_row(cells.map(|(text, (_, side))| cell(text, *side)));
    }
    let last = columns.len().saturating_sub(1);
    // The line below a heading brings a blank of its own between columns.
    let gap = if has_heading { 1 } else { 2 };
    for (index, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, if index == last { 0 } else { gap }));
    }
    let mut text = String::new();
    for line in table.lines() {
        text.push_str("  ");
        text.push_str(&line);
        while text.ends_with(' ') {
            text.pop();
        }
        text.push('\n');
    }
    text
}

fn cell(text: &str, side: Side) -> Cell {
    let alignment = match side {
        Side::Left => CellAlignment::Left,
        Side::Right => CellAlignment::Right,
    };
    Cell::new(text).set_alignment(alignment)
}

/// A number with a comma between groups of three digits.
#[must_use]
pub fn grouped(number: impl std::fmt::Display) -> String {
    let text = number.to_string();
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text.as_str()),
    };
    let (whole, decimals) = match rest.find('.') {
        Some(point) => rest.split_at(point),
        None => (rest, ""),
    };
    let mut groups = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            groups.push(',');
        }
        groups.push(digit);
    }
    format!("{sign}{groups}{decimals}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_stand_in_groups_of_three() {
        for (number, text) in [
            ("0", "0"),
            ("999", "999"),
            ("1000", "1,000"),
            ("-123456.7891", "-123,456.7891"),
        ] {
            assert_eq!(grouped(number), text);
        }
    }

    #[test]
    fn columns_are_aligned_without_trailing_blanks() {
        let rows = vec![
            vec!["a".to_owned(), "1".to_owned(), "x".to_owned()],
            vec!["bcd".to_owned(), "1,000".to_owned(), String::new()],
        ];
        let columns = [("name", Side::Left), ("n", Side::Right), ("", Side::Left)];
        let text = table(&columns, &rows);
        assert_eq!(
            text,
            "  name      n\n  ──────────────\n  a         1  x\n  bcd   1,000\n"
        );
    }
}
