//! `torch.set_printoptions`, as a value.

/// How numbers are printed; its `default()` is torch's.
///
/// `torch.set_printoptions(profile="short", precision=3)` is
///
/// ```
/// use atencion::tensor::PrintOptions;
/// let options = PrintOptions { precision: 3, ..PrintOptions::short() };
/// ```
///
/// Source: <https://docs.pytorch.org/docs/stable/generated/torch.set_printoptions.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PrintOptions {
    /// Digits after the point.
    pub precision: u16,
    /// More numbers than this, and only the edges are printed.
    pub threshold: usize,
    /// How many numbers (rows, slices, ..) of each edge are printed then.
    pub edgeitems: usize,
    /// Characters in a line.
    pub linewidth: usize,
    /// Scientific notation always or never; `None` lets the numbers decide.
    pub sci_mode: Option<bool>,
}

impl PrintOptions {
    /// `profile="short"`: two digits, two edge items.
    pub fn short() -> Self {
        Self { precision: 2, edgeitems: 2, ..Self::default() }
    }

    /// `profile="full"`: nothing is left out.
    pub fn full() -> Self {
        Self { threshold: usize::MAX, ..Self::default() }
    }
}

impl Default for PrintOptions {
    fn default() -> Self {
        Self { precision: 4, threshold: 1000, edgeitems: 3, linewidth: 80, sci_mode: None }
    }
}
