//! One head of one layer of a model, while it reads: its queries, keys and values, and the lines that get at them.

use tch::Tensor;

use super::inputs::{Inputs, letter, quoted};
use crate::cli::reading::Reader;
use crate::i18n::{Lang, plain};
use atencion::models::Watched;
use atencion::{Error, Result, Step};

pub(super) fn read(
    reader: &Reader,
    text: &str,
    (layer, head): (usize, i64),
    lang: Lang,
) -> Result<Inputs> {
    let (words, mut seen) = reader.watch(text, lang)?;
    let (layers, heads) = (seen.len(), seen.first().map_or(0, |it| it.query.size()[1]));
    if layer >= layers || head >= heads {
        let counts = [
            ("layer", plain(layer)),
            ("head", plain(head)),
            ("layers", plain(layers)),
            ("heads", plain(heads)),
        ];
        return Err(Error::value(lang.text_with("explain-no-such-head", &counts))
            .mend(lang.text_with("explain-no-such-head-mend", &counts)));
    }
    let Watched { query, key, value, is_causal, scale, .. } = seen.swap_remove(layer);
    let of_head = |tensor: &Tensor| Ok::<_, Error>(tensor.f_get(0)?.f_get(head)?.f_contiguous()?);
    let [query, key, value] = [of_head(&query)?, of_head(&key)?, of_head(&value)?]; // [L, D]
    let folder = reader.folder.display().to_string();
    let family = reader.model.model_type();
    let places = Places {
        folder: &folder,
        text,
        layer,
        head,
        picture: family == "vit",
        encoder: matches!(family, "marian" | "bart"),
    };
    let usual = (query.size()[1] as f64).powf(-0.5);
    let scale = (scale != usual).then_some(scale);
    let mut given =
        vec![places.step("query", &query), places.step("key", &key), places.step("value", &value)];
    if let (Some(scale), Some(last)) = (scale, given.last_mut()) {
        last.python += &format!("\nscale = {scale:?}");
        last.rust += &format!("\nlet scale = {scale:?};");
    }
    Ok(Inputs {
        given,
        query,
        key,
        value,
        mask: None,
        mask_line: None,
        causal: is_causal,
        scale,
        heads: 1,
        words,
    })
}

/// Where in the model the numbers are.
struct Places<'a> {
    folder: &'a str,
    text: &'a str,
    layer: usize,
    head: i64,
    picture: bool,
    /// An encoder–decoder reads with its encoder.
    encoder: bool,
}

impl Places<'_> {
    fn step(&self, name: &str, tensor: &Tensor) -> Step {
        let (layer, head) = (self.layer, self.head);
        let at = ["query", "key", "value"].iter().position(|it| *it == name).unwrap_or(0);
        let (mut python, mut rust) = (String::new(), String::new());
        if at == 0 {
            (python, rust) = (self.python(), self.rust());
        }
        python += &match at {
            0 => format!("{name} = seen[{layer}][{at}][0, {head}]"),
            // Keys and values may have fewer heads, each for several of the queries'.
            _ => format!(
                "{name} = seen[{layer}][{at}][0, {head} * seen[{layer}][{at}].size(1) // seen[{layer}][0].size(1)]"
            ),
        };
        rust += &format!("let {name} = seen[{layer}].{name}.get(0).get({head});");
        Step {
            name: name.into(),
            formula: letter(name).into(),
            python,
            rust,
            tensor: tensor.shallow_clone(),
        }
    }

    /// A hook on `transformers`' attention function.
    fn python(&self) -> String {
        let (folder, text) = (quoted(self.folder), quoted(self.text));
        let (reader, inputs) = match self.picture {
            false => (
                format!("tokenizer = transformers.AutoTokenizer.from_pretrained({folder})"),
                format!("tokenizer({text}, return_tensors=\"pt\").input_ids"),
            ),
            true => (
                format!("processor = transformers.AutoImageProcessor.from_pretrained({folder})"),
                format!(
                    "**processor(transformers.image_utils.load_image({text}), return_tensors=\"pt\")"
                ),
            ),
        };
        format!(
            "{reader}
seen = []
def watch(module, query, key, value, *args, **options):
    seen.append((query, key, value))
    sdpa = transformers.AttentionInterface()[\"sdpa\"]
    return sdpa(module, query, key, value, *args, **options)
transformers.AttentionInterface.register(\"watch\", watch)
model = transformers.AutoModel.from_pretrained({folder}, attn_implementation=\"watch\").eval()
with torch.no_grad():
    {called}({inputs})
",
            called = if self.encoder { "model.encoder" } else { "model" },
        )
    }

    fn rust(&self) -> String {
        let (folder, text) = (self.folder, self.text);
        match self.picture {
            false => format!(
                "let tokenizer = atencion::tokenizer::Tokenizer::from_pretrained({folder:?})?;
let model = atencion::models::AutoModel::from_pretrained({folder:?})?;
let ids = tokenizer.encode({text:?})?.input_ids();
let (_, seen) = atencion::models::watch(|| model.last_hidden_state(&ids))?;
"
            ),
            true => format!(
                "let pixels = atencion::images::ImageProcessor::from_pretrained({folder:?})?.open({text:?})?;
let model = atencion::models::ViTModel::from_pretrained({folder:?})?;
let (_, seen) = atencion::models::watch(|| model.forward_with(&pixels, Default::default()))?;
"
            ),
        }
    }
}
