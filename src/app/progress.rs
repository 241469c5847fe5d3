//! How far long work is.

/// How far a step of long work is.
#[derive(Clone, Debug, PartialEq)]
pub struct Progress {
    /// What is being done.
    pub step: &'static str,
    /// Share of the step that is done, 0 to 1.
    pub done_share: f64,
    /// Customers read so far.
    pub customers: i64,
}

/// Is told how far the work is, and says whether to go on.
pub type Teller<'t> = &'t mut (dyn FnMut(Progress) -> bool + Send);
