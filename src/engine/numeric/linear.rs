//! Small symmetric systems, solved by their Cholesky factor.

/// Lower Cholesky factor of a symmetric positive definite matrix.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cholesky<const N: usize> {
    factor: [[f64; N]; N],
}

impl<const N: usize> Cholesky<N> {
    /// Factors `matrix` (only its lower triangle is read); `None` when it is not positive definite.
    #[must_use]
    pub fn new(matrix: &[[f64; N]; N]) -> Option<Self> {
        let mut factor = [[0.0; N]; N];
        for row in 0..N {
            for column in 0..=row {
                let mut rest = matrix[row][column];
                let (above, here) = (&factor[column], &factor[row]);
                for (left, right) in here.iter().zip(above).take(column) {
                    rest -= left * right;
                }
                if row == column {
                    // A pivot that lost all its digits is no pivot; NaN fails here too.
                    let is_pivot = rest.is_finite() && matrix[row][row] * f64::EPSILON < rest;
                    if !is_pivot {
                        return None;
                    }
                    factor[row][row] = rest.sqrt();
                } else {
                    factor[row][column] = rest / factor[column][column];
                }
            }
        }
        Some(Self { factor })
    }

    /// Solves `matrix · x = right`.
    #[must_use]
    pub fn solve(&self, right: &[f64; N]) -> [f64; N] {
        let mut solution = *right;
        for row in 0..N {
            for k in 0..row {
                solution[row] -= self.factor[row][k] * solution[k];
            }
            solution[row] /= self.factor[row][row];
        }
        for row in (0..N).rev() {
            for k in row + 1..N {
                solution[row] -= self.factor[k][row] * solution[k];
            }
            solution[row] /= self.factor[row][row];
        }
        solution
    }

    /// The lower triangular factor: its product with its transpose is the matrix.
    #[must_use]
    pub fn factor(&self) -> &[[f64; N]; N] {
        &self.factor
    }

    /// Inverse of the matrix.
    #[must_use]
    pub fn inverse(&self) -> [[f64; N]; N] {
        let mut inverse = [[0.0; N]; N];
        for column in 0..N {
            let mut unit = [0.0; N];
            unit[column] = 1.0;
            let solution = self.solve(&unit);
            for row in 0..N {
                inverse[row][column] = solution[row];
            }
        }
        inverse
    }
}

/// Squarings of the matrix in [`largest_eigenvalue`]: 2¹⁰ multiplications of it by itself leave
/// other eigenvectors less than e⁻¹⁰ even where two eigenvalues differ by one in a hundred.
const SQUARINGS: u32 = 10;

/// Largest eigenvalue of a symmetric positive definite matrix, to a percent or better.
///
/// Its 1024th power projects on the eigenvector, whose Rayleigh quotient follows; scaling by the trace
/// at each squaring keeps it in range.
#[must_use]
pub fn largest_eigenvalue<const N: usize>(matrix: &[[f64; N]; N]) -> f64 {
    let trace = |matrix: &[[f64; N]; N]| (0..N).map(|index| matrix[index][index]).sum::<f64>();
    let mut power = *matrix;
    for _ in 0..SQUARINGS {
        let scale = trace(&power);
        let scaled = power.map(|row| row.map(|entry| entry / scale));
        power = std::array::from_fn(|row| {
            std::array::from_fn(|column| (0..N).map(|k| scaled[row][k] * scaled[k][column]).sum())
        });
    }
    let longest = (0..N).fold(0, |best, index| {
        if power[best][best] < power[index][index] {
            index
        } else {
            best
        }
    });
    let vector: [f64; N] = std::array::from_fn(|row| power[row][longest]);
    let product = |row: &[f64; N]| -> f64 { row.iter().zip(&vector).map(|(m, v)| m * v).sum() };
    let above: f64 = matrix
        .iter()
        .zip(&vector)
        .map(|(row, v)| v * product(row))
        .sum();
    above / product(&vector)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn solves_a_system_checkable_by_hand() {
        // [4 2; 2 2]·[1; 2] = [8; 6]
        let cholesky = Cholesky::new(&[[4.0, 2.0], [2.0, 2.0]]).unwrap();
        let solution = cholesky.solve(&[8.0, 6.0]);
        assert!((solution[0] - 1.0).abs() < 1e-15 && (solution[1] - 2.0).abs() < 1e-15);
    }

    #[test]
    fn inverse_times_matrix_is_identity() {
        let matrix = [[4.0, 1.0, 0.5], [1.0, 3.0, -0.25], [0.5, -0.25, 2.0]];
        let inverse = Cholesky::new(&matrix).unwrap().inverse();
        for (row, entries) in matrix.iter().enumerate() {
            for column in 0..3 {
                let terms = entries.iter().zip(&inverse);
                let product: f64 = terms.map(|(entry, other)| entry * other[column]).sum();
                let identity = if row == column { 1.0 } else { 0.0 };
                assert!((product - identity).abs() < 1e-15);
            }
        }
    }

    #[test]
    fn largest_eigenvalue_is_that_of_the_longest_axis() {
        // [2 1; 1 2] has 3 and 1; a diagonal has its largest entry.
        assert!((largest_eigenvalue(&[[2.0, 1.0], [1.0, 2.0]]) - 3.0).abs() < 1e-14);
        assert!((largest_eigenvalue(&[[1e-9, 0.0], [0.0, 1e9]]) / 1e9 - 1.0).abs() < 1e-14);
    }

    #[test]
    fn refuses_what_is_not_positive_definite() {
        assert_eq!(Cholesky::new(&[[1.0, 2.0], [2.0, 1.0]]), None);
        assert_eq!(Cholesky::new(&[[1.0, 1.0], [1.0, 1.0]]), None);
        assert_eq!(Cholesky::new(&[[f64::NAN]]), None);
    }
}
