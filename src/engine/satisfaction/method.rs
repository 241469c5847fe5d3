//! The methods, what a caller may ask of them, and why a question may not fit.

/// How an index is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Method {
    /// Share of answers at or above a cut, in per cent.
    Rate,
    /// Share of answers at the upper end of the scale, in per cent.
    TopBox,
    /// Weighted means of item scores, up the instrument's tree.
    WeightedTree,
    /// Share of promoters less share of detractors, from -100 to 100.
    NetPromoter,
    /// Mean ease on the item's own scale; with a cut, the share at or above it, in per cent.
    CustomerEffort,
}

/// What a caller asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MethodRequest<'a> {
    /// The method.
    pub method: Method,
    /// The item; without one the instrument's only item, or for shares and trees the whole tree.
    pub item_id: Option<&'a str>,
    /// Least satisfied answer, or least promoter, in thousandths of the item's scale.
    pub cut_thousandths: Option<i64>,
    /// Greatest detractor, likewise; net promoter only.
    pub detractor_cut_thousandths: Option<i64>,
    /// Whether the siblings of a part that nobody answered share its weight. Without this such an
    /// index is not available.
    pub renormalise: bool,
}

/// Why a method does not fit an instrument.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ScoringError {
    /// No item has the id.
    #[error("the instrument has no item {item_id:?}")]
    UnknownItem {
        /// The id.
        item_id: String,
    },
    /// Several items, and nothing says which.
    #[error("the instrument has several items; name one")]
    ItemNeeded,
    /// The method combines the whole tree.
    #[error("the method takes no item; it combines the tree")]
    ItemNotTaken,
    /// The instrument has no tree.
    #[error("the instrument has no tree")]
    NoTree,
    /// The scale has no usual cut.
    #[error("no usual cut for a scale from {min} to {max}; name one")]
    CutNeeded {
        /// Lower end of the item's scale.
        min: f64,
        /// Upper end of the item's scale.
        max: f64,
    },
    /// The method has a fixed cut, or none.
    #[error("the method takes no cut")]
    CutNotTaken,
    /// One cut for items on several scales.
    #[error("items are on several scales; name the item that the cut is for")]
    CutForSeveralScales,
    /// The cut separates nothing.
    #[error("a cut lies above {min} and at most at {max}")]
    CutOffScale {
        /// Lower end of the item's scale.
        min: f64,
        /// Upper end of the item's scale.
        max: f64,
    },
    /// Only the net promoter score has detractors.
    #[error("the method has no detractors")]
    DetractorCutNotTaken,
    /// Detractors reach up to the promoters, or below the scale.
    #[error("detractors end at {min} or above and below the promoters")]
    DetractorCutOffScale {
        /// Lower end of the item's scale.
        min: f64,
    },
}

impl ScoringError {
    /// The field of the request that is wrong.
    #[must_use]
    pub const fn field(&self) -> &'static str {
        match self {
            Self::UnknownItem { .. } | Self::ItemNeeded | Self::ItemNotTaken => "item_id",
            Self::NoTree => "method",
            Self::CutNeeded { .. }
            | Self::CutNotTaken
            | Self::CutForSeveralScales
            | Self::CutOffScale { .. } => "cut",
            Self::DetractorCutNotTaken | Self::DetractorCutOffScale { .. } => "detractor_cut",
        }
    }
}
