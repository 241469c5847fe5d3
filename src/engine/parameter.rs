//! What a model's parameters must satisfy.

/// Why a parameter is refused.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ParameterError {
    /// A parameter is zero, negative, infinite or not a number.
    #[error("{name} is {value}, not a positive number")]
    NotPositive {
        /// Code name of the parameter.
        name: &'static str,
        /// The refused value.
        value: f64,
    },
}

/// `value` when it is finite and above 0.
pub(crate) fn positive(name: &'static str, value: f64) -> Result<f64, ParameterError> {
    if value.is_finite() && 0.0 < value {
        Ok(value)
    } else {
        Err(ParameterError::NotPositive { name, value })
    }
}
