//! What the terminal can do: how wide it is and how many colours it has.

use std::fmt::Display;
use std::io::{IsTerminal, stdout};

use anstyle::{Color, RgbColor, Style};
use supports_color::{ColorLevel, Stream};

use super::Rgb;

/// How many colours a terminal has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Colours {
    /// None: no terminal, `NO_COLOR`, or `TERM=dumb`.
    None,
    /// The sixteen of old: enough for headings, too few for a heatmap.
    Sixteen,
    /// 256 (`TERM=xterm-256color`).
    Ansi256,
    /// All of them (`COLORTERM=truecolor`).
    True,
}

/// A terminal, or what stands in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terminal {
    /// Its colours.
    pub colours: Colours,
    /// Characters in a line.
    pub columns: usize,
    /// Lines on the screen; `None` where output is not a terminal.
    pub lines: Option<usize>,
}

/// Where there is no terminal to ask.
const COLUMNS: usize = 80;

impl Terminal {
    /// Standard output as it is: its width, and colours by `NO_COLOR`, `FORCE_COLOR`, `COLORTERM` and `TERM`.
    pub fn of_stdout() -> Self {
        let colours = supports_color::on(Stream::Stdout).map_or(Colours::None, colours);
        let size = stdout().is_terminal().then(terminal_size::terminal_size).flatten();
        match size {
            Some((columns, lines)) => Self {
                colours,
                // A terminal that says 0 (a serial line, some editors) does not know.
                columns: if columns.0 == 0 { COLUMNS } else { columns.0.into() },
                lines: Some(lines.0.into()).filter(|lines| *lines > 0),
            },
            None => Self { colours, columns: COLUMNS, lines: None },
        }
    }

    /// No colours, that many characters in a line: for files, pipes and tests.
    pub fn plain(columns: usize) -> Self {
        Self { colours: Colours::None, columns, lines: None }
    }

    /// The text in bold: a heading.
    pub fn bold(&self, text: impl Display) -> String {
        self.styled(Style::new().bold(), text)
    }

    /// The text set back: units, notes.
    pub fn dim(&self, text: impl Display) -> String {
        self.styled(Style::new().dimmed(), text)
    }

    /// The text in that colour, or as it is where a colour cannot be shown.
    pub fn foreground(&self, colour: Rgb, text: impl Display) -> String {
        match self.colour(colour) {
            Some(colour) => self.styled(Style::new().fg_color(Some(colour)), text),
            None => text.to_string(),
        }
    }

    /// Whether a colour map can be shown at all.
    pub fn has_colour_map(&self) -> bool {
        self.colours >= Colours::Ansi256
    }

    fn colour(&self, (red, green, blue): Rgb) -> Option<Color> {
        let colour = RgbColor(red, green, blue);
        match self.colours {
            Colours::None | Colours::Sixteen => None,
            Colours::Ansi256 => Some(anstyle_lossy::rgb_to_xterm(colour).into()),
            Colours::True => Some(colour.into()),
        }
    }

    fn styled(&self, style: Style, text: impl Display) -> String {
        match self.colours {
            Colours::None => text.to_string(),
            _ => format!("{style}{text}{style:#}"),
        }
    }
}

fn colours(level: ColorLevel) -> Colours {
    match level {
        ColorLevel { has_16m: true, .. } => Colours::True,
        ColorLevel { has_256: true, .. } => Colours::Ansi256,
        _ => Colours::Sixteen,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(colours: Colours) -> Terminal {
        Terminal { colours, ..Terminal::plain(80) }
    }

    #[test]
    fn without_colours_text_stays_text() {
        let plain = Terminal::plain(80);
        assert_eq!(plain.bold("x") + &plain.dim("y") + &plain.foreground((1, 2, 3), "z"), "xyz");
    }

    #[test]
    fn colours_by_what_the_terminal_has() {
        assert_eq!(with(Colours::Sixteen).foreground((255, 0, 0), "x"), "x");
        assert_eq!(with(Colours::Ansi256).foreground((255, 0, 0), "x"), "\x1b[38;5;196mx\x1b[0m");
        assert_eq!(with(Colours::True).foreground((1, 2, 3), "x"), "\x1b[38;2;1;2;3mx\x1b[0m");
    }
}
