//! The axes along which customers of a population are compared.

/// An axis. Values are whole numbers in the unit of the axis, so that equals are equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Axis {
    /// Days from the last purchase day to the day of the instant.
    RecencyDays,
    /// Purchase days.
    Frequency,
    /// Revenue after refunds, in micro-units.
    Monetary,
    /// `clv.to_date`, in micro-units.
    Contribution,
    /// `clv.total`, in micro-units; of a customer without a purchase `clv.to_date`, since nothing is
    /// expected of them.
    ClvTotal,
    /// `crv.to_date`, in micro-units.
    CrvToDate,
    /// Contribution of the days that the policy calls current, the last 365, in micro-units.
    Current,
    /// `clv.expected`, in micro-units.
    Potential,
    /// Mean days between purchase days, in millionths of a day.
    RhythmDays,
}

/// Which customers have a value on an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Population {
    /// Customers with a fact up to the instant.
    WithFacts,
    /// Customers with a purchase day left after refunds and voids.
    WithPurchase,
    /// Customers with at least two such days.
    WithRepeatPurchase,
}

/// What the numbers of an axis count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AxisUnit {
    /// Days.
    Days,
    /// Purchase days.
    PurchaseDays,
    /// Millionths of the base currency's unit.
    Micros,
    /// Millionths of a day.
    MicroDays,
}

impl Axis {
    /// All axes, in the order of their [`index`](Self::index).
    pub const ALL: [Axis; 9] = [
        Axis::RecencyDays,
        Axis::Frequency,
        Axis::Monetary,
        Axis::Contribution,
        Axis::ClvTotal,
        Axis::CrvToDate,
        Axis::Current,
        Axis::Potential,
        Axis::RhythmDays,
    ];

    /// Place in [`Axis::ALL`]; never changes, since it is stored.
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }

    /// Name, as answers carry it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::RecencyDays => "recency_days",
            Self::Frequency => "frequency",
            Self::Monetary => "monetary",
            Self::Contribution => "clv.to_date",
            Self::ClvTotal => "clv.total",
            Self::CrvToDate => "crv.to_date",
            Self::Current => "current_contribution",
            Self::Potential => "clv.expected",
            Self::RhythmDays => "rhythm_days",
        }
    }

    /// Which customers have a value. Where models or referral value are missing, a customer of the
    /// population has none either.
    #[must_use]
    pub const fn population(self) -> Population {
        match self {
            Self::RecencyDays | Self::Frequency | Self::Monetary | Self::Potential => {
                Population::WithPurchase
            }
            Self::Contribution | Self::ClvTotal | Self::CrvToDate | Self::Current => {
                Population::WithFacts
            }
            Self::RhythmDays => Population::WithRepeatPurchase,
        }
    }

    /// Unit of the values.
    #[must_use]
    pub const fn unit(self) -> AxisUnit {
        match self {
            Self::RecencyDays => AxisUnit::Days,
            Self::Frequency => AxisUnit::PurchaseDays,
            Self::Monetary
            | Self::Contribution
            | Self::ClvTotal
            | Self::CrvToDate
            | Self::Current
            | Self::Potential => AxisUnit::Micros,
            Self::RhythmDays => AxisUnit::MicroDays,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_stands_where_its_index_says() {
        for (index, axis) in Axis::ALL.into_iter().enumerate() {
            assert_eq!(axis.index(), index);
        }
    }
}
