//! Instants, calendar days and time zones.
//!
//! Zone rules come from the database compiled into the program, so that an instant lies on the same
//! day on every machine.

use jiff::{Timestamp, civil, tz::TimeZone};

/// Microseconds in a second.
pub const MICROS_PER_SECOND: i64 = 1_000_000;

/// A point in time: microseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(i64);

impl Instant {
    /// 1900-01-01T00:00:00Z, the earliest instant a caller may name.
    pub const EARLIEST: Instant = Instant(-2_208_988_800 * MICROS_PER_SECOND);
    /// 9999-12-31T23:59:59.999999Z, the latest instant a caller may name.
    pub const LATEST: Instant = Instant(253_402_300_799 * MICROS_PER_SECOND + 999_999);

    /// The instant this many microseconds after 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// The instant of seconds and nanoseconds since 1970, floored to microseconds; `None` outside
    /// [`Instant::EARLIEST`] to [`Instant::LATEST`] or with nanoseconds outside 0 to 999,999,999.
    #[must_use]
    pub fn from_unix(seconds: i64, nanos: i32) -> Option<Self> {
        if !(0..1_000_000_000).contains(&nanos) {
            return None;
        }
        let micros = seconds
            .checked_mul(MICROS_PER_SECOND)?
            .checked_add(i64::from(nanos / 1_000))?;
        let instant = Self(micros);
        (Self::EARLIEST..=Self::LATEST)
            .contains(&instant)
            .then_some(instant)
    }

    /// Whole seconds and nanoseconds since 1970, nanoseconds never negative.
    #[must_use]
    pub fn to_unix(self) -> (i64, i32) {
        let nanos = i32::try_from(self.0.rem_euclid(MICROS_PER_SECOND) * 1_000).unwrap_or(0);
        (self.0.div_euclid(MICROS_PER_SECOND), nanos)
    }

    /// This instant moved by microseconds, held within what can be represented.
    #[must_use]
    pub const fn plus_micros(self, micros: i64) -> Self {
        Self(self.0.saturating_add(micros))
    }

    fn timestamp(self) -> Timestamp {
        let bound = if self.0 < 0 {
            Timestamp::MIN
        } else {
            Timestamp::MAX
        };
        Timestamp::from_microsecond(self.0).unwrap_or(bound)
    }
}

impl std::fmt::Display for Instant {
    /// RFC 3339 in UTC.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.timestamp().fmt(formatter)
    }
}

/// A calendar day: days since 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(i32);

impl Day {
    /// The day this many days after 1970-01-01.
    #[must_use]
    pub const fn from_days(days: i32) -> Self {
        Self(days)
    }

    /// Days since 1970-01-01.
    #[must_use]
    pub const fn as_days(self) -> i32 {
        self.0
    }

    /// The day of a year, month and day of month; `None` if there is no such day.
    #[must_use]
    pub fn from_calendar(year: i32, month: i32, day: i32) -> Option<Self> {
        let date = civil::Date::new(
            i16::try_from(year).ok()?,
            i8::try_from(month).ok()?,
            i8::try_from(day).ok()?,
        )
        .ok()?;
        Some(Self::from_date(date))
    }

    /// Year, month and day of month.
    #[must_use]
    pub fn to_calendar(self) -> (i32, i32, i32) {
        let date = self.date();
        (
            i32::from(date.year()),
            i32::from(date.month()),
            i32::from(date.day()),
        )
    }

    /// Days from an earlier day to this one; negative if it is later.
    #[must_use]
    pub const fn days_since(self, earlier: Day) -> i32 {
        self.0 - earlier.0
    }

    /// The day this many days later.
    #[must_use]
    pub const fn plus_days(self, days: i32) -> Self {
        Self(self.0.saturating_add(days))
    }

    fn from_date(date: civil::Date) -> Self {
        let days = (date - civil::Date::constant(1970, 1, 1)).get_days();
        Self(days)
    }

    fn date(self) -> civil::Date {
        let bound = if self.0 < 0 {
            civil::Date::MIN
        } else {
            civil::Date::MAX
        };
        civil::Date::constant(1970, 1, 1)
            .checked_add(jiff::Span::new().days(self.0))
            .unwrap_or(bound)
    }
}

impl std::fmt::Display for Day {
    /// As in 1997-09-30.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.date().fmt(formatter)
    }
}

/// A time zone of the IANA database.
#[derive(Clone, Debug)]
pub struct Zone {
    name: String,
    rules: TimeZone,
}

impl Zone {
    /// The zone of an IANA name such as `Europe/Berlin`; `None` if there is none of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let rules = if name == "UTC" {
            TimeZone::UTC
        } else {
            jiff::tz::TimeZoneDatabase::bundled().get(name).ok()?
        };
        Some(Self {
            name: rules.iana_name().unwrap_or(name).to_owned(),
            rules,
        })
    }

    /// Its IANA name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The day on which an instant lies in this zone.
    #[must_use]
    pub fn day_of(&self, instant: Instant) -> Day {
        Day::from_date(self.rules.to_datetime(instant.timestamp()).date())
    }

    /// The first instant of a day in this zone.
    #[must_use]
    pub fn start_of(&self, day: Day) -> Instant {
        day.date()
            .to_zoned_datetime(self.rules.clone())
            .map_or(Instant::LATEST, |start| {
                Instant::from_micros(start.timestamp().as_microsecond())
            })
    }
}

/// Parses a day (midnight in UTC) or an instant in RFC 3339; `None` if the text is neither.
#[must_use]
pub fn parse_instant(text: &str) -> Option<Instant> {
    if let Ok(timestamp) = text.parse::<Timestamp>() {
        return Some(Instant::from_micros(
            timestamp
                .as_nanosecond()
                .div_euclid(1_000)
                .try_into()
                .ok()?,
        ));
    }
    let day = parse_day(text)?;
    Some(Instant::from_micros(
        i64::from(day.as_days()) * 86_400 * MICROS_PER_SECOND,
    ))
}

/// Parses a calendar day such as 1997-09-30; `None` if the text is none.
#[must_use]
pub fn parse_day(text: &str) -> Option<Day> {
    if text.len() != 10 {
        return None;
    }
    text.parse::<civil::Date>().ok().map(Day::from_date)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_where_its_zone_says() {
        let zone = Zone::named("Asia/Shanghai").expect("zone");
        let day = Day::from_calendar(1997, 9, 30).expect("day");
        assert_eq!(zone.start_of(day).to_string(), "1997-09-29T16:00:00Z");
        assert_eq!(zone.day_of(zone.start_of(day)), day);
        assert_eq!(
            zone.day_of(zone.start_of(day).plus_micros(-1)),
            day.plus_days(-1)
        );
    }

    #[test]
    fn days_and_text_agree() {
        for text in [
            "1900-01-01",
            "1969-12-31",
            "1970-01-01",
            "2024-02-29",
            "9999-12-31",
        ] {
            let day = parse_day(text).expect("day");
            assert_eq!(day.to_string(), text);
            let (year, month, date) = day.to_calendar();
            assert_eq!(Day::from_calendar(year, month, date), Some(day));
        }
        assert_eq!(parse_day("2023-02-29"), None);
        assert_eq!(Day::from_calendar(1997, 13, 1), None);
    }

    #[test]
    fn instants_outside_the_contract_are_refused() {
        assert_eq!(Instant::from_unix(-2_208_988_801, 999_999_999), None);
        assert_eq!(Instant::from_unix(253_402_300_800, 0), None);
        assert_eq!(Instant::from_unix(0, -1), None);
        assert_eq!(
            Instant::from_unix(-1, 999_999_999).map(Instant::to_unix),
            Some((-1, 999_999_000))
        );
    }

    #[test]
    fn unknown_zones_are_refused() {
        assert!(Zone::named("Mars/Olympus").is_none());
        assert_eq!(
            Zone::named("UTC").map(|zone| zone.name().to_owned()),
            Some("UTC".into())
        );
    }
}
