//! `range(start, stop, step)` and Python's slices of sequences.

/// How many numbers a range has.
pub fn length(start: i64, stop: i64, step: i64) -> usize {
    let (start, stop, step) = (i128::from(start), i128::from(stop), i128::from(step));
    let count = match step {
        0 => 0,
        1.. => (stop - start + step - 1).max(0) / step,
        _ => (start - stop - step - 1).max(0) / -step,
    };
    usize::try_from(count).unwrap_or(usize::MAX)
}

/// The numbers of a range.
pub fn items(start: i64, stop: i64, step: i64) -> impl ExactSizeIterator<Item = i64> {
    (0..length(start, stop, step)).map(move |at| start.wrapping_add((at as i64).wrapping_mul(step)))
}

/// Python's `slice(start, stop, step).indices(length)`; `None` for a step of 0.
pub fn indices(
    start: Option<i64>,
    stop: Option<i64>,
    step: Option<i64>,
    length: usize,
) -> Option<(i64, i64, i64)> {
    let length = i64::try_from(length).unwrap_or(i64::MAX);
    let step = step.unwrap_or(1);
    if step == 0 {
        return None;
    }
    let (low, high) = if step > 0 { (0, length) } else { (-1, length - 1) };
    let clamp = |at: i64| {
        let at = if at < 0 { at.saturating_add(length) } else { at };
        at.clamp(low, high)
    };
    let start = start.map_or(if step > 0 { low } else { high }, clamp);
    let stop = stop.map_or(if step > 0 { high } else { low }, clamp);
    Some((start, stop, step))
}
