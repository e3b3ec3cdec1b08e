//! One colour map for every view.

use plotters::style::RGBColor;
use plotters::style::colors::colormaps::ViridisRGB;

/// Red, green and blue, 0 to 255.
pub type Rgb = (u8, u8, u8);

/// Viridis, matplotlib's default: perceptually uniform, and legible to the colour-blind and in grey. `at` runs from
/// 0 (dark violet) to 1 (yellow); what lies outside is clamped.
pub fn viridis(at: f64) -> Rgb {
    let RGBColor(red, green, blue) = ViridisRGB::get_color(at.clamp(0.0, 1.0));
    (red, green, blue)
}

/// Relative luminance, 0 (black) to 1 (white): WCAG 2, without its gamma branch.
fn luminance((red, green, blue): Rgb) -> f64 {
    let linear = |channel: u8| (f64::from(channel) / 255.0).powf(2.2);
    0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
}

/// Black or white, whichever is read more easily on that colour.
pub(super) fn ink_on(background: Rgb) -> Rgb {
    // Contrast with white is 1.05/(l + 0.05) and with black (l + 0.05)/0.05; they meet at l = 0.179.
    if luminance(background) > 0.179 { (0, 0, 0) } else { (255, 255, 255) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn luminance_rises_all_the_way() {
        let steps: Vec<f64> =
            (0..=50).map(|step| luminance(viridis(f64::from(step) / 50.0))).collect();
        assert!(steps.windows(2).all(|pair| pair[0] < pair[1]), "{steps:?}");
    }

    #[test]
    fn ends_are_matplotlibs() {
        assert_eq!(viridis(-1.0), (68, 1, 84));
        assert_eq!(viridis(2.0), (254, 232, 37));
    }

    #[test]
    fn ink_is_always_legible() {
        for step in 0..=100 {
            let paper = viridis(f64::from(step) / 100.0);
            let (paper, ink) = (luminance(paper), luminance(ink_on(paper)));
            let contrast = (paper.max(ink) + 0.05) / (paper.min(ink) + 0.05);
            assert!(contrast >= 4.5, "{contrast} at {step}");
        }
    }
}
