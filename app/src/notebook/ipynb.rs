//! Reading an .ipynb: its cells, their source, and those of their outputs that can hold numbers.
//!
//! serde_json is told directly what to keep, as it reads: pictures, widgets and metadata are skipped without ever
//! being stored, and a list of lines becomes one string at once. The `nbformat` crate builds a tree of the whole
//! document first, at over ten times the file's size for a file of short lines, invents ids for cells that have
//! none, and refuses a notebook for one cell of a kind that it does not know.

use std::fmt;
use std::path::Path;

use serde::Deserialize;
use serde::de::{self, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use atencion::{Error, Result};

/// A notebook as far as it matters here.
#[derive(Debug, Clone, PartialEq)]
pub struct Notebook {
    /// The second number of the format: 5 in 4.5.
    pub minor: i64,
    /// The language of its kernel, where it says so.
    pub language: Option<String>,
    /// Its cells, in order.
    pub cells: Vec<Cell>,
}

/// One cell.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    /// What it holds.
    pub kind: CellKind,
    /// Its id (from format 4.5 on).
    pub id: Option<String>,
    /// Its text.
    pub source: String,
    /// Which of the runs of its kernel it was.
    pub count: Option<i64>,
    /// Whether it is there to raise an exception.
    pub may_raise: bool,
    /// What running it left behind.
    pub outputs: Vec<Output>,
}

/// What a cell holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CellKind {
    /// Code.
    Code,
    /// Markdown.
    Markdown,
    /// Text for converters.
    Raw,
    /// A kind that the format does not have; such a cell is passed over.
    Unknown,
}

/// The texts of one output; a picture has none.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Output {
    /// The stream, or `text/plain`.
    pub text: Option<String>,
    /// `text/html`.
    pub html: Option<String>,
    /// `text/markdown`.
    pub markdown: Option<String>,
    /// The name of the exception, where the cell raised one.
    pub raised: Option<String>,
}

impl Notebook {
    /// Reads a file.
    ///
    /// # Errors
    /// When it is no ordinary file, no JSON, no notebook, or of a format other than 4.
    pub fn read(path: &Path) -> Result<Self> {
        let unreadable = |error: std::io::Error| Error::file(path, error).mend(NAME_ONE);
        let about = std::fs::metadata(path).map_err(unreadable)?;
        // Reading a pipe would wait for ever.
        if !about.is_file() {
            return Err(Error::file(path, "not an ordinary file (a pipe, a device or a folder)")
                .mend(NAME_ONE));
        }
        let bytes = std::fs::read(path).map_err(unreadable)?;
        Self::parse(&bytes).map_err(|why| {
            let error = Error::file(path, why.what());
            match why.how_to_mend() {
                Some(how) => error.mend(how),
                None => error,
            }
        })
    }

    /// Reads a notebook's bytes.
    ///
    /// # Errors
    /// As [`Notebook::read`].
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        // serde would also take a list for the document, field by field.
        if bytes.trim_ascii_start().first().is_some_and(|byte| *byte != b'{') {
            return Err(not_a_notebook("it does not begin with `{` (line 1 column 1)"));
        }
        let document: Document = serde_json::from_slice(bytes).map_err(not_a_notebook)?;
        document.into_notebook()
    }

    /// Ids that more than one cell has.
    pub fn duplicate_ids(&self) -> Vec<&str> {
        let mut ids: Vec<&str> = self.cells.iter().filter_map(|cell| cell.id.as_deref()).collect();
        ids.sort_unstable();
        let mut twice: Vec<&str> =
            ids.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0]).collect();
        twice.dedup();
        twice
    }
}

#[derive(Deserialize)]
struct Document {
    nbformat: Option<i64>,
    #[serde(default)]
    nbformat_minor: Option<i64>,
    #[serde(default)]
    metadata: Option<Metadata>,
    #[serde(default)]
    cells: Option<Cells>,
}

const NAME_ONE: &str = "name an .ipynb file that can be read, or a folder that holds some";

fn not_a_notebook(why: impl std::fmt::Display) -> Error {
    Error::value(format!("not a notebook: {why}"))
        .mend("open it in Jupyter and save it again; it may be cut off or not be an .ipynb")
}

impl Document {
    fn into_notebook(self) -> Result<Notebook> {
        let minor = self.nbformat_minor.unwrap_or(0);
        match self.nbformat {
            Some(4) => {}
            None => return Err(not_a_notebook("it does not say its nbformat")),
            Some(major) if major < 4 => {
                return Err(Error::value(format!(
                    "nbformat {major}.{minor} is too old: 4 is read"
                ))
                .mend("convert it: jupyter nbconvert --to notebook --nbformat 4 FILE.ipynb"));
            }
            Some(major) => {
                return Err(Error::value(format!(
                    "nbformat {major}.{minor} is not known: 4 is read"
                ))
                .mend("save it as nbformat 4"));
            }
        }
        let cells = self.cells.ok_or_else(|| not_a_notebook("it has no list of cells"))?;
        let language = self.metadata.and_then(Metadata::language);
        Ok(Notebook { minor, language, cells: cells.0 })
    }
}

#[derive(Deserialize)]
struct Metadata {
    #[serde(default)]
    language_info: Option<LanguageInfo>,
    #[serde(default)]
    kernelspec: Option<KernelSpec>,
}

#[derive(Deserialize)]
struct LanguageInfo {
    #[serde(default)]
    name: Option<String>,
}

#[derive(Deserialize)]
struct KernelSpec {
    #[serde(default)]
    language: Option<String>,
}

impl Metadata {
    fn language(self) -> Option<String> {
        let kernel = self.kernelspec.and_then(|kernel| kernel.language);
        self.language_info.and_then(|info| info.name).or(kernel)
    }
}

/// The list of cells; an error in one says which.
struct Cells(Vec<Cell>);

impl<'de> Deserialize<'de> for Cells {
    fn deserialize<D: Deserializer<'de>>(from: D) -> std::result::Result<Self, D::Error> {
        struct List;
        impl<'de> Visitor<'de> for List {
            type Value = Cells;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a list of cells")
            }

            fn visit_seq<A: SeqAccess<'de>>(
                self,
                mut list: A,
            ) -> std::result::Result<Cells, A::Error> {
                let mut cells = Vec::new();
                while let Some(cell) = list.next_element_seed(Numbered(cells.len()))? {
                    cells.push(cell);
                }
                Ok(Cells(cells))
            }
        }
        from.deserialize_seq(List)
    }
}

/// Reads the cell of that index.
struct Numbered(usize);

impl<'de> DeserializeSeed<'de> for Numbered {
    type Value = Cell;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> std::result::Result<Cell, D::Error> {
        let cell = RawCell::deserialize(from)
            .map_err(|error| de::Error::custom(format!("cell {}: {error}", self.0)))?;
        cell.into_cell().map_err(|why| de::Error::custom(format!("cell {}: {why}", self.0)))
    }
}

#[derive(Deserialize)]
struct RawCell {
    cell_type: String,
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    source: Option<Joined>,
    #[serde(default)]
    execution_count: Option<serde_json::Value>,
    #[serde(default)]
    outputs: Option<Vec<RawOutput>>,
    #[serde(default)]
    metadata: Option<CellMetadata>,
}

/// What is no metadata is none of ours, and no reason to refuse the notebook.
#[derive(Deserialize)]
#[serde(untagged)]
enum CellMetadata {
    Tagged { tags: Vec<String> },
    Other(IgnoredAny),
}

/// A cell of this tag is passed over.
const SKIP: &str = "skip";
/// A cell of this tag may raise an exception: it is what the cell shows.
const RAISES: &str = "raises-exception";

impl CellMetadata {
    fn has(&self, tag: &str) -> bool {
        matches!(self, Self::Tagged { tags } if tags.iter().any(|one| one == tag))
    }
}

impl RawCell {
    fn into_cell(self) -> std::result::Result<Cell, &'static str> {
        let kind = match self.cell_type.as_str() {
            "code" => CellKind::Code,
            "markdown" => CellKind::Markdown,
            "raw" => CellKind::Raw,
            _ => CellKind::Unknown,
        };
        let source = match (self.source, kind) {
            (Some(source), _) => source.0,
            (None, CellKind::Unknown) => String::new(),
            (None, _) => return Err("its source is null or missing"),
        };
        let has = |tag| self.metadata.as_ref().is_some_and(|metadata| metadata.has(tag));
        let (skip, raises) = (has(SKIP), has(RAISES));
        if skip {
            let kind = CellKind::Raw;
            let (count, outputs) = (None, Vec::new());
            return Ok(Cell { kind, id: self.id, source, count, may_raise: raises, outputs });
        }
        let outputs = self.outputs.unwrap_or_default().into_iter().map(Output::from);
        let mut outputs: Vec<Output> = outputs.collect();
        if raises {
            outputs.iter_mut().for_each(|output| output.raised = None);
        }
        let count = self.execution_count.and_then(|count| count.as_i64());
        Ok(Cell { kind, id: self.id, source, count, may_raise: raises, outputs })
    }
}

#[derive(Deserialize)]
struct RawOutput {
    #[serde(default)]
    text: Option<Joined>,
    #[serde(default)]
    data: Option<Bundle>,
    #[serde(default)]
    ename: Option<serde_json::Value>,
}

impl From<RawOutput> for Output {
    fn from(raw: RawOutput) -> Self {
        let mut output = raw.data.unwrap_or_default().0;
        if let Some(text) = raw.text {
            output.text = Some(text.0);
        }
        // Whatever stands there, it was no number.
        output.raised =
            raw.ename.map(|name| name.as_str().unwrap_or("error").chars().take(80).collect());
        output
    }
}

/// A string, or a list of strings put together.
struct Joined(String);

impl<'de> Deserialize<'de> for Joined {
    fn deserialize<D: Deserializer<'de>>(from: D) -> std::result::Result<Self, D::Error> {
        from.deserialize_any(JoinedVisitor).map(Joined)
    }
}

struct JoinedVisitor;

impl<'de> Visitor<'de> for JoinedVisitor {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a string or a list of strings")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> std::result::Result<String, E> {
        Ok(text.to_owned())
    }

    fn visit_string<E: de::Error>(self, text: String) -> std::result::Result<String, E> {
        Ok(text)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> std::result::Result<String, A::Error> {
        let mut joined = String::new();
        while list.next_element_seed(Append(&mut joined))?.is_some() {}
        Ok(joined)
    }
}

/// Appends one string of a list, without storing it by itself.
struct Append<'a>(&'a mut String);

impl<'de> DeserializeSeed<'de> for Append<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> std::result::Result<(), D::Error> {
        from.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Append<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> std::result::Result<(), E> {
        self.0.push_str(text);
        Ok(())
    }
}

/// A MIME bundle: its three kinds of text are kept, pictures and the rest are passed over.
#[derive(Default)]
struct Bundle(Output);

impl<'de> Deserialize<'de> for Bundle {
    fn deserialize<D: Deserializer<'de>>(from: D) -> std::result::Result<Self, D::Error> {
        struct Types;
        impl<'de> Visitor<'de> for Types {
            type Value = Bundle;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a MIME bundle")
            }

            fn visit_map<A: MapAccess<'de>>(
                self,
                mut map: A,
            ) -> std::result::Result<Bundle, A::Error> {
                let mut output = Output::default();
                while let Some(mime) = map.next_key::<String>()? {
                    match mime.as_str() {
                        "text/plain" => output.text = Some(map.next_value::<Joined>()?.0),
                        "text/html" => output.html = Some(map.next_value::<Joined>()?.0),
                        "text/markdown" => output.markdown = Some(map.next_value::<Joined>()?.0),
                        _ => {
                            map.next_value::<IgnoredAny>()?;
                        }
                    }
                }
                Ok(Bundle(output))
            }
        }
        from.deserialize_map(Types)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Notebook> {
        Notebook::parse(text.as_bytes())
    }

    #[test]
    fn source_is_a_string_or_a_list() {
        let nb = parse(
            r#"{"nbformat":4,"nbformat_minor":4,"metadata":{"language_info":{"name":"python"}},"cells":[
            {"cell_type":"code","source":["a = 1\n","b"],"metadata":{},"execution_count":null,
             "outputs":[{"output_type":"stream","name":"stdout","text":["1","2"]},
                        {"output_type":"display_data","metadata":{},"data":{"image/png":"!!","text/plain":"x"}},
                        {"output_type":"error","ename":"E","evalue":"v","traceback":["t"]}]},
            {"cell_type":"markdown","source":"hola","metadata":{}}]}"#,
        )
        .unwrap();
        assert_eq!(nb.language.as_deref(), Some("python"));
        assert_eq!(nb.cells[0].source, "a = 1\nb");
        assert_eq!(nb.cells[0].outputs[0].text.as_deref(), Some("12"));
        assert_eq!(nb.cells[0].outputs[1].text.as_deref(), Some("x"));
        assert_eq!(
            nb.cells[0].outputs[2],
            Output { raised: Some("E".into()), ..Output::default() }
        );
        assert_eq!(nb.cells[1].kind, CellKind::Markdown);
    }

    #[test]
    fn what_is_wrong_is_said_with_the_cell() {
        let null = parse(r#"{"nbformat":4,"cells":[{"cell_type":"code","source":null}]}"#);
        assert!(null.unwrap_err().what().contains("cell 0: its source is null"));
        let number = parse(
            r#"{"nbformat":4,"cells":[{"cell_type":"raw","source":""},{"cell_type":"code","source":7}]}"#,
        );
        assert!(number.unwrap_err().what().contains("cell 1: invalid type: integer `7`"));
        let old = parse(r#"{"nbformat":3,"nbformat_minor":0,"metadata":{},"worksheets":[]}"#);
        assert!(old.unwrap_err().what().contains("nbformat 3.0"));
        let cut = parse(r#"{"nbformat":4,"cells":[{"cell_type":"code","sou"#).unwrap_err();
        assert!(cut.what().contains("line 1 column"), "{}", cut.what());
    }

    #[test]
    fn an_unknown_kind_of_cell_is_passed_over() {
        let nb = parse(r#"{"nbformat":4,"cells":[{"cell_type":"evil"}]}"#).unwrap();
        assert_eq!(nb.cells[0].kind, CellKind::Unknown);
    }
}
