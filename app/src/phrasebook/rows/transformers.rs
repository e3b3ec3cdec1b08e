//! Whole models: the library `transformers`, and what stands for it here.

use tch::{Device, Tensor};

use super::phrases;
use atencion::generate::{GenerationConfig, generate};
use atencion::models::{
    AttnImplementation, AutoModel, BertArgs, BertConfig, BertForMaskedLm,
    BertForSequenceClassification, BertModel, ConfigJson, DynamicCache, Gpt2Args, Gpt2Config,
    Gpt2LmHeadModel, LlamaConfig, LlamaForCausalLM, Seq2SeqArgs, Seq2SeqConfig, Seq2SeqLmModel,
    ViTConfig, ViTForImageClassification,
};
use atencion::nn::{Module, Path};
use atencion::tensor;

const SOURCE: &str = include_str!("transformers.rs");

phrases! {
    hf_config() {
        // config = GPT2Config(n_embd=8, n_head=2)
        // config.n_embd // config.n_head
        let config = Gpt2Config {
            n_embd: 8, n_head: 2,
            ..Default::default()
        };
        config.n_embd / config.n_head
    }

    hf_fresh_model() {
        // torch.manual_seed(0)
        // config = GPT2Config(vocab_size=10, n_embd=8, n_layer=2,
        //     n_head=2)
        // model = GPT2LMHeadModel(config).eval()
        // model(torch.tensor([[1, 2, 3]])).logits
        tch::manual_seed(0);
        let config = Gpt2Config {
            vocab_size: 10, n_embd: 8, n_layer: 2, n_head: 2,
            ..Default::default()
        };
        let root = Path::root(Device::Cpu);
        let mut model = Gpt2LmHeadModel::new(root, &config)?;
        model.eval();
        model.forward(&tensor![[1, 2, 3]])?
    }

    hf_count_parameters() {
        // config = LlamaConfig(vocab_size=10, hidden_size=8,
        //     intermediate_size=12, num_hidden_layers=2,
        //     num_attention_heads=4, num_key_value_heads=2)
        // LlamaForCausalLM(config).num_parameters()
        let config = LlamaConfig {
            vocab_size: 10, hidden_size: 8, intermediate_size: 12,
            num_hidden_layers: 2,
            num_attention_heads: 4, num_key_value_heads: Some(2),
            ..Default::default()
        };
        let model = LlamaForCausalLM::new(Path::root(Device::Cpu), &config)?;
        model.num_parameters()
    }

    hf_save_and_open(folder) {
        // torch.manual_seed(0)
        // config = GPT2Config(vocab_size=10, n_embd=8, n_layer=2,
        //     n_head=2)
        // GPT2LMHeadModel(config).save_pretrained(folder)
        // model = GPT2LMHeadModel.from_pretrained(folder)
        // model.transformer.wte.weight
        tch::manual_seed(0);
        let config = Gpt2Config {
            vocab_size: 10, n_embd: 8, n_layer: 2, n_head: 2,
            ..Default::default()
        };
        let root = Path::root(Device::Cpu);
        let model = Gpt2LmHeadModel::new(root, &config)?;
        model.save_pretrained(folder.path())?;
        let model = Gpt2LmHeadModel::from_pretrained(folder.path())?;
        model.transformer.wte.weight
    }

    hf_auto_model(folder) {
        // config = BertConfig(vocab_size=10, hidden_size=8,
        //     num_attention_heads=2, intermediate_size=12)
        // BertModel(config).save_pretrained(folder)
        // AutoModel.from_pretrained(folder).config.model_type
        let config = BertConfig {
            vocab_size: 10, hidden_size: 8, num_attention_heads: 2,
            intermediate_size: 12, ..Default::default()
        };
        let model = BertModel::new(Path::root(Device::Cpu), &config, true)?;
        model.save_pretrained(folder.path())?;
        AutoModel::from_pretrained(folder.path())?.model_type().to_owned()
    }

    hf_read_a_config(folder) {
        // LlamaConfig(hidden_size=64).save_pretrained(folder)
        // LlamaConfig.from_pretrained(folder).hidden_size
        let text = r#"{"model_type": "llama", "hidden_size": 64}"#;
        std::fs::write(folder.path().join("config.json"), text)?;
        let json = ConfigJson::load(folder.path())?;
        LlamaConfig::from_json(json)?.hidden_size
    }

    hf_names_of_the_parameters() {
        // config = GPT2Config(vocab_size=10, n_embd=8, n_layer=1,
        //     n_head=2)
        // [name for name, _ in GPT2LMHeadModel(config).named_parameters()]
        let config = Gpt2Config {
            vocab_size: 10, n_embd: 8, n_layer: 1, n_head: 2,
            ..Default::default()
        };
        let root = Path::root(Device::Cpu);
        let model = Gpt2LmHeadModel::new(root, &config)?;
        let named = model.named_parameters().into_iter();
        named.map(|(name, _)| name).collect::<Vec<_>>()
    }

    hf_attention_mask() {
        // torch.manual_seed(0)
        // config = BertConfig(vocab_size=10, hidden_size=8,
        //     num_hidden_layers=2, num_attention_heads=2,
        //     intermediate_size=12)
        // model = BertModel(config).eval()
        // ids = torch.tensor([[1, 2, 3], [4, 5, 0]])
        // mask = torch.tensor([[1, 1, 1], [1, 1, 0]])
        // model(ids, attention_mask=mask).last_hidden_state
        tch::manual_seed(0);
        let config = BertConfig {
            vocab_size: 10, hidden_size: 8, num_hidden_layers: 2,
            num_attention_heads: 2,
            intermediate_size: 12, ..Default::default()
        };
        let root = Path::root(Device::Cpu);
        let mut model = BertModel::new(root, &config, true)?;
        model.eval();
        let ids = tensor![[1, 2, 3], [4, 5, 0]];
        let mask = tensor![[1, 1, 1], [1, 1, 0]];
        let args = BertArgs {
            attention_mask: Some(&mask),
            ..Default::default()
        };
        model.forward_with(&ids, args)?.last_hidden_state
    }

    hf_attentions() {
        // torch.manual_seed(0)
        // config = GPT2Config(vocab_size=10, n_embd=8, n_layer=2,
        //     n_head=2, attn_implementation="eager")
        // model = GPT2LMHeadModel(config).eval()
        // model(torch.tensor([[1, 2, 3]]),
        //     output_attentions=True).attentions[1]
        tch::manual_seed(0);
        let config = Gpt2Config {
            vocab_size: 10, n_embd: 8, n_layer: 2, n_head: 2,
            attn_implementation: AttnImplementation::Eager,
            ..Default::default()
        };
        let root = Path::root(Device::Cpu);
        let mut model = Gpt2LmHeadModel::new(root, &config)?;
        model.eval();
        let args = Gpt2Args { output_attentions: true, ..Default::default() };
        let out = model.forward_with(&tensor![[1, 2, 3]], args)?;
        out.outputs.attentions[1].copy()
    }

    hf_loss() {
        // torch.manual_seed(0)
        // config = GPT2Config(vocab_size=10, n_embd=8, n_layer=2,
        //     n_head=2)
        // model = GPT2LMHeadModel(config).eval()
        // ids = torch.tensor([[1, 2, 3]])
        // model(ids, labels=ids).loss
        tch::manual_seed(0);
        let config = Gpt2Config {
            vocab_size: 10, n_embd: 8, n_layer: 2, n_head: 2,
            ..Default::default()
        };
        let root = Path::root(Device::Cpu);
        let mut model = Gpt2LmHeadModel::new(root, &config)?;
        model.eval();
        let ids = tensor![[1, 2, 3]];
        let args = Gpt2Args { labels: Some(&ids), ..Default::default() };
        model.forward_with(&ids, args)?.loss.expect("labels were given")
    }

    hf_cache() {
        // torch.manual_seed(0)
        // config = GPT2Config(vocab_size=10, n_embd=8, n_layer=2,
        //     n_head=2)
        // model = GPT2LMHeadModel(config).eval()
        // cache = DynamicCache(config=config)
        // model(torch.tensor([[1, 2, 3]]), past_key_values=cache)
        // model(torch.tensor([[4]]), past_key_values=cache).logits
        tch::manual_seed(0);
        let config = Gpt2Config {
            vocab_size: 10, n_embd: 8, n_layer: 2, n_head: 2,
            ..Default::default()
        };
        let root = Path::root(Device::Cpu);
        let mut model = Gpt2LmHeadModel::new(root, &config)?;
        model.eval();
        let mut cache = DynamicCache::default();
        let args = Gpt2Args {
            past_key_values: Some(&mut cache),
            ..Default::default()
        };
        model.forward_with(&tensor![[1, 2, 3]], args)?;
        let args = Gpt2Args {
            past_key_values: Some(&mut cache),
            ..Default::default()
        };
        model.forward_with(&tensor![[4]], args)?.logits
    }

    hf_generate() {
        // torch.manual_seed(0)
        // config = GPT2Config(vocab_size=10, n_embd=8, n_layer=2,
        //     n_head=2, eos_token_id=None, bos_token_id=None)
        // model = GPT2LMHeadModel(config).eval()
        // model.generate(torch.tensor([[1, 2, 3]]), max_new_tokens=5,
        //     do_sample=False, pad_token_id=0)
        tch::manual_seed(0);
        let config = Gpt2Config {
            vocab_size: 10, n_embd: 8, n_layer: 2, n_head: 2,
            ..Default::default()
        };
        let root = Path::root(Device::Cpu);
        let mut model = Gpt2LmHeadModel::new(root, &config)?;
        model.eval();
        let config = GenerationConfig {
            max_new_tokens: Some(5), pad_token_id: Some(0),
            ..Default::default()
        };
        generate(&model, &tensor![[1, 2, 3]], None, &config)?.sequences
    }

    hf_masked_words() {
        // torch.manual_seed(0)
        // config = BertConfig(vocab_size=10, hidden_size=8,
        //     num_hidden_layers=2, num_attention_heads=2,
        //     intermediate_size=12)
        // model = BertForMaskedLM(config).eval()
        // model(torch.tensor([[1, 4, 3]])).logits[0, 1].topk(3).indices
        tch::manual_seed(0);
        let config = BertConfig {
            vocab_size: 10, hidden_size: 8, num_hidden_layers: 2,
            num_attention_heads: 2,
            intermediate_size: 12, ..Default::default()
        };
        let root = Path::root(Device::Cpu);
        let mut model = BertForMaskedLm::new(root, &config)?;
        model.eval();
        let ids = tensor![[1, 4, 3]];
        let out = model.forward_with(&ids, BertArgs::default())?;
        let logits = out.logits;
        logits.get(0).get(1).topk(3, -1, true, true).1
    }

    hf_labels_of_a_text() {
        // torch.manual_seed(0)
        // config = BertConfig(vocab_size=10, hidden_size=8,
        //     num_hidden_layers=2, num_attention_heads=2,
        //     intermediate_size=12, num_labels=3)
        // model = BertForSequenceClassification(config).eval()
        // model(torch.tensor([[1, 4, 3]])).logits.softmax(-1)
        tch::manual_seed(0);
        let config = BertConfig {
            vocab_size: 10, hidden_size: 8, num_hidden_layers: 2,
            num_attention_heads: 2, intermediate_size: 12,
            id2label: ["LABEL_0", "LABEL_1",
            "LABEL_2"].map(String::from).to_vec(), ..Default::default()
        };
        let root = Path::root(Device::Cpu);
        let mut model = BertForSequenceClassification::new(root, &config)?;
        model.eval();
        let ids = tensor![[1, 4, 3]];
        let out = model.forward_with(&ids, BertArgs::default())?;
        let logits = out.logits;
        logits.softmax(-1, None::<tch::Kind>)
    }

    hf_picture() {
        // torch.manual_seed(0)
        // config = ViTConfig(hidden_size=8, num_hidden_layers=2,
        //     num_attention_heads=2, intermediate_size=12, image_size=8,
        //     patch_size=4)
        // model = ViTForImageClassification(config).eval()
        // model(torch.ones(1, 3, 8, 8)).logits
        tch::manual_seed(0);
        let config = ViTConfig {
            hidden_size: 8, num_hidden_layers: 2, num_attention_heads: 2,
            intermediate_size: 12,
            image_size: [8, 8], patch_size: [4, 4], ..Default::default()
        };
        let root = Path::root(Device::Cpu);
        let mut model = ViTForImageClassification::new(root, &config)?;
        model.eval();
        model.forward(&Tensor::ones([1, 3, 8, 8], tch::kind::FLOAT_CPU))?
    }

    hf_translation() {
        // torch.manual_seed(0)
        // config = MarianConfig(vocab_size=10, d_model=8,
        //     encoder_layers=1, decoder_layers=1,
        //     encoder_attention_heads=2, decoder_attention_heads=2,
        //     encoder_ffn_dim=12, decoder_ffn_dim=12, pad_token_id=0,
        //     decoder_start_token_id=0)
        // model = MarianMTModel(config).eval()
        // model(torch.tensor([[3, 4, 5]]), labels=torch.tensor([[6,
        //     7]])).loss
        tch::manual_seed(0);
        let config = Seq2SeqConfig {
            vocab_size: 10, decoder_vocab_size: 10, d_model: 8,
            encoder_layers: 1, decoder_layers: 1,
            encoder_attention_heads: 2, decoder_attention_heads: 2,
            encoder_ffn_dim: 12,
            decoder_ffn_dim: 12, pad_token_id: 0, decoder_start_token_id: 0,
            ..Seq2SeqConfig::marian()
        };
        let root = Path::root(Device::Cpu);
        let mut model = Seq2SeqLmModel::new(root, &config)?;
        model.eval();
        let labels = tensor![[6, 7]];
        let args = Seq2SeqArgs {
            labels: Some(&labels),
            ..Default::default()
        };
        let out = model.forward_with(&tensor![[3, 4, 5]], args)?;
        out.loss.expect("labels were given")
    }
}
