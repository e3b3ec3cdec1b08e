//! Modules and parameters.

use tch::nn::{self, Module, ModuleT};
use tch::{Device, Kind, Tensor};

use super::phrases;
use atencion::nn::{
    Forward as _, Linear, LinearConfig, MultiheadAttention, MultiheadAttentionArgs,
    MultiheadAttentionConfig,
};

const SOURCE: &str = include_str!("modules.rs");

phrases! {
    linear_module(x, weight, bias) {
        // layer = nn.Linear(3, 2)
        // layer.weight, layer.bias = nn.Parameter(weight), nn.Parameter(bias)
        // layer(x)
        let layer = nn::Linear { ws: weight, bs: Some(bias) };
        layer.forward(&x)
    }

    linear_from_scratch(x) {
        // torch.manual_seed(0)
        // nn.Linear(3, 2)(x)
        tch::manual_seed(0);
        let vs = nn::VarStore::new(Device::Cpu);
        Linear::new(vs.root(), LinearConfig::new(3, 2))?.forward(&x)?
    }

    embedding(n) {
        // torch.manual_seed(0)
        // nn.Embedding(10, 4)(n)
        tch::manual_seed(0);
        let vs = nn::VarStore::new(Device::Cpu);
        nn::embedding(vs.root(), 10, 4, Default::default()).forward(&n)
    }

    layer_norm_module(x) {
        // nn.LayerNorm(3)(x)
        let vs = nn::VarStore::new(Device::Cpu);
        nn::layer_norm(vs.root(), vec![3], Default::default()).forward(&x)
    }

    sequential(x, weight, bias) {
        // layer = nn.Linear(3, 2)
        // layer.weight, layer.bias = nn.Parameter(weight), nn.Parameter(bias)
        // nn.Sequential(layer, nn.ReLU())(x)
        let layer = nn::Linear { ws: weight, bs: Some(bias) };
        nn::seq().add(layer).add_fn(|x| x.relu()).forward(&x)
    }

    train_and_eval(t) {
        // layer = nn.Dropout(0.5).eval()
        // layer(t)
        let layer = nn::func_t(|t, train| t.dropout(0.5, train));
        layer.forward_t(&t, false)
    }

    parameter_names() {
        // layer = nn.Sequential(nn.Linear(3, 2), nn.Linear(2, 1))
        // sorted(layer.state_dict())
        let vs = nn::VarStore::new(Device::Cpu);
        let root = vs.root();
        let _ = nn::linear(&root / 0, 3, 2, Default::default());
        let _ = nn::linear(&root / 1, 2, 1, Default::default());
        let mut names: Vec<String> = vs.variables().into_keys().collect();
        names.sort();
        names
    }

    count_parameters() {
        // layer = nn.Linear(3, 2)
        // sum(p.numel() for p in layer.parameters())
        let vs = nn::VarStore::new(Device::Cpu);
        let _ = nn::linear(vs.root(), 3, 2, Default::default());
        vs.trainable_variables().iter().map(|p| p.numel()).sum::<usize>()
    }

    freeze() {
        // layer = nn.Linear(3, 2).requires_grad_(False)
        // layer.weight.requires_grad
        let mut vs = nn::VarStore::new(Device::Cpu);
        let layer = nn::linear(vs.root(), 3, 2, Default::default());
        vs.freeze();
        layer.ws.requires_grad()
    }

    a_parameter_of_ones() {
        // nn.Parameter(torch.ones(2, 3))
        let vs = nn::VarStore::new(Device::Cpu);
        vs.root().ones("weight", &[2, 3])
    }

    multihead_attention(t) {
        // torch.manual_seed(0)
        // mha = nn.MultiheadAttention(4, 2, batch_first=True)
        // mha(t, t, t, average_attn_weights=False)
        tch::manual_seed(0);
        let vs = nn::VarStore::new(Device::Cpu);
        let batch_first = MultiheadAttentionConfig {
            batch_first: true,
            ..MultiheadAttentionConfig::new(4, 2)
        };
        let mha = MultiheadAttention::new(vs.root(), batch_first)?;
        let per_head = MultiheadAttentionArgs {
            average_attn_weights: false,
            ..Default::default()
        };
        let (output, weights) = mha.forward_with(&t, &t, &t, &per_head)?;
        (output, weights.expect("asked for"))
    }

    xavier_uniform() {
        // torch.manual_seed(1)
        // nn.init.xavier_uniform_(torch.empty(3, 4))
        tch::manual_seed(1);
        let bound = (6.0f64 / (3.0 + 4.0)).sqrt();
        let mut weight = Tensor::zeros([3, 4], (Kind::Float, Device::Cpu));
        weight.uniform_(-bound, bound)
    }
}
