//! The numbers of a tensor, read out once.

use tch::{Device, Kind, Tensor};

use atencion::{Error, Result};

/// A table of numbers, row by row.
#[derive(Debug, Clone, PartialEq)]
pub struct Matrix {
    /// Rows.
    pub rows: usize,
    /// Columns.
    pub columns: usize,
    /// `rows * columns` numbers; −inf, inf and nan may be among them.
    pub values: Vec<f64>,
}

/// One two-dimensional slice of a tensor, and where it lies: `[1]` for the second head, empty for a matrix.
#[derive(Debug, Clone, PartialEq)]
pub struct Slice {
    /// The indices of the leading dimensions.
    pub index: Vec<i64>,
    /// The numbers.
    pub matrix: Matrix,
}

impl Matrix {
    /// The numbers of a tensor of at most two dimensions: a scalar is 1×1, a vector one row.
    ///
    /// # Errors
    /// When the tensor has more than two dimensions, or numbers that are not real.
    pub fn of(tensor: &Tensor) -> Result<Self> {
        let (rows, columns) = match tensor.size()[..] {
            [] => (1, 1),
            [columns] => (1, columns),
            [rows, columns] => (rows, columns),
            ref more => {
                return Err(Error::value(format!(
                    "a table has two dimensions, this has {}",
                    more.len()
                )));
            }
        };
        let flat = numbers(tensor)?.f_flatten(0, -1)?;
        let values = Vec::<f64>::try_from(&flat)?;
        Ok(Self { rows: rows as usize, columns: columns as usize, values })
    }

    /// The number at that row and column.
    pub fn at(&self, row: usize, column: usize) -> f64 {
        self.values[row * self.columns + column]
    }

    /// Smallest and largest number, leaving out nan and the infinities; `None` if nothing is left.
    pub fn range(&self) -> Option<(f64, f64)> {
        let finite = || self.values.iter().copied().filter(|value| value.is_finite());
        Some((finite().reduce(f64::min)?, finite().reduce(f64::max)?))
    }

    /// The same picture in at most that many rows and columns: each number is the mean of a block, leaving out what
    /// is not finite. A block with nothing finite keeps its first number.
    pub fn at_most(&self, rows: usize, columns: usize) -> Self {
        let (high, wide) = (block(self.rows, rows), block(self.columns, columns));
        if high <= 1 && wide <= 1 {
            return self.clone();
        }
        let (rows, columns) = (self.rows.div_ceil(high), self.columns.div_ceil(wide));
        let cells = (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column)));
        let values = cells.map(|(row, column)| self.mean(row * high, column * wide, high, wide));
        Self { rows, columns, values: values.collect() }
    }

    fn mean(&self, top: usize, left: usize, high: usize, wide: usize) -> f64 {
        let rows = top..(top + high).min(self.rows);
        let columns = left..(left + wide).min(self.columns);
        let block = rows.flat_map(|row| columns.clone().map(move |column| self.at(row, column)));
        let finite: Vec<f64> = block.filter(|value| value.is_finite()).collect();
        if finite.is_empty() {
            return self.at(top, left);
        }
        finite.iter().sum::<f64>() / finite.len() as f64
    }
}

/// How many of `count` share a place when there are that many. Blocks are even: sine and cosine in turn (or any other
/// pair) would else weigh unequally and show stripes that are not there.
fn block(count: usize, places: usize) -> usize {
    match count.div_ceil(places.max(1)) {
        0 | 1 => 1,
        many => many.next_multiple_of(2),
    }
}

/// The two-dimensional slices of a tensor, in order: one for a matrix, one a head for `[H, L, S]`.
///
/// # Errors
/// When the tensor's numbers are not real.
pub fn slices(tensor: &Tensor) -> Result<Vec<Slice>> {
    let size = tensor.size();
    let leading = &size[..size.len().saturating_sub(2)];
    if leading.is_empty() {
        return Ok(vec![Slice { index: vec![], matrix: Matrix::of(tensor)? }]);
    }
    let [rows, columns] = [size[size.len() - 2], size[size.len() - 1]];
    // `-1` is ambiguous where there is nothing.
    let count: i64 = leading.iter().product();
    let stack = numbers(tensor)?.f_reshape([count, rows, columns])?;
    (0..count)
        .map(|at| Ok(Slice { index: unravel(at, leading), matrix: Matrix::of(&stack.f_get(at)?)? }))
        .collect()
}

/// The index of each dimension from a running number, as numpy's `unravel_index`.
fn unravel(mut at: i64, sizes: &[i64]) -> Vec<i64> {
    let mut index: Vec<i64> = sizes
        .iter()
        .rev()
        .map(|size| {
            let here = at % size;
            at /= size;
            here
        })
        .collect();
    index.reverse();
    index
}

fn numbers(tensor: &Tensor) -> Result<Tensor> {
    let real =
        !matches!(tensor.kind(), Kind::ComplexHalf | Kind::ComplexFloat | Kind::ComplexDouble);
    if !real {
        return Err(
            Error::kind_mismatch("complex numbers cannot be drawn").mend("draw their real part")
        );
    }
    Ok(tensor.f_detach()?.f_to_device(Device::Cpu)?.f_to_kind(Kind::Double)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use atencion::tensor;

    #[test]
    fn reads_rows_and_columns() {
        let matrix = Matrix::of(&tensor![[1, 2, 3], [4, 5, 6]]).unwrap();
        assert_eq!((matrix.rows, matrix.columns, matrix.at(1, 0)), (2, 3, 4.0));
    }

    #[test]
    fn range_leaves_out_what_is_masked() {
        let matrix = Matrix { rows: 1, columns: 3, values: vec![f64::NEG_INFINITY, 0.5, f64::NAN] };
        assert_eq!(matrix.range(), Some((0.5, 0.5)));
        assert_eq!(Matrix { values: vec![f64::NAN; 3], ..matrix }.range(), None);
    }

    #[test]
    fn blocks_are_means_and_the_rest_is_kept() {
        let matrix = Matrix { rows: 1, columns: 5, values: vec![1.0, 3.0, 5.0, f64::NAN, 9.0] };
        assert_eq!(matrix.at_most(1, 3).values, [2.0, 5.0, 9.0]);
        assert_eq!(matrix.at_most(1, 5).columns, 5);
    }

    #[test]
    fn a_head_a_slice() {
        let heads = Tensor::arange(12, (Kind::Float, Device::Cpu)).reshape([3, 2, 2]);
        let slices = slices(&heads).unwrap();
        assert_eq!(
            slices.iter().map(|slice| slice.index.clone()).collect::<Vec<_>>(),
            [[0], [1], [2]]
        );
        assert_eq!(slices[2].matrix.values, [8.0, 9.0, 10.0, 11.0]);
    }

    #[test]
    fn nothing_is_no_slice_and_no_panic() {
        assert_eq!(slices(&Tensor::zeros([0, 3, 3], (Kind::Float, Device::Cpu))).unwrap(), []);
        let empty = slices(&Tensor::zeros([2, 0, 3], (Kind::Float, Device::Cpu))).unwrap();
        assert_eq!(empty[1].matrix.values, [0.0; 0]);
    }
}
