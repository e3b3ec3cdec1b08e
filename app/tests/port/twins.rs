//! Written by `port`; see main.rs.
#![allow(unused, clippy::all)]

use atencion::nn::{self, Forward, Module, Path};
use atencion::nn::{Dropout, Embedding, EmbeddingConfig, LayerNorm, LayerNormConfig, Linear, LinearConfig};
use atencion::tensor::TorchDisplay;
use atencion::{scalar, tensor};
use tch::{Device, Kind, Tensor};

pub mod practice3 {
    use super::*;

    pub fn run_all() -> atencion::Result<Vec<(&'static str, Tensor)>> {
        // import torch
        // Q = torch.tensor([[0.0, 0.0, 0.0], [1, 1, 1], [0.2, 0.2, 0.2], [0.3, 0.3, 0.3]])
        let q = tensor![[0.0, 0.0, 0.0], [1, 1, 1], [0.2, 0.2, 0.2], [0.3, 0.3, 0.3]];
        // K = torch.tensor([[0.1, 0.1, 0.1], [0.2, 0.2, 0.2], [0.3, 0.3, 0.3], [0.4, 0.4, 0.4]])
        let k = tensor![[0.1, 0.1, 0.1], [0.2, 0.2, 0.2], [0.3, 0.3, 0.3], [0.4, 0.4, 0.4]];
        // V = torch.tensor([[1., 0., 0.], [0., 1., 0.], [0., 0., 1.], [0., 1., 1.]])
        let v = tensor![[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [0.0, 1.0, 1.0]];
        // scores = Q @ K.T
        let scores = q.matmul(&k.tr());
        // scaled = scores / K.shape[1] ** 0.5
        let scaled = &scores / (k.size()[1] as f64).powf(0.5);
        // weights = scaled.softmax(dim=1)
        let weights = scaled.softmax(1, None::<Kind>);
        // Z = weights @ V
        let z = weights.matmul(&v);
        // print(Z)
        println!("{}", z.printed());
        Ok(vec![
        ("K", k.shallow_clone()),
        ("Q", q.shallow_clone()),
        ("V", v.shallow_clone()),
        ("Z", z.shallow_clone()),
        ("scaled", scaled.shallow_clone()),
        ("scores", scores.shallow_clone()),
        ("weights", weights.shallow_clone()),
        ])
    }
}

pub mod function {
    use super::*;

    // def attention(q, k, v, mask=None):
    //     
    fn attention(q: &Tensor, k: &Tensor, v: &Tensor, mask: Option<&Tensor>) -> atencion::Result<(Tensor, Tensor)> {
        // d_k = q.size(-1)
        let d_k = q.size()[q.dim() - 1];
        // scores = torch.matmul(q, k.transpose(-2, -1)) / math.sqrt(d_k)
        let mut scores = q.matmul(&k.transpose(-2, -1)) / (d_k as f64).sqrt();
        // if mask is not None:
        if let Some(mask) = mask {
            // scores = scores.masked_fill(mask == 0, -1e9)
            scores = scores.masked_fill(&mask.eq(0), -1000000000.0);
        }
        // weights = F.softmax(scores, dim=-1)
        let weights = scores.softmax(-1, None::<Kind>);
        // return torch.matmul(weights, v), weights
        return Ok((weights.matmul(v), weights.shallow_clone()));
    }
    
    pub fn run_all() -> atencion::Result<Vec<(&'static str, Tensor)>> {
        // import math
        // import torch
        // import torch.nn.functional as F
        // torch.manual_seed(0)
        tch::manual_seed(0);
        // x = torch.randn(2, 5, 8)
        let x = Tensor::randn([2, 5, 8], (Kind::Float, Device::Cpu));
        // mask = torch.tril(torch.ones(5, 5))
        let mask = Tensor::ones([5, 5], (Kind::Float, Device::Cpu)).tril(0);
        // out, w = attention(x, x, x, mask)
        let (out, w) = attention(&x, &x, &x, Some(&mask))?;
        // out2, w2 = attention(x, x, x)
        let (out2, w2) = attention(&x, &x, &x, None)?;
        Ok(vec![
        ("mask", mask.shallow_clone()),
        ("out", out.shallow_clone()),
        ("out2", out2.shallow_clone()),
        ("w", w.shallow_clone()),
        ("w2", w2.shallow_clone()),
        ("x", x.shallow_clone()),
        ])
    }
}

pub mod module {
    use super::*;

    // class SelfAttention(nn.Module):
    //     
    struct SelfAttention {
        key: Linear,
        query: Linear,
        scale: f64,
        value: Linear,
    }
    
    impl SelfAttention {
        // def __init__(self, embed_size):
        //     
        fn new(p: Path, embed_size: i64) -> atencion::Result<Self> {
            // super().__init__()
            // self.query = nn.Linear(embed_size, embed_size)
            let query = Linear::new(&p / "query", LinearConfig::new(embed_size, embed_size))?;
            // self.key = nn.Linear(embed_size, embed_size)
            let key = Linear::new(&p / "key", LinearConfig::new(embed_size, embed_size))?;
            // self.value = nn.Linear(embed_size, embed_size, bias=False)
            let value = Linear::new(&p / "value", LinearConfig { bias: false, ..LinearConfig::new(embed_size, embed_size) })?;
            // self.scale = embed_size ** -0.5
            let scale = (embed_size as f64).powf(-0.5);
            Ok(Self { key, query, scale, value })
        }
    
        // def forward(self, x):
        //     
        fn forward(&self, x: &Tensor) -> atencion::Result<Tensor> {
            // q, k, v = self.query(x), self.key(x), self.value(x)
            let (q, k, v) = (self.query.forward(x)?, self.key.forward(x)?, self.value.forward(x)?);
            // weights = torch.softmax(q @ k.transpose(-2, -1) * self.scale, dim=-1)
            let weights = (q.matmul(&k.transpose(-2, -1)) * self.scale).softmax(-1, None::<Kind>);
            // return weights @ v
            return Ok(weights.matmul(&v));
        }
    }
    
    pub fn run_all() -> atencion::Result<Vec<(&'static str, Tensor)>> {
        // import torch
        // import torch.nn as nn
        // torch.manual_seed(42)
        tch::manual_seed(42);
        // model = SelfAttention(8)
        let model = SelfAttention::new(Path::root(Device::Cpu), 8)?;
        // x = torch.rand(2, 4, 8)
        let x = Tensor::rand([2, 4, 8], (Kind::Float, Device::Cpu));
        // y = model(x)
        let y = model.forward(&x)?;
        Ok(vec![
        ("x", x.shallow_clone()),
        ("y", y.shallow_clone()),
        ])
    }
}

pub mod multi_head {
    use super::*;

    // class MultiHead(nn.Module):
    //     
    struct MultiHead {
        d_k: i64,
        heads: i64,
        w_k: Linear,
        w_o: Linear,
        w_q: Linear,
        w_v: Linear,
    }
    
    impl MultiHead {
        // def __init__(self, d_model, heads):
        //     
        fn new(p: Path, d_model: i64, heads: i64) -> atencion::Result<Self> {
            // super().__init__()
            // assert d_model % heads == 0
            assert!(d_model.rem_euclid(heads) == 0);
            // self.heads = heads
            let heads = heads;
            // self.d_k = d_model // heads
            let d_k = d_model.div_euclid(heads);
            // self.w_q = nn.Linear(d_model, d_model)
            let w_q = Linear::new(&p / "w_q", LinearConfig::new(d_model, d_model))?;
            // self.w_k = nn.Linear(d_model, d_model)
            let w_k = Linear::new(&p / "w_k", LinearConfig::new(d_model, d_model))?;
            // self.w_v = nn.Linear(d_model, d_model)
            let w_v = Linear::new(&p / "w_v", LinearConfig::new(d_model, d_model))?;
            // self.w_o = nn.Linear(d_model, d_model)
            let w_o = Linear::new(&p / "w_o", LinearConfig::new(d_model, d_model))?;
            Ok(Self { d_k, heads, w_k, w_o, w_q, w_v })
        }
    
        // def split(self, x):
        //     
        fn split(&self, x: &Tensor) -> atencion::Result<Tensor> {
            // b, l, e = x.shape
            let (b, l, e) = x.size3()?;
            // return x.view(b, l, self.heads, self.d_k).transpose(1, 2)
            return Ok(x.view([b, l, self.heads, self.d_k]).transpose(1, 2));
        }
    
        // def forward(self, x):
        //     
        fn forward(&self, x: &Tensor) -> atencion::Result<Tensor> {
            // q = self.split(self.w_q(x))
            let q = self.split(&self.w_q.forward(x)?)?;
            // k = self.split(self.w_k(x))
            let k = self.split(&self.w_k.forward(x)?)?;
            // v = self.split(self.w_v(x))
            let v = self.split(&self.w_v.forward(x)?)?;
            // scores = q @ k.transpose(-2, -1) / self.d_k ** 0.5
            let scores = q.matmul(&k.transpose(-2, -1)) / (self.d_k as f64).powf(0.5);
            // a = scores.softmax(dim=-1)
            let a = scores.softmax(-1, None::<Kind>);
            // out = (a @ v).transpose(1, 2).contiguous().view(x.size(0), -1, self.heads * self.d_k)
            let out = a.matmul(&v).transpose(1, 2).contiguous().view([x.size()[0], -1, self.heads * self.d_k]);
            // return self.w_o(out)
            return Ok(self.w_o.forward(&out)?);
        }
    }
    
    pub fn run_all() -> atencion::Result<Vec<(&'static str, Tensor)>> {
        // import torch
        // import torch.nn as nn
        // torch.manual_seed(1)
        tch::manual_seed(1);
        // mha = MultiHead(16, 4)
        let mha = MultiHead::new(Path::root(Device::Cpu), 16, 4)?;
        // x = torch.randn(2, 6, 16)
        let x = Tensor::randn([2, 6, 16], (Kind::Float, Device::Cpu));
        // y = mha(x)
        let y = mha.forward(&x)?;
        Ok(vec![
        ("x", x.shallow_clone()),
        ("y", y.shallow_clone()),
        ])
    }
}

pub mod positional {
    use super::*;

    pub fn run_all() -> atencion::Result<Vec<(&'static str, Tensor)>> {
        // import math
        // import torch
        // max_len = 10
        let max_len: i64 = 10;
        // d_model = 8
        let d_model: i64 = 8;
        // pe = torch.zeros(max_len, d_model)
        let pe = Tensor::zeros([max_len, d_model], (Kind::Float, Device::Cpu));
        // position = torch.arange(0, max_len, dtype=torch.float).unsqueeze(1)
        let position = Tensor::arange_start(0, max_len, (Kind::Float, Device::Cpu)).unsqueeze(1);
        // div_term = torch.exp(torch.arange(0, d_model, 2).float() * (-math.log(10000.0) / d_model))
        let div_term = (Tensor::arange_start_step(0, d_model, 2, (Kind::Int64, Device::Cpu)).to_kind(Kind::Float) * ((-10000.0_f64.ln()) / (d_model as f64))).exp();
        // pe[:, 0::2] = torch.sin(position * div_term)
        pe.slice(1, 0, None::<i64>, 2).copy_(&(&position * &div_term).sin());
        // pe[:, 1::2] = torch.cos(position * div_term)
        pe.slice(1, 1, None::<i64>, 2).copy_(&(&position * &div_term).cos());
        Ok(vec![
        ("div_term", div_term.shallow_clone()),
        ("pe", pe.shallow_clone()),
        ("position", position.shallow_clone()),
        ])
    }
}

pub mod loops {
    use super::*;

    pub fn run_all() -> atencion::Result<Vec<(&'static str, Tensor)>> {
        // import torch
        // torch.manual_seed(3)
        tch::manual_seed(3);
        // Q = torch.rand(4, 3)
        let q = Tensor::rand([4, 3], (Kind::Float, Device::Cpu));
        // K = torch.rand(4, 3)
        let k = Tensor::rand([4, 3], (Kind::Float, Device::Cpu));
        // V = torch.rand(4, 3)
        let v = Tensor::rand([4, 3], (Kind::Float, Device::Cpu));
        // scores = torch.zeros(4, 4)
        let scores = Tensor::zeros([4, 4], (Kind::Float, Device::Cpu));
        // for i in range(4):
        for i in 0..4 {
            // for j in range(4):
            for j in 0..4 {
                // scores[i, j] = torch.dot(Q[i], K[j])
                scores.select(0, i).select(0, j).copy_(&q.select(0, i).dot(&k.select(0, j)));
            }
        }
        // rows = []
        let mut rows = vec![];
        // for i in range(4):
        for i in 0..4 {
            // w = torch.softmax(scores[i] / 3 ** 0.5, dim=0)
            let mut w = (scores.select(0, i) / 3.0_f64.powf(0.5)).softmax(0, None::<Kind>);
            // row = torch.zeros(3)
            let mut row = Tensor::zeros([3], (Kind::Float, Device::Cpu));
            // for j in range(4):
            for j in 0..4 {
                // row += w[j] * V[j]
                row += &(w.select(0, j) * v.select(0, j));
            }
            // rows.append(row)
            rows.push(row.shallow_clone());
        }
        // Z = torch.stack(rows)
        let z = Tensor::stack(&rows, 0);
        // print(f"Z {Z.shape[0]} {Z.sum().item():.4f}")
        println!("Z {} {:.4}", z.size()[0], z.sum(None::<Kind>).double_value(&[]));
        Ok(vec![
        ("K", k.shallow_clone()),
        ("Q", q.shallow_clone()),
        ("V", v.shallow_clone()),
        ("Z", z.shallow_clone()),
        ("scores", scores.shallow_clone()),
        ])
    }
}

pub mod while_loop {
    use super::*;

    pub fn run_all() -> atencion::Result<Vec<(&'static str, Tensor)>> {
        // import torch
        // x = torch.ones(2, 2)
        let mut x = Tensor::ones([2, 2], (Kind::Float, Device::Cpu));
        // n = 0
        let mut n: i64 = 0;
        // total = 0.0
        let mut total = 0.0;
        // while n < 5:
        while n < 5 {
            // n += 1
            n += 1;
            // if n == 3:
            if n == 3 {
                // continue
                continue;
            }
            // x = x * 2
            x = &x * 2;
            // total += x.sum().item()
            total += x.sum(None::<Kind>).double_value(&[]);
        }
        // print(n, total)
        println!("{} {:?}", n, total);
        // y = x / total
        let y = &x / total;
        Ok(vec![
        ("x", x.shallow_clone()),
        ("y", y.shallow_clone()),
        ])
    }
}

pub mod autograd {
    use super::*;

    pub fn run_all() -> atencion::Result<Vec<(&'static str, Tensor)>> {
        // import torch
        // x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
        let x = tensor![1.0, 2.0, 3.0].set_requires_grad(true);
        // y = (x ** 2).sum()
        let y = x.pow_tensor_scalar(2).sum(None::<Kind>);
        // y.backward()
        y.backward();
        // g = x.grad
        let g = x.grad();
        // with torch.no_grad():
        let no_grad = tch::no_grad_guard();
        // z = x * 2
        let mut z = &x * 2;
        drop(no_grad);
        // b = x + 1
        let b = &x + 1;
        Ok(vec![
        ("b", b.shallow_clone()),
        ("g", g.shallow_clone()),
        ("x", x.shallow_clone()),
        ("y", y.shallow_clone()),
        ("z", z.shallow_clone()),
        ])
    }
}

pub mod masks {
    use super::*;

    pub fn run_all() -> atencion::Result<Vec<(&'static str, Tensor)>> {
        // import torch
        // T = 4
        let t: i64 = 4;
        // causal = torch.tril(torch.ones(T, T)).bool()
        let causal = Tensor::ones([t, t], (Kind::Float, Device::Cpu)).tril(0).to_kind(Kind::Bool);
        // scores = torch.arange(16.).reshape(4, 4) / 10
        let scores = Tensor::arange(16.0, (Kind::Float, Device::Cpu)).reshape([4, 4]) / 10;
        // masked = scores.masked_fill(~causal, float('-inf'))
        let masked = scores.masked_fill(&causal.bitwise_not(), f64::NEG_INFINITY);
        // w = torch.softmax(masked, dim=-1)
        let w = masked.softmax(-1, None::<Kind>);
        // pad = torch.tensor([[1, 1, 1, 0]])
        let pad = tensor![[1, 1, 1, 0]];
        // m = pad[:, None, None, :] == 0
        let m = pad.unsqueeze(1).unsqueeze(2).eq(0);
        // s = torch.zeros(1, 2, 4, 4).masked_fill(m, -1e9).softmax(-1)
        let s = Tensor::zeros([1, 2, 4, 4], (Kind::Float, Device::Cpu)).masked_fill(&m, -1000000000.0).softmax(-1, None::<Kind>);
        // both = causal & (scores > 0.5)
        let both = causal.bitwise_and_tensor(&scores.gt(0.5));
        // neither = causal | (scores < 0.1)
        let neither = causal.bitwise_or_tensor(&scores.lt(0.1));
        // picked = scores[causal]
        let picked = scores.index(&[Some(&causal)]);
        // scores[~causal] = float('-inf')
        let _ = scores.shallow_clone().index_put_(&[Some(&causal.bitwise_not())], &Tensor::from(f64::NEG_INFINITY).to_kind(scores.kind()), false);
        Ok(vec![
        ("both", both.shallow_clone()),
        ("causal", causal.shallow_clone()),
        ("m", m.shallow_clone()),
        ("masked", masked.shallow_clone()),
        ("neither", neither.shallow_clone()),
        ("pad", pad.shallow_clone()),
        ("picked", picked.shallow_clone()),
        ("s", s.shallow_clone()),
        ("scores", scores.shallow_clone()),
        ("w", w.shallow_clone()),
        ])
    }
}

pub mod heads {
    use super::*;

    // def heads(t, h):
    //     
    fn heads(t: &Tensor, h: i64) -> atencion::Result<Tensor> {
        // return t.reshape(2, 5, h, 4).permute(0, 2, 1, 3)
        return Ok(t.reshape([2, 5, h, 4]).permute([0, 2, 1, 3]));
    }
    
    pub fn run_all() -> atencion::Result<Vec<(&'static str, Tensor)>> {
        // import torch
        // torch.manual_seed(4)
        tch::manual_seed(4);
        // x = torch.randn(2, 5, 12)
        let x = Tensor::randn([2, 5, 12], (Kind::Float, Device::Cpu));
        // W = torch.randn(12, 36)
        let w = Tensor::randn([12, 36], (Kind::Float, Device::Cpu));
        // q, k, v = (x @ W).chunk(3, dim=-1)
        let [q, k, v]: [Tensor; 3] = x.matmul(&w).chunk(3, -1).try_into().expect("3 tensors");
        // h = 3
        let h: i64 = 3;
        // q = heads(q, h)
        let q = heads(&q, h)?;
        // k = heads(k, h)
        let k = heads(&k, h)?;
        // v = heads(v, h)
        let v = heads(&v, h)?;
        // att = torch.einsum("bhqd,bhkd->bhqk", q, k) * 4 ** -0.5
        let att = Tensor::einsum("bhqd,bhkd->bhqk", &[q.shallow_clone(), k.shallow_clone()], None::<i64>) * 4.0_f64.powf(-0.5);
        // p = att.softmax(-1)
        let p = att.softmax(-1, None::<Kind>);
        // o = torch.einsum("bhqk,bhkd->bhqd", p, v)
        let o = Tensor::einsum("bhqk,bhkd->bhqd", &[p.shallow_clone(), v.shallow_clone()], None::<i64>);
        // out = o.transpose(1, 2).flatten(2)
        let out = o.transpose(1, 2).flatten(2, -1);
        Ok(vec![
        ("W", w.shallow_clone()),
        ("att", att.shallow_clone()),
        ("k", k.shallow_clone()),
        ("o", o.shallow_clone()),
        ("out", out.shallow_clone()),
        ("p", p.shallow_clone()),
        ("q", q.shallow_clone()),
        ("v", v.shallow_clone()),
        ("x", x.shallow_clone()),
        ])
    }
}

pub mod arithmetic {
    use super::*;

    pub fn run_all() -> atencion::Result<Vec<(&'static str, Tensor)>> {
        // import torch
        // x = torch.tensor([[1.5, -2.0, 3.0], [4.0, 5.5, -6.0]])
        let x = tensor![[1.5, -2.0, 3.0], [4.0, 5.5, -6.0]];
        // y = torch.tensor([[0.5, 1.0, -1.0], [2.0, 0.25, 8.0]])
        let y = tensor![[0.5, 1.0, -1.0], [2.0, 0.25, 8.0]];
        // a = x + y * 2 - 1
        let a = &x + &y * 2 - 1;
        // b = (x + y) * (x - y) / 3
        let b = (&x + &y) * (&x - &y) / 3;
        // c = 1 - x
        let c = 1_i64 - &x;
        // d = 2 / y
        let d = y.reciprocal() * 2;
        // e = 2 ** x
        let e = Tensor::pow_scalar(2, &x);
        // f = x ** 2 + y ** 2
        let f = x.pow_tensor_scalar(2) + y.pow_tensor_scalar(2);
        // g = -x
        let g = -&x;
        // h = x / (y + 10)
        let h = &x / (&y + 10);
        // i = 3 * x - 2 * (y - x)
        let i = 3_i64 * &x - 2_i64 * (&y - &x);
        // j = x - (y - 1)
        let j = &x - (&y - 1);
        // k = x / (y / 2)
        let k = &x / (&y / 2);
        Ok(vec![
        ("a", a.shallow_clone()),
        ("b", b.shallow_clone()),
        ("c", c.shallow_clone()),
        ("d", d.shallow_clone()),
        ("e", e.shallow_clone()),
        ("f", f.shallow_clone()),
        ("g", g.shallow_clone()),
        ("h", h.shallow_clone()),
        ("i", i.shallow_clone()),
        ("j", j.shallow_clone()),
        ("k", k.shallow_clone()),
        ("x", x.shallow_clone()),
        ("y", y.shallow_clone()),
        ])
    }
}

pub mod comparisons {
    use super::*;

    pub fn run_all() -> atencion::Result<Vec<(&'static str, Tensor)>> {
        // import torch
        // x = torch.tensor([[1.5, -2.0, 3.0], [4.0, 5.5, -6.0]])
        let x = tensor![[1.5, -2.0, 3.0], [4.0, 5.5, -6.0]];
        // a = x > 0
        let a = x.gt(0);
        // b = x <= 1.5
        let b = x.le(1.5);
        // c = x == x.T.T
        let c = x.eq_tensor(&x.tr().tr());
        // d = torch.where(x > 0, x, torch.zeros_like(x))
        let d = x.where_self(&x.gt(0), &x.zeros_like());
        // e = 0.5 < x
        let e = x.gt(0.5);
        // f = x.eq(1.5)
        let f = x.eq(1.5);
        Ok(vec![
        ("a", a.shallow_clone()),
        ("b", b.shallow_clone()),
        ("c", c.shallow_clone()),
        ("d", d.shallow_clone()),
        ("e", e.shallow_clone()),
        ("f", f.shallow_clone()),
        ("x", x.shallow_clone()),
        ])
    }
}

pub mod reductions {
    use super::*;

    pub fn run_all() -> atencion::Result<Vec<(&'static str, Tensor)>> {
        // import torch
        // x = torch.arange(24.0).reshape(2, 3, 4) / 7
        let x = Tensor::arange(24.0, (Kind::Float, Device::Cpu)).reshape([2, 3, 4]) / 7;
        // a = x.sum()
        let a = x.sum(None::<Kind>);
        // b = x.sum(dim=1)
        let b = x.sum_dim_intlist(1, false, None::<Kind>);
        // c = x.mean(-1, keepdim=True)
        let c = x.mean_dim(-1, true, None::<Kind>);
        // d = x.std(dim=-1, unbiased=False)
        let d = x.std_dim(-1, false, false);
        // e = x.max(dim=1).values
        let e = x.max_dim(1, false).0.shallow_clone();
        // values, indices = x.max(dim=2)
        let (values, indices) = x.max_dim(2, false);
        // f = x.argmax(dim=-1)
        let f = x.argmax(-1, false);
        // g = torch.cumsum(x, dim=0)
        let g = x.cumsum(0, None::<Kind>);
        // h = x.norm()
        let h = x.norm();
        // i = torch.logsumexp(x, dim=1)
        let i = x.logsumexp([1], false);
        // j = x.amax(dim=(0, 1))
        let j = x.amax([0, 1], false);
        Ok(vec![
        ("a", a.shallow_clone()),
        ("b", b.shallow_clone()),
        ("c", c.shallow_clone()),
        ("d", d.shallow_clone()),
        ("e", e.shallow_clone()),
        ("f", f.shallow_clone()),
        ("g", g.shallow_clone()),
        ("h", h.shallow_clone()),
        ("i", i.shallow_clone()),
        ("indices", indices.shallow_clone()),
        ("j", j.shallow_clone()),
        ("values", values.shallow_clone()),
        ("x", x.shallow_clone()),
        ])
    }
}

pub mod shapes {
    use super::*;

    pub fn run_all() -> atencion::Result<Vec<(&'static str, Tensor)>> {
        // import torch
        // x = torch.arange(24.0)
        let x = Tensor::arange(24.0, (Kind::Float, Device::Cpu));
        // a = x.view(2, 3, 4)
        let a = x.view([2, 3, 4]);
        // b = a.permute(2, 0, 1).contiguous()
        let b = a.permute([2, 0, 1]).contiguous();
        // c = a.reshape(6, -1)
        let c = a.reshape([6, -1]);
        // d = a.transpose(1, 2).flatten(1)
        let d = a.transpose(1, 2).flatten(1, -1);
        // e = a.unsqueeze(0).expand(2, -1, -1, -1)
        let e = a.unsqueeze(0).expand([2, -1, -1, -1], false);
        // f = a[:1].squeeze(0).repeat(2, 1)
        let f = a.slice(0, None::<i64>, 1, 1).squeeze_dim(0).repeat([2, 1]);
        // g = torch.cat([a, a], dim=1)
        let g = Tensor::cat(&[a.shallow_clone(), a.shallow_clone()], 1);
        // h = torch.stack([x, x])
        let h = Tensor::stack(&[x.shallow_clone(), x.shallow_clone()], 0);
        // i = torch.cat((c, c), dim=-1)
        let i = Tensor::cat(&[c.shallow_clone(), c.shallow_clone()], -1);
        // n = a.size(0) * a.shape[-1]
        let n = a.size()[0] * a.size()[a.dim() - 1];
        // j = x[:n]
        let j = x.slice(0, None::<i64>, n, 1);
        Ok(vec![
        ("a", a.shallow_clone()),
        ("b", b.shallow_clone()),
        ("c", c.shallow_clone()),
        ("d", d.shallow_clone()),
        ("e", e.shallow_clone()),
        ("f", f.shallow_clone()),
        ("g", g.shallow_clone()),
        ("h", h.shallow_clone()),
        ("i", i.shallow_clone()),
        ("j", j.shallow_clone()),
        ("x", x.shallow_clone()),
        ])
    }
}

pub mod indexing {
    use super::*;

    pub fn run_all() -> atencion::Result<Vec<(&'static str, Tensor)>> {
        // import torch
        // t = torch.arange(60.0).reshape(3, 4, 5)
        let t = Tensor::arange(60.0, (Kind::Float, Device::Cpu)).reshape([3, 4, 5]);
        // a = t[0]
        let a = t.select(0, 0);
        // b = t[:, 1]
        let b = t.select(1, 1);
        // c = t[..., -1]
        let c = t.select(2, -1);
        // d = t[1:, ::2, 1:4]
        let d = t.slice(0, 1, None::<i64>, 1).slice(1, None::<i64>, None::<i64>, 2).slice(2, 1, 4, 1);
        // e = t[:, None]
        let e = t.unsqueeze(1);
        // f = t[0, 1, 2]
        let f = t.select(0, 0).select(0, 1).select(0, 2);
        // g = t[[0, 2]]
        let g = t.index(&[Some(&Tensor::from_slice(&[0, 2]))]);
        // i = torch.tensor([2, 0])
        let i = tensor![2, 0];
        // h = t[i]
        let h = t.index(&[Some(&i)]);
        // j = t[:, i]
        let j = t.index(&[None, Some(&i)]);
        // k = t[t > 30]
        let k = t.index(&[Some(&t.gt(30))]);
        // l = t[-1, -2:]
        let l = t.select(0, -1).slice(0, -2, None::<i64>, 1);
        Ok(vec![
        ("a", a.shallow_clone()),
        ("b", b.shallow_clone()),
        ("c", c.shallow_clone()),
        ("d", d.shallow_clone()),
        ("e", e.shallow_clone()),
        ("f", f.shallow_clone()),
        ("g", g.shallow_clone()),
        ("h", h.shallow_clone()),
        ("i", i.shallow_clone()),
        ("j", j.shallow_clone()),
        ("k", k.shallow_clone()),
        ("l", l.shallow_clone()),
        ("t", t.shallow_clone()),
        ])
    }
}

pub mod item_assignment {
    use super::*;

    pub fn run_all() -> atencion::Result<Vec<(&'static str, Tensor)>> {
        // import torch
        // x = torch.zeros(3, 4)
        let x = Tensor::zeros([3, 4], (Kind::Float, Device::Cpu));
        // x[0] = 1.0
        let _ = x.select(0, 0).fill_(1.0);
        // x[1, 2] = 5
        let _ = x.select(0, 1).select(0, 2).fill_(5);
        // x[:, 3] = torch.tensor([7.0, 8.0, 9.0])
        x.select(1, 3).copy_(&tensor![7.0, 8.0, 9.0]);
        // x[2, :2] = x[0, :2] * 3
        x.select(0, 2).slice(0, None::<i64>, 2, 1).copy_(&(x.select(0, 0).slice(0, None::<i64>, 2, 1) * 3));
        // y = x.clone()
        let y = x.copy();
        // y[y > 6] = 0.0
        let _ = y.shallow_clone().index_put_(&[Some(&y.gt(6))], &Tensor::from(0.0).to_kind(y.kind()), false);
        Ok(vec![
        ("x", x.shallow_clone()),
        ("y", y.shallow_clone()),
        ])
    }
}

pub mod in_place {
    use super::*;

    pub fn run_all() -> atencion::Result<Vec<(&'static str, Tensor)>> {
        // import torch
        // x = torch.ones(2, 3)
        let mut x = Tensor::ones([2, 3], (Kind::Float, Device::Cpu));
        // x += 1
        x += 1;
        // x *= 2.5
        x *= 2.5;
        // y = torch.full((2, 3), 0.5)
        let mut y = Tensor::full([2, 3], 0.5, (Kind::Float, Device::Cpu));
        // x -= y
        x -= &y;
        // y.add_(1.0)
        let _ = y.g_add_scalar_(1.0);
        // y.mul_(x)
        let _ = y.g_mul_(&x);
        // x /= 3
        x /= 3;
        Ok(vec![
        ("x", x.shallow_clone()),
        ("y", y.shallow_clone()),
        ])
    }
}

pub mod activations {
    use super::*;

    pub fn run_all() -> atencion::Result<Vec<(&'static str, Tensor)>> {
        // import torch
        // import torch.nn.functional as F
        // x = torch.linspace(-3, 3, 7)
        let x = Tensor::linspace(-3, 3, 7, (Kind::Float, Device::Cpu));
        // a = F.relu(x)
        let a = x.relu();
        // b = F.gelu(x)
        let b = x.gelu("none");
        // c = torch.sigmoid(x)
        let c = x.sigmoid();
        // d = x.tanh()
        let d = x.tanh();
        // e = F.silu(x)
        let e = x.silu();
        // f = F.gelu(x, approximate="tanh")
        let f = x.gelu("tanh");
        // g = F.log_softmax(x, dim=0)
        let g = x.log_softmax(0, None::<Kind>);
        // h = F.softmax(x.view(1, 7), dim=-1)
        let h = x.view([1, 7]).softmax(-1, None::<Kind>);
        Ok(vec![
        ("a", a.shallow_clone()),
        ("b", b.shallow_clone()),
        ("c", c.shallow_clone()),
        ("d", d.shallow_clone()),
        ("e", e.shallow_clone()),
        ("f", f.shallow_clone()),
        ("g", g.shallow_clone()),
        ("h", h.shallow_clone()),
        ("x", x.shallow_clone()),
        ])
    }
}

pub mod losses {
    use super::*;

    pub fn run_all() -> atencion::Result<Vec<(&'static str, Tensor)>> {
        // import torch
        // import torch.nn.functional as F
        // torch.manual_seed(0)
        tch::manual_seed(0);
        // logits = torch.randn(4, 3)
        let logits = Tensor::randn([4, 3], (Kind::Float, Device::Cpu));
        // target = torch.tensor([0, 2, 1, 1])
        let target = tensor![0, 2, 1, 1];
        // a = F.cross_entropy(logits, target)
        let a = logits.cross_entropy_loss(&target, None::<&Tensor>, tch::Reduction::Mean, -100, 0.0);
        // b = F.cross_entropy(logits, target, label_smoothing=0.1)
        let b = logits.cross_entropy_loss(&target, None::<&Tensor>, tch::Reduction::Mean, -100, 0.1);
        // c = F.mse_loss(logits, torch.zeros(4, 3))
        let c = logits.mse_loss(&Tensor::zeros([4, 3], (Kind::Float, Device::Cpu)), tch::Reduction::Mean);
        // d = F.l1_loss(logits, logits * 2, reduction="sum")
        let d = logits.l1_loss(&(&logits * 2), tch::Reduction::Sum);
        Ok(vec![
        ("a", a.shallow_clone()),
        ("b", b.shallow_clone()),
        ("c", c.shallow_clone()),
        ("d", d.shallow_clone()),
        ("logits", logits.shallow_clone()),
        ("target", target.shallow_clone()),
        ])
    }
}

pub mod layers {
    use super::*;

    pub fn run_all() -> atencion::Result<Vec<(&'static str, Tensor)>> {
        // import torch
        // import torch.nn as nn
        // torch.manual_seed(7)
        tch::manual_seed(7);
        // emb = nn.Embedding(10, 6)
        let emb = Embedding::new(Path::root(Device::Cpu), EmbeddingConfig::new(10, 6))?;
        // ln = nn.LayerNorm(6)
        let ln = LayerNorm::new(Path::root(Device::Cpu), LayerNormConfig::new(&[6]))?;
        // drop = nn.Dropout(0.5)
        let drop = Dropout::new(0.5)?;
        // lin = nn.Linear(6, 3)
        let lin = Linear::new(Path::root(Device::Cpu), LinearConfig::new(6, 3))?;
        // ids = torch.tensor([[1, 2, 3], [4, 5, 6]])
        let ids = tensor![[1, 2, 3], [4, 5, 6]];
        // e = emb(ids)
        let e = emb.forward(&ids)?;
        // a = ln(e)
        let a = ln.forward(&e)?;
        // b = drop(a)
        let b = drop.forward(&a)?;
        // c = lin(b)
        let c = lin.forward(&b)?;
        Ok(vec![
        ("a", a.shallow_clone()),
        ("b", b.shallow_clone()),
        ("c", c.shallow_clone()),
        ("e", e.shallow_clone()),
        ("ids", ids.shallow_clone()),
        ])
    }
}

pub mod feed_forward {
    use super::*;

    // class FeedForward(nn.Module):
    //     
    struct FeedForward {
        dropout: Dropout,
        w_1: Linear,
        w_2: Linear,
    }
    
    impl FeedForward {
        // def __init__(self, d_model, hidden, dropout=0.1):
        //     
        fn new(p: Path, d_model: i64, hidden: i64, dropout: f64) -> atencion::Result<Self> {
            // super(FeedForward, self).__init__()
            // self.w_1 = nn.Linear(d_model, hidden)
            let w_1 = Linear::new(&p / "w_1", LinearConfig::new(d_model, hidden))?;
            // self.w_2 = nn.Linear(hidden, d_model)
            let w_2 = Linear::new(&p / "w_2", LinearConfig::new(hidden, d_model))?;
            // self.dropout = nn.Dropout(dropout)
            let dropout = Dropout::new(dropout)?;
            Ok(Self { dropout, w_1, w_2 })
        }
    
        // def forward(self, x):
        //     
        fn forward(&self, x: &Tensor) -> atencion::Result<Tensor> {
            // return self.w_2(self.dropout(F.relu(self.w_1(x))))
            return Ok(self.w_2.forward(&self.dropout.forward(&self.w_1.forward(x)?.relu())?)?);
        }
    }
    
    pub fn run_all() -> atencion::Result<Vec<(&'static str, Tensor)>> {
        // import torch
        // import torch.nn as nn
        // import torch.nn.functional as F
        // torch.manual_seed(2)
        tch::manual_seed(2);
        // ff = FeedForward(4, 8)
        let ff = FeedForward::new(Path::root(Device::Cpu), 4, 8, 0.1)?;
        // x = torch.randn(3, 4)
        let x = Tensor::randn([3, 4], (Kind::Float, Device::Cpu));
        // y = ff(x)
        let y = ff.forward(&x)?;
        Ok(vec![
        ("x", x.shallow_clone()),
        ("y", y.shallow_clone()),
        ])
    }
}

pub mod block {
    use super::*;

    // class Attention(nn.Module):
    //     
    struct Attention {
        d: i64,
        proj: Linear,
        qkv: Linear,
    }
    
    impl Attention {
        // def __init__(self, d):
        //     
        fn new(p: Path, d: i64) -> atencion::Result<Self> {
            // super().__init__()
            // self.qkv = nn.Linear(d, 3 * d)
            let qkv = Linear::new(&p / "qkv", LinearConfig::new(d, 3 * d))?;
            // self.proj = nn.Linear(d, d)
            let proj = Linear::new(&p / "proj", LinearConfig::new(d, d))?;
            // self.d = d
            let d = d;
            Ok(Self { d, proj, qkv })
        }
    
        // def forward(self, x):
        //     
        fn forward(&self, x: &Tensor) -> atencion::Result<Tensor> {
            // q, k, v = self.qkv(x).chunk(3, dim=-1)
            let [q, k, v]: [Tensor; 3] = self.qkv.forward(x)?.chunk(3, -1).try_into().expect("3 tensors");
            // w = (q @ k.transpose(-2, -1) / self.d ** 0.5).softmax(-1)
            let w = (q.matmul(&k.transpose(-2, -1)) / (self.d as f64).powf(0.5)).softmax(-1, None::<Kind>);
            // return self.proj(w @ v)
            return Ok(self.proj.forward(&w.matmul(&v))?);
        }
    }
    
    // class Block(nn.Module):
    //     
    struct Block {
        attn: Attention,
        ln: LayerNorm,
    }
    
    impl Block {
        // def __init__(self, d):
        //     
        fn new(p: Path, d: i64) -> atencion::Result<Self> {
            // super().__init__()
            // self.ln = nn.LayerNorm(d)
            let ln = LayerNorm::new(&p / "ln", LayerNormConfig::new(&[d]))?;
            // self.attn = Attention(d)
            let attn = Attention::new(&p / "attn", d)?;
            Ok(Self { attn, ln })
        }
    
        // def forward(self, x):
        //     
        fn forward(&self, x: &Tensor) -> atencion::Result<Tensor> {
            // return x + self.attn(self.ln(x))
            return Ok(x + self.attn.forward(&self.ln.forward(x)?)?);
        }
    }
    
    pub fn run_all() -> atencion::Result<Vec<(&'static str, Tensor)>> {
        // import torch
        // import torch.nn as nn
        // torch.manual_seed(5)
        tch::manual_seed(5);
        // block = Block(6)
        let block = Block::new(Path::root(Device::Cpu), 6)?;
        // x = torch.randn(2, 3, 6)
        let x = Tensor::randn([2, 3, 6], (Kind::Float, Device::Cpu));
        // y = block(x)
        let y = block.forward(&x)?;
        Ok(vec![
        ("x", x.shallow_clone()),
        ("y", y.shallow_clone()),
        ])
    }
}

pub mod parameter {
    use super::*;

    // class Scale(nn.Module):
    //     
    struct Scale {
        beta: Tensor,
        gamma: Tensor,
    }
    
    impl Scale {
        // def __init__(self, d):
        //     
        fn new(p: Path, d: i64) -> atencion::Result<Self> {
            // super().__init__()
            // self.gamma = nn.Parameter(torch.ones(d))
            let gamma = Tensor::ones([d], (Kind::Float, Device::Cpu)).set_requires_grad(true);
            // self.beta = nn.Parameter(torch.zeros(d))
            let beta = Tensor::zeros([d], (Kind::Float, Device::Cpu)).set_requires_grad(true);
            Ok(Self { beta, gamma })
        }
    
        // def forward(self, x):
        //     
        fn forward(&self, x: &Tensor) -> atencion::Result<Tensor> {
            // mean = x.mean(-1, keepdim=True)
            let mean = x.mean_dim(-1, true, None::<Kind>);
            // var = x.var(-1, unbiased=False, keepdim=True)
            let var = x.var_dim(-1, false, true);
            // return self.gamma * (x - mean) / torch.sqrt(var + 1e-5) + self.beta
            return Ok(&self.gamma * (x - &mean) / (&var + 1e-5).sqrt() + &self.beta);
        }
    }
    
    pub fn run_all() -> atencion::Result<Vec<(&'static str, Tensor)>> {
        // import torch
        // import torch.nn as nn
        // m = Scale(4)
        let m = Scale::new(Path::root(Device::Cpu), 4)?;
        // x = torch.arange(8.0).reshape(2, 4)
        let x = Tensor::arange(8.0, (Kind::Float, Device::Cpu)).reshape([2, 4]);
        // y = m(x)
        let y = m.forward(&x)?;
        Ok(vec![
        ("x", x.shallow_clone()),
        ("y", y.shallow_clone()),
        ])
    }
}

pub mod kinds {
    use super::*;

    pub fn run_all() -> atencion::Result<Vec<(&'static str, Tensor)>> {
        // import torch
        // x = torch.tensor([1.7, -2.3])
        let x = tensor![1.7, -2.3];
        // a = x.int()
        let a = x.to_kind(Kind::Int);
        // b = x.double()
        let b = x.to_kind(Kind::Double);
        // c = x.to(torch.float16)
        let c = x.to_kind(Kind::Half);
        // d = torch.arange(5)
        let d = Tensor::arange(5, (Kind::Int64, Device::Cpu));
        // e = d / 2
        let e = &d / 2;
        // f = d // 2
        let f = d.floor_divide_scalar(2);
        // g = d % 3
        let g = d.remainder(3);
        // h = d.float().mean()
        let h = d.to_kind(Kind::Float).mean(None::<Kind>);
        // i = x.long() + d[:2]
        let i = x.to_kind(Kind::Int64) + d.slice(0, None::<i64>, 2, 1);
        // j = torch.zeros(2, dtype=torch.int64)
        let j = Tensor::zeros([2], (Kind::Int64, Device::Cpu));
        // k = torch.ones(2, 2, dtype=torch.float64)
        let k = Tensor::ones([2, 2], (Kind::Double, Device::Cpu));
        Ok(vec![
        ("a", a.shallow_clone()),
        ("b", b.shallow_clone()),
        ("c", c.shallow_clone()),
        ("d", d.shallow_clone()),
        ("e", e.shallow_clone()),
        ("f", f.shallow_clone()),
        ("g", g.shallow_clone()),
        ("h", h.shallow_clone()),
        ("i", i.shallow_clone()),
        ("j", j.shallow_clone()),
        ("k", k.shallow_clone()),
        ("x", x.shallow_clone()),
        ])
    }
}

pub mod making {
    use super::*;

    pub fn run_all() -> atencion::Result<Vec<(&'static str, Tensor)>> {
        // import torch
        // a = torch.zeros(2, 3)
        let a = Tensor::zeros([2, 3], (Kind::Float, Device::Cpu));
        // b = torch.ones(3)
        let b = Tensor::ones([3], (Kind::Float, Device::Cpu));
        // c = torch.full((2, 2), 7)
        let c = Tensor::full([2, 2], 7, (Kind::Int64, Device::Cpu));
        // d = torch.eye(3)
        let d = Tensor::eye(3, (Kind::Float, Device::Cpu));
        // e = torch.arange(1, 6)
        let e = Tensor::arange_start(1, 6, (Kind::Int64, Device::Cpu));
        // f = torch.arange(0, 1, 0.25)
        let f = Tensor::arange_start_step(0.0, 1.0, 0.25, (Kind::Float, Device::Cpu));
        // g = torch.linspace(0, 1, 5)
        let g = Tensor::linspace(0, 1, 5, (Kind::Float, Device::Cpu));
        // h = torch.ones_like(a)
        let h = a.ones_like();
        // i = torch.triu(torch.ones(4, 4), diagonal=1)
        let i = Tensor::ones([4, 4], (Kind::Float, Device::Cpu)).triu(1);
        // j = torch.tensor(3)
        let j = scalar!(3);
        // k = torch.tensor([[1, 2], [3, 4]], dtype=torch.float32)
        let k = tensor![[1, 2], [3, 4]].to_kind(Kind::Float);
        Ok(vec![
        ("a", a.shallow_clone()),
        ("b", b.shallow_clone()),
        ("c", c.shallow_clone()),
        ("d", d.shallow_clone()),
        ("e", e.shallow_clone()),
        ("f", f.shallow_clone()),
        ("g", g.shallow_clone()),
        ("h", h.shallow_clone()),
        ("i", i.shallow_clone()),
        ("j", j.shallow_clone()),
        ("k", k.shallow_clone()),
        ])
    }
}

pub mod random {
    use super::*;

    pub fn run_all() -> atencion::Result<Vec<(&'static str, Tensor)>> {
        // import torch
        // torch.manual_seed(11)
        tch::manual_seed(11);
        // a = torch.rand(2, 3)
        let a = Tensor::rand([2, 3], (Kind::Float, Device::Cpu));
        // b = torch.randn(4)
        let b = Tensor::randn([4], (Kind::Float, Device::Cpu));
        // c = torch.randint(0, 10, (3, 4))
        let c = Tensor::randint_low(0, 10, [3, 4], (Kind::Int64, Device::Cpu));
        // d = torch.randperm(6)
        let d = Tensor::randperm(6, (Kind::Int64, Device::Cpu));
        // e = torch.randn(2, 2) * 0.02
        let e = Tensor::randn([2, 2], (Kind::Float, Device::Cpu)) * 0.02;
        Ok(vec![
        ("a", a.shallow_clone()),
        ("b", b.shallow_clone()),
        ("c", c.shallow_clone()),
        ("d", d.shallow_clone()),
        ("e", e.shallow_clone()),
        ])
    }
}

pub mod products {
    use super::*;

    pub fn run_all() -> atencion::Result<Vec<(&'static str, Tensor)>> {
        // import torch
        // torch.manual_seed(1)
        tch::manual_seed(1);
        // a = torch.rand(3, 4)
        let a = Tensor::rand([3, 4], (Kind::Float, Device::Cpu));
        // b = torch.rand(4, 5)
        let b = Tensor::rand([4, 5], (Kind::Float, Device::Cpu));
        // c = a @ b
        let c = a.matmul(&b);
        // d = torch.mm(a, b)
        let d = a.mm(&b);
        // e = torch.matmul(a, b).T
        let e = a.matmul(&b).tr();
        // f = torch.outer(a[0], b[:, 0][:3])
        let f = a.select(0, 0).outer(&b.select(1, 0).slice(0, None::<i64>, 3, 1));
        // g = torch.bmm(a.unsqueeze(0), b.unsqueeze(0))
        let g = a.unsqueeze(0).bmm(&b.unsqueeze(0));
        // h = torch.dot(a[0], a[1])
        let h = a.select(0, 0).dot(&a.select(0, 1));
        // i = torch.einsum("ij,kj->ik", a, a)
        let i = Tensor::einsum("ij,kj->ik", &[a.shallow_clone(), a.shallow_clone()], None::<i64>);
        Ok(vec![
        ("a", a.shallow_clone()),
        ("b", b.shallow_clone()),
        ("c", c.shallow_clone()),
        ("d", d.shallow_clone()),
        ("e", e.shallow_clone()),
        ("f", f.shallow_clone()),
        ("g", g.shallow_clone()),
        ("h", h.shallow_clone()),
        ("i", i.shallow_clone()),
        ])
    }
}

pub mod scalars {
    use super::*;

    pub fn run_all() -> atencion::Result<Vec<(&'static str, Tensor)>> {
        // import math
        // d = 64
        let d: i64 = 64;
        // h = 8
        let h: i64 = 8;
        // import torch
        // scale = 1 / math.sqrt(d)
        let scale = 1.0 / ((d as f64).sqrt());
        // k = d // h
        let k = d.div_euclid(h);
        // r = d % 5
        let r = d.rem_euclid(5);
        // p = 2 ** 10
        let p: i64 = 2_i64.pow(10);
        // q = 10000 ** (2 * 3 / d)
        let q = 10000.0_f64.powf((2 * 3) as f64 / d as f64);
        // x = torch.ones(2) * scale
        let x = Tensor::ones([2], (Kind::Float, Device::Cpu)) * scale;
        // y = torch.ones(2) / q + k - r
        let y = Tensor::ones([2], (Kind::Float, Device::Cpu)) / q + k - r;
        // z = torch.full((2,), p * 0.5)
        let z = Tensor::full([2], (p as f64) * 0.5, (Kind::Float, Device::Cpu));
        Ok(vec![
        ("x", x.shallow_clone()),
        ("y", y.shallow_clone()),
        ("z", z.shallow_clone()),
        ])
    }
}

pub mod branches {
    use super::*;

    pub fn run_all() -> atencion::Result<Vec<(&'static str, Tensor)>> {
        // import torch
        // x = torch.tensor([1.0, 2.0])
        let mut x = tensor![1.0, 2.0];
        // n = 3
        let n: i64 = 3;
        // if n > 2 and n < 10:
        if n > 2 && n < 10 {
            // y = x * n
            let mut y = &x * n;
            // x = x + 1
            x = &x + 1;
        } else if n == 0 {
            // not ported: this was never reached
        } else {
            // not ported: this was never reached
        }
        // z = x * 2
        let z = &x * 2;
        Ok(vec![
        ("x", x.shallow_clone()),
        ("z", z.shallow_clone()),
        ])
    }
}

pub mod lists {
    use super::*;

    pub fn run_all() -> atencion::Result<Vec<(&'static str, Tensor)>> {
        // import torch
        // xs = [torch.ones(2) * i for i in range(3)]
        let xs = (0..3).into_iter().map(|i| Tensor::ones([2], (Kind::Float, Device::Cpu)) * i).collect::<Vec<_>>();
        // a = torch.stack(xs)
        let a = Tensor::stack(&xs, 0);
        // b = torch.cat(xs)
        let b = Tensor::cat(&xs, 0);
        // total = torch.zeros(2)
        let mut total = Tensor::zeros([2], (Kind::Float, Device::Cpu));
        // for x in xs:
        for x in &xs {
            // total = total + x
            total = &total + x;
        }
        // sizes = [1, 2, 3]
        let sizes = vec![1, 2, 3];
        // n = 0
        let mut n: i64 = 0;
        // for s in sizes:
        for s in sizes.clone() {
            // n += s
            n += s;
        }
        // c = total * n
        let c = &total * n;
        Ok(vec![
        ("a", a.shallow_clone()),
        ("b", b.shallow_clone()),
        ("c", c.shallow_clone()),
        ("total", total.shallow_clone()),
        ])
    }
}

pub mod rows {
    use super::*;

    pub fn run_all() -> atencion::Result<Vec<(&'static str, Tensor)>> {
        // import torch
        // x = torch.arange(6.0).reshape(3, 2)
        let x = Tensor::arange(6.0, (Kind::Float, Device::Cpu)).reshape([3, 2]);
        // out = []
        let mut out = vec![];
        // for row in x:
        for row in x.unbind(0) {
            // out.append(row.softmax(0))
            out.push(row.softmax(0, None::<Kind>));
        }
        // y = torch.stack(out)
        let y = Tensor::stack(&out, 0);
        Ok(vec![
        ("x", x.shallow_clone()),
        ("y", y.shallow_clone()),
        ])
    }
}

pub mod sorting {
    use super::*;

    pub fn run_all() -> atencion::Result<Vec<(&'static str, Tensor)>> {
        // import torch
        // x = torch.tensor([[3.0, 1.0, 2.0], [0.5, 9.0, 4.0]])
        let x = tensor![[3.0, 1.0, 2.0], [0.5, 9.0, 4.0]];
        // values, indices = torch.sort(x, dim=1)
        let (values, indices) = x.sort(1, false);
        // top, where = torch.topk(x, 2)
        let (top, where_) = x.topk(2, -1, true, true);
        // a = x.argsort(dim=1)
        let a = x.argsort(1, false);
        // b = x.gather(1, indices)
        let b = x.gather(1, &indices, false);
        // c = torch.clamp(x, 1, 3)
        let c = x.clamp(1, 3);
        Ok(vec![
        ("a", a.shallow_clone()),
        ("b", b.shallow_clone()),
        ("c", c.shallow_clone()),
        ("indices", indices.shallow_clone()),
        ("top", top.shallow_clone()),
        ("values", values.shallow_clone()),
        ("where", where_.shallow_clone()),
        ("x", x.shallow_clone()),
        ])
    }
}

pub mod sdpa {
    use super::*;

    pub fn run_all() -> atencion::Result<Vec<(&'static str, Tensor)>> {
        // import torch
        // import torch.nn.functional as F
        // torch.manual_seed(0)
        tch::manual_seed(0);
        // q = torch.rand(1, 2, 4, 8)
        let q = Tensor::rand([1, 2, 4, 8], (Kind::Float, Device::Cpu));
        // k = torch.rand(1, 2, 4, 8)
        let k = Tensor::rand([1, 2, 4, 8], (Kind::Float, Device::Cpu));
        // v = torch.rand(1, 2, 4, 8)
        let v = Tensor::rand([1, 2, 4, 8], (Kind::Float, Device::Cpu));
        // a = F.scaled_dot_product_attention(q, k, v)
        let a = Tensor::scaled_dot_product_attention(&q, &k, &v, None::<&Tensor>, 0.0, false, None::<f64>, false);
        // b = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        let b = Tensor::scaled_dot_product_attention(&q, &k, &v, None::<&Tensor>, 0.0, true, None::<f64>, false);
        // mask = torch.ones(4, 4).tril().bool()
        let mask = Tensor::ones([4, 4], (Kind::Float, Device::Cpu)).tril(0).to_kind(Kind::Bool);
        // c = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        let c = Tensor::scaled_dot_product_attention(&q, &k, &v, Some(&mask), 0.0, false, None::<f64>, false);
        Ok(vec![
        ("a", a.shallow_clone()),
        ("b", b.shallow_clone()),
        ("c", c.shallow_clone()),
        ("k", k.shallow_clone()),
        ("mask", mask.shallow_clone()),
        ("q", q.shallow_clone()),
        ("v", v.shallow_clone()),
        ])
    }
}

pub mod nested_functions {
    use super::*;

    // def softmax(x):
    //     
    fn softmax(x: &Tensor) -> atencion::Result<Tensor> {
        // e = torch.exp(x - x.max(dim=-1, keepdim=True).values)
        let e = (x - &x.max_dim(-1, true).0).exp();
        // return e / e.sum(dim=-1, keepdim=True)
        return Ok(&e / e.sum_dim_intlist(-1, true, None::<Kind>));
    }
    
    // def attend(q, k, v, scale):
    //     
    fn attend(q: &Tensor, k: &Tensor, v: &Tensor, scale: f64) -> atencion::Result<Tensor> {
        // w = softmax(q @ k.T * scale)
        let w = softmax(&(q.matmul(&k.tr()) * scale))?;
        // return w @ v
        return Ok(w.matmul(v));
    }
    
    pub fn run_all() -> atencion::Result<Vec<(&'static str, Tensor)>> {
        // import torch
        // torch.manual_seed(9)
        tch::manual_seed(9);
        // q = torch.rand(3, 4)
        let q = Tensor::rand([3, 4], (Kind::Float, Device::Cpu));
        // y = attend(q, q, q, 0.5)
        let y = attend(&q, &q, &q, 0.5)?;
        // z = attend(q, q + 1, q, scale=2)
        let z = attend(&q, &(&q + 1), &q, 2.0)?;
        Ok(vec![
        ("q", q.shallow_clone()),
        ("y", y.shallow_clone()),
        ("z", z.shallow_clone()),
        ])
    }
}

pub mod two_results {
    use super::*;

    // def stats(x, eps=1e-5):
    //     
    fn stats(x: &Tensor, eps: f64) -> atencion::Result<(Tensor, Tensor)> {
        // mean = x.mean(dim=-1, keepdim=True)
        let mean = x.mean_dim(-1, true, None::<Kind>);
        // var = x.var(dim=-1, keepdim=True, unbiased=False)
        let var = x.var_dim(-1, false, true);
        // return (x - mean) / torch.sqrt(var + eps), mean
        return Ok(((x - &mean) / (&var + eps).sqrt(), mean.shallow_clone()));
    }
    
    pub fn run_all() -> atencion::Result<Vec<(&'static str, Tensor)>> {
        // import torch
        // x = torch.arange(8.0).reshape(2, 4)
        let x = Tensor::arange(8.0, (Kind::Float, Device::Cpu)).reshape([2, 4]);
        // y, m = stats(x)
        let (y, m) = stats(&x, 1e-5)?;
        // z, n = stats(x, eps=0.1)
        let (z, n) = stats(&x, 0.1)?;
        Ok(vec![
        ("m", m.shallow_clone()),
        ("n", n.shallow_clone()),
        ("x", x.shallow_clone()),
        ("y", y.shallow_clone()),
        ("z", z.shallow_clone()),
        ])
    }
}

pub mod gradients {
    use super::*;

    pub fn run_all() -> atencion::Result<Vec<(&'static str, Tensor)>> {
        // import torch
        // torch.manual_seed(5)
        tch::manual_seed(5);
        // w = torch.randn(3, requires_grad=True)
        let w = Tensor::randn([3], (Kind::Float, Device::Cpu)).set_requires_grad(true);
        // x = torch.randn(4, 3)
        let x = Tensor::randn([4, 3], (Kind::Float, Device::Cpu));
        // t = torch.randn(4)
        let t = Tensor::randn([4], (Kind::Float, Device::Cpu));
        // loss = ((x @ w - t) ** 2).mean()
        let loss = (x.matmul(&w) - &t).pow_tensor_scalar(2).mean(None::<Kind>);
        // loss.backward()
        loss.backward();
        // g = w.grad
        let g = w.grad();
        // with torch.no_grad():
        let no_grad = tch::no_grad_guard();
        // stepped = w - 0.1 * g
        let mut stepped = &w - 0.1_f64 * &g;
        drop(no_grad);
        Ok(vec![
        ("g", g.shallow_clone()),
        ("loss", loss.shallow_clone()),
        ("stepped", stepped.shallow_clone()),
        ("t", t.shallow_clone()),
        ("w", w.shallow_clone()),
        ("x", x.shallow_clone()),
        ])
    }
}

pub mod names {
    use super::*;

    pub fn run_all() -> atencion::Result<Vec<(&'static str, Tensor)>> {
        // import torch
        // type = torch.ones(2)
        let type_ = Tensor::ones([2], (Kind::Float, Device::Cpu));
        // in_ = type + 1
        let in_ = &type_ + 1;
        // X = torch.zeros(2)
        let x = Tensor::zeros([2], (Kind::Float, Device::Cpu));
        // x = X + 3
        let x_2 = &x + 3;
        // Self = x * 2
        let self_ = &x_2 * 2;
        // camelCase = Self - type
        let camel_case = &self_ - &type_;
        Ok(vec![
        ("Self", self_.shallow_clone()),
        ("X", x.shallow_clone()),
        ("camelCase", camel_case.shallow_clone()),
        ("in_", in_.shallow_clone()),
        ("type", type_.shallow_clone()),
        ("x", x_2.shallow_clone()),
        ])
    }
}

pub mod detach {
    use super::*;

    pub fn run_all() -> atencion::Result<Vec<(&'static str, Tensor)>> {
        // import torch
        // x = torch.rand(2, 2) * 0 + 4
        let x = Tensor::rand([2, 2], (Kind::Float, Device::Cpu)) * 0 + 4;
        // y = x.detach()
        let y = x.detach();
        // z = x.clone()
        let z = x.copy();
        // a = y.sqrt().exp().log()
        let a = y.sqrt().exp().log();
        // n = x.numel()
        let n = x.numel() as i64;
        // b = a * n
        let b = &a * n;
        Ok(vec![
        ("a", a.shallow_clone()),
        ("b", b.shallow_clone()),
        ("x", x.shallow_clone()),
        ("y", y.shallow_clone()),
        ("z", z.shallow_clone()),
        ])
    }
}

pub mod chunks {
    use super::*;

    pub fn run_all() -> atencion::Result<Vec<(&'static str, Tensor)>> {
        // import torch
        // x = torch.arange(12.0).reshape(2, 6)
        let x = Tensor::arange(12.0, (Kind::Float, Device::Cpu)).reshape([2, 6]);
        // a, b = x.split(3, dim=1)
        let [a, b]: [Tensor; 2] = x.split(3, 1).try_into().expect("2 tensors");
        // c, d = x.unbind(0)
        let [c, d]: [Tensor; 2] = x.unbind(0).try_into().expect("2 tensors");
        // e, f, g = x.chunk(3, dim=-1)
        let [e, f, g]: [Tensor; 3] = x.chunk(3, -1).try_into().expect("3 tensors");
        // h = a * b + e.sum()
        let h = &a * &b + e.sum(None::<Kind>);
        // rows, cols = x.shape
        let (rows, cols) = x.size2()?;
        // i = torch.zeros(rows, cols)
        let i = Tensor::zeros([rows, cols], (Kind::Float, Device::Cpu));
        Ok(vec![
        ("a", a.shallow_clone()),
        ("b", b.shallow_clone()),
        ("c", c.shallow_clone()),
        ("d", d.shallow_clone()),
        ("e", e.shallow_clone()),
        ("f", f.shallow_clone()),
        ("g", g.shallow_clone()),
        ("h", h.shallow_clone()),
        ("i", i.shallow_clone()),
        ("x", x.shallow_clone()),
        ])
    }
}

pub mod cosine {
    use super::*;

    pub fn run_all() -> atencion::Result<Vec<(&'static str, Tensor)>> {
        // import torch
        // import torch.nn.functional as F
        // q = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
        let q = tensor![[1.0, 2.0], [3.0, 4.0]];
        // k = torch.tensor([[0.5, 1.0], [2.0, -1.0]])
        let k = tensor![[0.5, 1.0], [2.0, -1.0]];
        // a = F.cosine_similarity(q, k, dim=1)
        let a = Tensor::cosine_similarity(&q, &k, 1, 1e-08);
        // b = q.norm(dim=1)
        let b = q.norm_scalaropt_dim(2, [1], false);
        // c = torch.cdist(q, k)
        let c = Tensor::cdist(&q, &k, 2.0, None::<i64>);
        // d = F.one_hot(torch.tensor([0, 2]), num_classes=3)
        let d = tensor![0, 2].one_hot(3);
        // e = F.pad(q, (1, 1))
        let e = q.pad([1, 1], "constant", None::<f64>);
        Ok(vec![
        ("a", a.shallow_clone()),
        ("b", b.shallow_clone()),
        ("c", c.shallow_clone()),
        ("d", d.shallow_clone()),
        ("e", e.shallow_clone()),
        ("k", k.shallow_clone()),
        ("q", q.shallow_clone()),
        ])
    }
}

pub mod numpy_attention {
    use super::*;

    // def softmax(x):
    //     
    fn softmax(x: &Tensor) -> atencion::Result<Tensor> {
        // e = np.exp(x - np.max(x, axis=-1, keepdims=True))
        let e = (x - x.amax(-1, true)).to_kind(Kind::Double).exp();
        // return e / np.sum(e, axis=-1, keepdims=True)
        return Ok(&e / e.sum_dim_intlist(-1, true, None::<Kind>));
    }
    
    // def attention(q, k, v):
    //     
    fn attention(q: &Tensor, k: &Tensor, v: &Tensor) -> atencion::Result<(Tensor, Tensor)> {
        // d_k = q.shape[-1]
        let d_k = q.size()[q.dim() - 1];
        // scores = np.matmul(q, k.T) / math.sqrt(d_k)
        let scores = q.matmul(&k.tr()) / (d_k as f64).sqrt();
        // return scores, softmax(scores)
        return Ok((scores.shallow_clone(), softmax(&scores)?));
    }
    
    pub fn run_all() -> atencion::Result<Vec<(&'static str, Tensor)>> {
        // import numpy as np
        // import math
        // q = np.array([[0.5, 1.25, -0.75], [0.1, 0.2, 0.3]])
        let q = Tensor::from_slice2(&[[0.5, 1.25, -0.75], [0.1, 0.2, 0.3]]);
        // k = np.array([[1.5, 0.25, 0.5], [0.7, -0.4, 0.9]])
        let k = Tensor::from_slice2(&[[1.5, 0.25, 0.5], [0.7, -0.4, 0.9]]);
        // v = np.array([[1, 2], [3, 4]])
        let v = Tensor::from_slice2(&[[1_i64, 2_i64], [3_i64, 4_i64]]);
        // scores, weights = attention(q, k, v)
        let (scores, weights) = attention(&q, &k, &v)?;
        // mask = np.tril(np.ones((2, 2)))
        let mask = Tensor::ones([2, 2], (Kind::Double, Device::Cpu)).tril(0);
        // mask[mask == 0] = -np.inf
        let _ = mask.shallow_clone().index_put_(&[Some(&mask.eq(0))], &Tensor::from(-f64::INFINITY).to_kind(mask.kind()), false);
        // mask[mask == 1] = 0
        let _ = mask.shallow_clone().index_put_(&[Some(&mask.eq(1))], &Tensor::from(0.0).to_kind(mask.kind()), false);
        // masked = scores + mask
        let masked = &scores + &mask;
        // turned = np.swapaxes(weights, 0, 1)
        let turned = weights.transpose(0, 1);
        // parts = np.concatenate([q, k], axis=0)
        let parts = Tensor::cat(&[q.shallow_clone(), k.shallow_clone()], 0);
        Ok(vec![
        ("k", k.shallow_clone()),
        ("mask", mask.shallow_clone()),
        ("masked", masked.shallow_clone()),
        ("parts", parts.shallow_clone()),
        ("q", q.shallow_clone()),
        ("scores", scores.shallow_clone()),
        ("turned", turned.shallow_clone()),
        ("v", v.shallow_clone()),
        ("weights", weights.shallow_clone()),
        ])
    }
}

pub mod plain_class {
    use super::*;

    // class Scale:
    //     
    struct Scale {
        factor: f64,
        offset: f64,
    }
    
    impl Scale {
        // def __init__(self, factor, offset):
        //     
        fn new(factor: f64, offset: f64) -> atencion::Result<Self> {
            // self.factor = factor
            let factor = factor;
            // self.offset = offset
            let offset = offset;
            Ok(Self { factor, offset })
        }
    
        // def shifted(self, x):
        //     
        fn shifted(&self, x: &Tensor) -> atencion::Result<Tensor> {
            // return x + self.offset
            return Ok(x + self.offset);
        }
    
        // def __call__(self, x):
        //     
        fn forward(&self, x: &Tensor) -> atencion::Result<Tensor> {
            // return self.shifted(x * self.factor)
            return Ok(self.shifted(&(x * self.factor))?);
        }
    }
    
    pub fn run_all() -> atencion::Result<Vec<(&'static str, Tensor)>> {
        // import torch
        // double = Scale(2.0, 1.0)
        let double = Scale::new(2.0, 1.0)?;
        // x = torch.arange(4.0)
        let x = Tensor::arange(4.0, (Kind::Float, Device::Cpu));
        // y = double(x)
        let y = double.forward(&x)?;
        // z = double.shifted(x)
        let z = double.shifted(&x)?;
        Ok(vec![
        ("x", x.shallow_clone()),
        ("y", y.shallow_clone()),
        ("z", z.shallow_clone()),
        ])
    }
}

pub mod rows_counted {
    use super::*;

    pub fn run_all() -> atencion::Result<Vec<(&'static str, Tensor)>> {
        // import torch
        // device = torch.device("cpu")
        let device = Device::Cpu;
        // x = torch.arange(12.0).reshape(3, 4).to(device)
        let x = Tensor::arange(12.0, (Kind::Float, Device::Cpu)).reshape([3, 4]);
        // scores = torch.zeros(3)
        let scores = Tensor::zeros([3], (Kind::Float, Device::Cpu));
        // query = x[1]
        let query = x.select(0, 1);
        // for i, row in enumerate(x):
        for (i, row) in (0_i64..).zip(x.unbind(0)) {
            // scores[i] = torch.dot(row, query)
            scores.select(0, i).copy_(&row.dot(&query));
        }
        // weights = torch.softmax(scores, dim=0)
        let weights = scores.softmax(0, None::<Kind>);
        Ok(vec![
        ("query", query.shallow_clone()),
        ("scores", scores.shallow_clone()),
        ("weights", weights.shallow_clone()),
        ("x", x.shallow_clone()),
        ])
    }
}

pub type Twin = fn() -> atencion::Result<Vec<(&'static str, Tensor)>>;

pub const ALL: &[(&str, Twin)] = &[
    ("practice3", practice3::run_all),
    ("function", function::run_all),
    ("module", module::run_all),
    ("multi_head", multi_head::run_all),
    ("positional", positional::run_all),
    ("loops", loops::run_all),
    ("while_loop", while_loop::run_all),
    ("autograd", autograd::run_all),
    ("masks", masks::run_all),
    ("heads", heads::run_all),
    ("arithmetic", arithmetic::run_all),
    ("comparisons", comparisons::run_all),
    ("reductions", reductions::run_all),
    ("shapes", shapes::run_all),
    ("indexing", indexing::run_all),
    ("item_assignment", item_assignment::run_all),
    ("in_place", in_place::run_all),
    ("activations", activations::run_all),
    ("losses", losses::run_all),
    ("layers", layers::run_all),
    ("feed_forward", feed_forward::run_all),
    ("block", block::run_all),
    ("parameter", parameter::run_all),
    ("kinds", kinds::run_all),
    ("making", making::run_all),
    ("random", random::run_all),
    ("products", products::run_all),
    ("scalars", scalars::run_all),
    ("branches", branches::run_all),
    ("lists", lists::run_all),
    ("rows", rows::run_all),
    ("sorting", sorting::run_all),
    ("sdpa", sdpa::run_all),
    ("nested_functions", nested_functions::run_all),
    ("two_results", two_results::run_all),
    ("gradients", gradients::run_all),
    ("names", names::run_all),
    ("detach", detach::run_all),
    ("chunks", chunks::run_all),
    ("cosine", cosine::run_all),
    ("numpy_attention", numpy_attention::run_all),
    ("plain_class", plain_class::run_all),
    ("rows_counted", rows_counted::run_all),
];
