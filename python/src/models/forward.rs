//! One forward pass of each family, and what it gives under `transformers`' names.

use atencion::attention::DynamicCache;
use atencion::models::{
    AutoModel, BertArgs, BertForQuestionAnswering, BertHeadOutput, BertModel, CausalLmOutput,
    Gpt2Args, Gpt2LmHeadModel, LlamaArgs, LlamaForCausalLM, Outputs, Seq2SeqArgs, Seq2SeqLmModel,
    ViTArgs,
};
use atencion::{Error, Result};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use pyo3_tch::PyTensor;
use tch::Tensor;

use super::arguments::Call;
use super::kept::{self, Pairs};

/// What a model gives back, name by name; what is not there is `None` in Python.
#[derive(Default)]
pub struct Answer {
    tensors: Vec<(&'static str, Tensor)>,
    layers: Vec<(&'static str, Vec<Tensor>)>,
    /// `past_key_values`: of what was written, and of what was read.
    kept: Option<[Pairs; 2]>,
}

impl Answer {
    fn with(mut self, name: &'static str, tensor: impl Into<Option<Tensor>>) -> Self {
        self.tensors.extend(tensor.into().map(|tensor| (name, tensor)));
        self
    }

    fn with_layers(mut self, name: &'static str, layers: Vec<Tensor>) -> Self {
        if !layers.is_empty() {
            self.layers.push((name, layers));
        }
        self
    }

    fn with_outputs(self, outputs: Outputs) -> Self {
        self.with_layers("hidden_states", outputs.hidden_states)
            .with_layers("attentions", outputs.attentions)
    }
}

impl<'py> IntoPyObject<'py> for Answer {
    type Target = PyDict;
    type Output = Bound<'py, PyDict>;
    type Error = PyErr;

    fn into_pyobject(self, py: Python<'py>) -> PyResult<Self::Output> {
        let answer = PyDict::new(py);
        for (name, tensor) in self.tensors {
            answer.set_item(name, PyTensor(tensor))?;
        }
        for (name, layers) in self.layers {
            answer.set_item(name, PyTuple::new(py, layers.into_iter().map(PyTensor))?)?;
        }
        if let Some([written, read]) = self.kept {
            let kept = (kept::to_python(written), kept::to_python(read));
            answer.set_item("past_key_values", kept)?;
        }
        Ok(answer)
    }
}

/// Computes a call.
pub fn forward(model: &AutoModel, call: Call) -> Result<Answer> {
    let bert = |out: BertHeadOutput| {
        Answer::default()
            .with("loss", out.loss)
            .with("logits", out.logits)
            .with_outputs(out.outputs)
    };
    let text = || call.ids("input_ids", "inputs_embeds");
    match model {
        AutoModel::Gpt2(model) => gpt2(model, &call),
        AutoModel::Llama(model) => llama(model, &call),
        AutoModel::Bert(model) => bert_model(model, &call),
        AutoModel::BertForMaskedLm(model) => {
            model.forward_with(&text()?, bert_args(&call)).map(bert)
        }
        AutoModel::BertForSequenceClassification(model) => {
            model.forward_with(&text()?, bert_args(&call)).map(bert)
        }
        AutoModel::BertForTokenClassification(model) => {
            model.forward_with(&text()?, bert_args(&call)).map(bert)
        }
        AutoModel::BertForQuestionAnswering(model) => questions(model, &call),
        AutoModel::Roberta(model) => {
            let out = model.forward_with(&text()?, bert_args(&call))?;
            let answer = Answer::default().with("last_hidden_state", out.last_hidden_state);
            Ok(answer.with("pooler_output", out.pooler_output).with_outputs(out.outputs))
        }
        AutoModel::RobertaForMaskedLm(model) => {
            model.forward_with(&text()?, bert_args(&call)).map(bert)
        }
        AutoModel::RobertaForSequenceClassification(model) => {
            model.forward_with(&text()?, bert_args(&call)).map(bert)
        }
        AutoModel::ViT(model) => {
            let out = model.forward_with(pixels(&call)?, vit_args(&call))?;
            let answer = Answer::default().with("loss", out.loss).with("logits", out.logits);
            Ok(answer.with_outputs(out.outputs))
        }
        AutoModel::ViTModel(model) => {
            let out = model.forward_with(pixels(&call)?, vit_args(&call))?;
            let answer = Answer::default().with("last_hidden_state", out.last_hidden_state);
            Ok(answer.with("pooler_output", out.pooler_output).with_outputs(out.outputs))
        }
        AutoModel::Seq2Seq(model) => seq2seq(model, &call),
        _ => Err(Error::value(format!("no forward for {}", model.model_type()))),
    }
}

fn pixels(call: &Call) -> Result<&Tensor> {
    call.tensor("pixel_values").ok_or_else(|| Error::value("pixel_values is missing"))
}

/// A cache for the call, if one is kept, and whether it is given back.
fn cache(call: &Call) -> Result<Option<DynamicCache>> {
    let new = call.tensor("input_ids").or(call.tensor("inputs_embeds"));
    let length = new.and_then(|new| new.size().get(1).copied()).unwrap_or(0);
    let none = Pairs::new();
    let pairs = call.kept.as_ref().map_or(&none, |kept| &kept.written);
    (call.use_cache || call.kept.is_some()).then(|| kept::cache(pairs, length)).transpose()
}

fn causal(out: CausalLmOutput, cache: Option<DynamicCache>) -> Result<Answer> {
    let mut answer = Answer::default().with("loss", out.loss).with("logits", out.logits);
    answer.kept =
        cache.map(|cache| kept::of_cache(&cache)).transpose()?.map(|pairs| [pairs, Pairs::new()]);
    Ok(answer.with_outputs(out.outputs))
}

fn gpt2(model: &Gpt2LmHeadModel, call: &Call) -> Result<Answer> {
    let mut cache = cache(call)?;
    let args = Gpt2Args {
        attention_mask: call.tensor("attention_mask"),
        position_ids: call.tensor("position_ids"),
        token_type_ids: call.tensor("token_type_ids"),
        inputs_embeds: call.tensor("inputs_embeds"),
        labels: call.tensor("labels"),
        logits_to_keep: call.logits_to_keep,
        past_key_values: cache.as_mut(),
        output_hidden_states: call.output_hidden_states,
        output_attentions: call.output_attentions,
    };
    let out = model.forward_with(&call.ids("input_ids", "inputs_embeds")?, args)?;
    causal(out, cache)
}

fn llama(model: &LlamaForCausalLM, call: &Call) -> Result<Answer> {
    let mut cache = cache(call)?;
    let args = LlamaArgs {
        attention_mask: call.tensor("attention_mask"),
        position_ids: call.tensor("position_ids"),
        inputs_embeds: call.tensor("inputs_embeds"),
        labels: call.tensor("labels"),
        logits_to_keep: call.logits_to_keep,
        past_key_values: cache.as_mut(),
        output_hidden_states: call.output_hidden_states,
        output_attentions: call.output_attentions,
    };
    let out = model.forward_with(&call.ids("input_ids", "inputs_embeds")?, args)?;
    causal(out, cache)
}

fn bert_args(call: &Call) -> BertArgs<'_> {
    BertArgs {
        attention_mask: call.tensor("attention_mask"),
        token_type_ids: call.tensor("token_type_ids"),
        position_ids: call.tensor("position_ids"),
        inputs_embeds: call.tensor("inputs_embeds"),
        labels: call.tensor("labels"),
        output_hidden_states: call.output_hidden_states,
        output_attentions: call.output_attentions,
    }
}

fn bert_model(model: &BertModel, call: &Call) -> Result<Answer> {
    let out = model.forward_with(&call.ids("input_ids", "inputs_embeds")?, bert_args(call))?;
    let answer = Answer::default().with("last_hidden_state", out.last_hidden_state);
    Ok(answer.with("pooler_output", out.pooler_output).with_outputs(out.outputs))
}

fn questions(model: &BertForQuestionAnswering, call: &Call) -> Result<Answer> {
    let positions = call.tensor("start_positions").zip(call.tensor("end_positions"));
    let ids = call.ids("input_ids", "inputs_embeds")?;
    let out = model.forward_with(&ids, positions, bert_args(call))?;
    let answer = Answer::default().with("loss", out.loss).with("start_logits", out.start_logits);
    Ok(answer.with("end_logits", out.end_logits).with_outputs(out.outputs))
}

fn vit_args(call: &Call) -> ViTArgs<'_> {
    ViTArgs {
        labels: call.tensor("labels"),
        attention_mask: call.tensor("attention_mask"),
        interpolate_pos_encoding: call.interpolate_pos_encoding,
        output_hidden_states: call.output_hidden_states,
        output_attentions: call.output_attentions,
    }
}

fn seq2seq(model: &Seq2SeqLmModel, call: &Call) -> Result<Answer> {
    let encoded = call.tensor("encoder_outputs");
    let read = match encoded {
        Some(_) => call.tensor("input_ids").map(Tensor::shallow_clone),
        None => Some(call.ids("input_ids", "inputs_embeds")?),
    };
    // As in Python, where labels are there nothing is kept unless it is asked for.
    let keeps = (call.use_cache && call.tensor("labels").is_none()) || call.kept.is_some();
    let new = call.tensor("decoder_input_ids").or(call.tensor("decoder_inputs_embeds"));
    let length = new.and_then(|new| new.size().get(1).copied()).unwrap_or(0);
    let mut cache = match &call.kept {
        Some(kept) => Some(kept::both(kept, length)?),
        None => keeps.then(|| kept::both(&kept::Kept::default(), length)).transpose()?,
    };
    let args = Seq2SeqArgs {
        attention_mask: call.tensor("attention_mask"),
        decoder_input_ids: call.tensor("decoder_input_ids"),
        decoder_attention_mask: call.tensor("decoder_attention_mask"),
        encoder_outputs: encoded,
        past_key_values: cache.as_mut(),
        inputs_embeds: call.tensor("inputs_embeds"),
        decoder_inputs_embeds: call.tensor("decoder_inputs_embeds"),
        labels: call.tensor("labels"),
        output_hidden_states: call.output_hidden_states,
        output_attentions: call.output_attentions,
    };
    let out = model.forward_with(read.as_ref(), args)?;
    let mut answer = Answer::default()
        .with("loss", out.loss)
        .with("logits", out.logits)
        .with("encoder_last_hidden_state", out.encoder_last_hidden_state)
        .with_layers("decoder_hidden_states", out.decoder.hidden_states)
        .with_layers("decoder_attentions", out.decoder.attentions)
        .with_layers("cross_attentions", out.cross_attentions)
        .with_layers("encoder_hidden_states", out.encoder.hidden_states)
        .with_layers("encoder_attentions", out.encoder.attentions);
    if let Some(cache) = cache {
        let [written, read] = [&cache.self_attention_cache, &cache.cross_attention_cache];
        answer.kept = Some([kept::of_cache(written)?, kept::of_cache(read)?]);
    }
    Ok(answer)
}
