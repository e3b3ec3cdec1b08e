//! From which length on one layer is faster than another.

use super::cost::Measured;
use super::layer::Family;

/// Where attention is faster than another layer.
#[derive(Debug, Clone, PartialEq)]
pub enum Faster {
    /// At every length that was measured.
    Always,
    /// At none.
    Never,
    /// Up to that many words, and not beyond.
    UpTo(f64),
    /// From that many words on.
    From(f64),
    /// It changes more than once.
    Mixed,
}

/// The time of one layer at each length, in seconds, ascending.
pub fn curve(
    found: &[Measured],
    family: Family,
    (batch, threads): (i64, usize),
    time: impl Fn(&Measured) -> f64,
) -> Vec<(f64, f64)> {
    let mut points: Vec<(f64, f64)> = found
        .iter()
        .filter(|it| it.family == family && it.batch == batch && it.threads == threads)
        .map(|it| (it.length as f64, time(it)))
        .collect();
    points.sort_by(|a, b| a.0.total_cmp(&b.0));
    points
}

/// Compares two curves over the same lengths; between two of them both are taken for straight lines on logarithmic axes.
pub fn faster(attention: &[(f64, f64)], other: &[(f64, f64)]) -> Faster {
    let gaps: Vec<(f64, f64)> = attention
        .iter()
        .zip(other)
        .map(|((length, mine), (_, theirs))| (length.ln(), mine.ln() - theirs.ln()))
        .collect();
    let changes: Vec<&[(f64, f64)]> =
        gaps.windows(2).filter(|pair| (pair[0].1 < 0.0) != (pair[1].1 < 0.0)).collect();
    match changes[..] {
        [] if gaps.first().is_some_and(|gap| gap.1 < 0.0) => Faster::Always,
        [] => Faster::Never,
        [&[(before, gap), (after, next)]] => {
            let at = (before + (after - before) * gap / (gap - next)).exp();
            if gap < 0.0 { Faster::UpTo(at) } else { Faster::From(at) }
        }
        _ => Faster::Mixed,
    }
}

/// Two digits are all that a measurement is worth: 1 873 words are 1 900.
pub fn rounded(words: f64) -> i64 {
    let unit = 10f64.powf((words.max(1.0).log10().floor() - 1.0).max(0.0));
    ((words / unit).round() * unit) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// n² against 100 n, in some unit: equal at 100 words.
    fn curves(lengths: &[f64]) -> [Vec<(f64, f64)>; 2] {
        let of = |seconds: fn(f64) -> f64| lengths.iter().map(|n| (*n, seconds(*n))).collect();
        [of(|n| n * n), of(|n| 100.0 * n)]
    }

    #[test]
    fn straight_lines_cross_where_they_do() {
        let [square, line] = curves(&[16.0, 64.0, 256.0]);
        let Faster::UpTo(words) = faster(&square, &line) else { panic!("it crosses once") };
        assert!((words - 100.0).abs() < 1e-9, "{words}");
        assert!(
            matches!(faster(&line, &square), Faster::From(words) if (words - 100.0).abs() < 1e-9)
        );
    }

    #[test]
    fn without_a_crossing_one_is_faster() {
        let [square, line] = curves(&[4.0, 16.0]);
        assert_eq!(faster(&square, &line), Faster::Always);
        assert_eq!(faster(&line, &square), Faster::Never);
        assert_eq!(faster(&square, &square), Faster::Never);
    }

    #[test]
    fn more_than_one_crossing_is_said() {
        let flat = [(1.0, 1.0), (2.0, 1.0), (4.0, 1.0)];
        assert_eq!(faster(&[(1.0, 2.0), (2.0, 0.5), (4.0, 2.0)], &flat), Faster::Mixed);
    }

    #[test]
    fn lengths_are_said_with_two_digits() {
        assert_eq!([1873.0, 96.4, 7.2, 0.0].map(rounded), [1900, 96, 7, 0]);
    }
}
