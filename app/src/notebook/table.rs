//! Tables that people read: HTML `<table>` and Markdown pipe tables, in Markdown cells or in outputs.
//!
//! Only the tokenizer of html5ever is used: a tree of the page would cost a hundred bytes a tag, and nothing here
//! needs one. Row names (bold, `<th>`, or plain words), header rows, decimal commas and entities are understood.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{
    BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};
use pulldown_cmark::{Event, Options, Parser, Tag as Block, TagEnd};

use super::precision::Precision;

/// More rows or columns than this are no exercise.
const MOST_CELLS: usize = 20_000;
/// Lines longer than this are pictures, base64 in the text.
const LONGEST_LINE: usize = 64 * 1024;
/// Parsing Markdown takes forty times its size: nobody reads a cell this long.
const LONGEST_TEXT: usize = 1024 * 1024;

/// A table of numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// The line of the source it begins on, from 1.
    pub line: usize,
    /// `[rows, columns]` of the numbers alone.
    pub shape: Vec<usize>,
    /// The numbers, row by row.
    pub values: Vec<f64>,
    /// The digits each was written with.
    pub precision: Precision,
}

/// The tables of an HTML text.
pub fn in_html(html: &str) -> Vec<Table> {
    let reader = Reader::new();
    for (line, piece) in (1..).zip(html.split_inclusive('\n')) {
        reader.at_line(line);
        reader.feed(piece);
    }
    reader.finish()
}

/// The tables of a Markdown text: pipe tables and HTML ones.
pub fn in_markdown(text: &str) -> Vec<Table> {
    let text = &without_pictures(text);
    // Most cells have none, and need no parsing.
    if text.len() > LONGEST_TEXT || !text.contains(['|', '<']) {
        return Vec::new();
    }
    let reader = Reader::new();
    let mut heading = false;
    let mut line = Line { text, at: 0, number: 1 };
    for (event, range) in Parser::new_ext(text, Options::ENABLE_TABLES).into_offset_iter() {
        reader.at_line(line.of(range.start));
        match event {
            Event::Html(html) | Event::InlineHtml(html) => reader.feed(&html),
            Event::Text(words) | Event::Code(words) => reader.words(&words),
            Event::SoftBreak | Event::HardBreak => reader.words(" "),
            Event::Start(Block::TableHead) => {
                heading = true;
                reader.feed("<tr>");
            }
            Event::Start(Block::TableCell) => reader.feed(if heading { "<th>" } else { "<td>" }),
            Event::Start(block) => reader.feed(opening(&block)),
            Event::End(TagEnd::TableHead) => {
                heading = false;
                reader.feed("</tr>");
            }
            Event::End(block) => reader.feed(closing(&block)),
            _ => {}
        }
    }
    reader.finish()
}

/// The text with its longest lines, which are pictures, left empty.
fn without_pictures(text: &str) -> Cow<'_, str> {
    let is_picture = |line: &str| line.len() > LONGEST_LINE;
    if !text.lines().any(is_picture) {
        return Cow::Borrowed(text);
    }
    let line = |line| if is_picture(line) { "" } else { line };
    Cow::Owned(text.lines().map(line).collect::<Vec<_>>().join("\n"))
}

fn opening(block: &Block) -> &'static str {
    match block {
        Block::Table(_) => "<table>",
        Block::TableRow => "<tr>",
        Block::Strong => "<b>",
        _ => "",
    }
}

fn closing(block: &TagEnd) -> &'static str {
    match block {
        TagEnd::Table => "</table>",
        TagEnd::TableRow => "</tr>",
        TagEnd::TableCell => "</td>",
        _ => "",
    }
}

/// Counts lines up to an offset; offsets mostly grow.
struct Line<'a> {
    text: &'a str,
    at: usize,
    number: usize,
}

impl Line<'_> {
    fn of(&mut self, offset: usize) -> usize {
        if offset >= self.at {
            let passed = self.text.as_bytes()[self.at..offset].iter();
            self.number += passed.filter(|&&byte| byte == b'\n').count();
            self.at = offset;
        }
        self.number
    }
}

/// Feeds the tokenizer piece by piece.
struct Reader {
    tokenizer: Tokenizer<Sink>,
    queue: BufferQueue,
}

impl Reader {
    fn new() -> Self {
        let tokenizer = Tokenizer::new(Sink::default(), TokenizerOpts::default());
        Self { tokenizer, queue: BufferQueue::default() }
    }

    fn at_line(&self, line: usize) {
        self.tokenizer.sink.line.set(line);
    }

    fn feed(&self, html: &str) {
        if !html.is_empty() {
            self.queue.push_back(StrTendril::from_slice(html));
            let _ = self.tokenizer.feed(&self.queue);
        }
    }

    /// Words that are no HTML.
    fn words(&self, words: &str) {
        self.tokenizer.sink.rows.borrow_mut().words(words);
    }

    fn finish(self) -> Vec<Table> {
        self.tokenizer.end();
        let mut rows = self.tokenizer.sink.rows.into_inner();
        rows.end_table();
        rows.tables
    }
}

#[derive(Default)]
struct Sink {
    line: Cell<usize>,
    rows: RefCell<Rows>,
}

impl TokenSink for Sink {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let mut rows = self.rows.borrow_mut();
        match token {
            Token::TagToken(tag) => return rows.tag(&tag, self.line.get()),
            Token::CharacterTokens(text) => rows.words(&text),
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

/// The rows of the table being read.
#[derive(Default)]
struct Rows {
    tables: Vec<Table>,
    line: usize,
    inside: bool,
    rows: Vec<Vec<Field>>,
    cells: usize,
    field: Option<Field>,
}

#[derive(Default)]
struct Field {
    text: String,
    heading: bool,
    bold: bool,
}

impl Rows {
    fn tag(&mut self, tag: &Tag, line: usize) -> TokenSinkResult<()> {
        let opens = tag.kind == TagKind::StartTag;
        match &*tag.name {
            // What stands in these is not text.
            "script" if opens => return TokenSinkResult::RawData(RawKind::ScriptData),
            "style" if opens => return TokenSinkResult::RawData(RawKind::Rawtext),
            "table" => {
                self.end_table();
                self.inside = opens;
                self.line = line;
            }
            "tr" => {
                self.end_field();
                if opens && self.inside && self.rows.len() < MOST_CELLS {
                    self.rows.push(Vec::new());
                }
            }
            name @ ("td" | "th") => {
                self.end_field();
                if opens && self.inside && self.cells < MOST_CELLS {
                    self.field = Some(Field { heading: name == "th", ..Field::default() });
                }
            }
            "br" => self.words(" "),
            "b" | "strong" => {
                if let Some(field) = &mut self.field {
                    field.bold = true;
                }
            }
            _ => {}
        }
        TokenSinkResult::Continue
    }

    fn words(&mut self, text: &str) {
        if let Some(field) = &mut self.field
            && field.text.len() < 100
        {
            field.text.extend(text.chars().take(100));
        }
    }

    fn end_field(&mut self) {
        if let Some(field) = self.field.take() {
            self.cells += 1;
            match self.rows.last_mut() {
                Some(row) => row.push(field),
                None => self.rows.push(vec![field]),
            }
        }
    }

    fn end_table(&mut self) {
        self.end_field();
        self.cells = 0;
        let rows = std::mem::take(&mut self.rows);
        if std::mem::take(&mut self.inside)
            && let Some(table) = numbers(&rows, self.line)
        {
            self.tables.push(table);
        }
    }
}

/// The block of numbers, without row names and header rows; `None` where there is none or it is ragged.
fn numbers(rows: &[Vec<Field>], line: usize) -> Option<Table> {
    let rows: Vec<&[Field]> =
        rows.iter().map(Vec::as_slice).filter(|row| !row.is_empty() && !is_header(row)).collect();
    let named = usize::from(rows.iter().all(|row| begins_with_name(row)));
    let rows: Vec<Vec<Cipher>> = rows
        .iter()
        .map(|row| row[named..].iter().map(|field| cipher(&field.text)).collect())
        .collect::<Option<_>>()?;
    let columns = rows.first()?.len();
    if columns == 0 || rows.iter().any(|row| row.len() != columns) {
        return None;
    }
    let shape = vec![rows.len(), columns];
    let most = rows.iter().flatten().map(|cipher| cipher.decimals).max()?;
    // Beside 0.5432 a bare 1 is a 1.0000 that somebody shortened.
    let decimals = |cipher: &Cipher| if cipher.decimals == 0 { most } else { cipher.decimals };
    let digits = rows.iter().flatten().map(decimals).collect();
    let values = rows.iter().flatten().map(|cipher| cipher.value).collect();
    Some(Table { line, shape, values, precision: Precision::Each(digits) })
}

/// A row of column names: only words, or a heading of whole numbers. (A pipe table cannot do without a heading, so
/// people put their first row of results there.)
fn is_header(row: &[Field]) -> bool {
    let ciphers: Vec<Cipher> = row.iter().filter_map(|field| cipher(&field.text)).collect();
    let results = ciphers.iter().any(|cipher| cipher.decimals > 0);
    ciphers.is_empty() || (row.iter().all(|field| field.heading) && !results)
}

fn begins_with_name(row: &[Field]) -> bool {
    let stands_out = |field: &Field| field.heading || field.bold;
    let distinct = stands_out(&row[0]) && !row.iter().all(stands_out);
    distinct || cipher(&row[0].text).is_none()
}

#[derive(Clone, Copy)]
struct Cipher {
    value: f64,
    decimals: u8,
}

/// A number as people write it: `0.25`, `0,25`, `.25`, `−1,2247`, `-∞`.
fn cipher(text: &str) -> Option<Cipher> {
    let text = text.trim().trim_matches('*').replace(['−', '–'], "-");
    let special = |value| Some(Cipher { value, decimals: 0 });
    match text.as_str() {
        "-∞" | "-inf" => return special(f64::NEG_INFINITY),
        "∞" | "inf" => return special(f64::INFINITY),
        "nan" | "NaN" => return special(f64::NAN),
        _ => {}
    }
    let comma = text.matches(',').count() == 1 && !text.contains('.');
    let text = if comma { text.replace(',', ".") } else { text };
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit() || b"+-.".contains(&b)) {
        return None;
    }
    let decimals = text.split_once('.').map_or(0, |(_, digits)| digits.len());
    Some(Cipher { value: text.parse().ok()?, decimals: u8::try_from(decimals).ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    const COURSE: &str = "Una vez realizado:\n\n<table>\n<tr>\n<td><b>Attn 1</b></td><td>0.2500</td><td>0,5000</td>\n\
        </tr>\n\n<tr><td><b>Attn 2</b></td><td>0.1892</td><td>0.5432</td></tr>\n</table>\n";

    #[test]
    fn html_in_markdown_with_names_blank_lines_and_commas() {
        let tables = in_markdown(COURSE);
        assert_eq!(tables.len(), 1);
        assert_eq!((tables[0].line, tables[0].shape.as_slice()), (3, [2, 2].as_slice()));
        assert_eq!(tables[0].values, [0.25, 0.5, 0.1892, 0.5432]);
        assert_eq!(tables[0].precision, Precision::Each(vec![4; 4]));
    }

    #[test]
    fn pipe_tables() {
        let text = "x\n\n| | a | b |\n|---|---|---|\n| **1** | 1 | -0,5 |\n| **2** | `.25` | **0.5857** |\n";
        let tables = in_markdown(text);
        assert_eq!((tables[0].line, tables[0].shape.as_slice()), (3, [2, 2].as_slice()));
        assert_eq!(tables[0].values, [1.0, -0.5, 0.25, 0.5857]);
        assert_eq!(tables[0].precision, Precision::Each(vec![4, 1, 2, 4]));
    }

    #[test]
    fn a_data_frame() {
        let html = "<style>td {}</style><table border=1><thead><tr><th></th><th>0</th><th>1</th></tr></thead>\
            <tbody><tr><th>0</th><td>0.25</td><td>&#48;.5</td></tr></tbody></table>";
        let tables = in_html(html);
        assert_eq!(
            (tables[0].shape.as_slice(), tables[0].values.as_slice()),
            ([1, 2].as_slice(), [0.25, 0.5].as_slice())
        );
    }

    #[test]
    fn what_holds_no_numbers_is_no_table() {
        assert!(in_html("<table><tr><td>a</td><td>b</td></tr></table>").is_empty());
        assert!(
            in_html("<table><tr><td>1</td></tr><tr><td>1</td><td>2</td></tr></table>").is_empty()
        );
        assert!(in_html("<script><table><tr><td>1</td></tr></table></script>").is_empty());
        assert!(in_markdown("```\n<table><tr><td>1</td></tr></table>\n```").is_empty());
        assert!(in_html("<table><tr><td>1").iter().all(|table| table.values == [1.0]));
    }
}
