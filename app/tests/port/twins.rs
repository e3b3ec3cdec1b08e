//! Written by `port`; see main.rs.
#![allow(unused, clippy::all)]

use atencion::nn::{self, Forward, Module};
use atencion::optim::Optimizer as _;
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
    nn::module! {
        struct SelfAttention {
            query: nn::Linear,
            key: nn::Linear,
            value: nn::Linear,
            scale: f64,
        }
    }
    
    impl SelfAttention {
        // def __init__(self, embed_size):
        //     
        fn new(p: nn::Path, embed_size: i64) -> atencion::Result<Self> {
            // super().__init__()
            // self.query = nn.Linear(embed_size, embed_size)
            let query = nn::Linear::new(&p / "query", nn::LinearConfig::new(embed_size, embed_size))?;
            // self.key = nn.Linear(embed_size, embed_size)
            let key = nn::Linear::new(&p / "key", nn::LinearConfig::new(embed_size, embed_size))?;
            // self.value = nn.Linear(embed_size, embed_size, bias=False)
            let value = nn::Linear::new(&p / "value", nn::LinearConfig { bias: false, ..nn::LinearConfig::new(embed_size, embed_size) })?;
            // self.scale = embed_size ** -0.5
            let scale = (embed_size as f64).powf(-0.5);
            Ok(Self { query, key, value, scale, training: true })
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
    
    impl Forward for SelfAttention {
        fn forward(&self, input: &Tensor) -> atencion::Result<Tensor> {
            self.forward(input)
        }
    }
    
    pub fn run_all() -> atencion::Result<Vec<(&'static str, Tensor)>> {
        // import torch
        // import torch.nn as nn
        // torch.manual_seed(42)
        tch::manual_seed(42);
        // model = SelfAttention(8)
        let mut model = SelfAttention::new(nn::Path::root(Device::Cpu), 8)?;
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
    nn::module! {
        struct MultiHead {
            heads: i64,
            d_k: i64,
            w_q: nn::Linear,
            w_k: nn::Linear,
            w_v: nn::Linear,
            w_o: nn::Linear,
        }
    }
    
    impl MultiHead {
        // def __init__(self, d_model, heads):
        //     
        fn new(p: nn::Path, d_model: i64, heads: i64) -> atencion::Result<Self> {
            // super().__init__()
            // assert d_model % heads == 0
            assert!(d_model.rem_euclid(heads) == 0);
            // self.heads = heads
            let heads: i64 = heads;
            // self.d_k = d_model // heads
            let d_k: i64 = d_model.div_euclid(heads);
            // self.w_q = nn.Linear(d_model, d_model)
            let w_q = nn::Linear::new(&p / "w_q", nn::LinearConfig::new(d_model, d_model))?;
            // self.w_k = nn.Linear(d_model, d_model)
            let w_k = nn::Linear::new(&p / "w_k", nn::LinearConfig::new(d_model, d_model))?;
            // self.w_v = nn.Linear(d_model, d_model)
            let w_v = nn::Linear::new(&p / "w_v", nn::LinearConfig::new(d_model, d_model))?;
            // self.w_o = nn.Linear(d_model, d_model)
            let w_o = nn::Linear::new(&p / "w_o", nn::LinearConfig::new(d_model, d_model))?;
            Ok(Self { heads, d_k, w_q, w_k, w_v, w_o, training: true })
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
    
    impl Forward for MultiHead {
        fn forward(&self, input: &Tensor) -> atencion::Result<Tensor> {
            self.forward(input)
        }
    }
    
    pub fn run_all() -> atencion::Result<Vec<(&'static str, Tensor)>> {
        // import torch
        // import torch.nn as nn
        // torch.manual_seed(1)
        tch::manual_seed(1);
        // mha = MultiHead(16, 4)
        let mut mha = MultiHead::new(nn::Path::root(Device::Cpu), 16, 4)?;
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
        let mut pe = Tensor::zeros([max_len, d_model], (Kind::Float, Device::Cpu));
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
        let mut scores = Tensor::zeros([4, 4], (Kind::Float, Device::Cpu));
        let mut i = 0_i64;
        let mut j = 0_i64;
        // for i in range(4):
        for i in 0..4 {
            // for j in range(4):
            for j in 0..4 {
                // scores[i, j] = torch.dot(Q[i], K[j])
                scores.select(0, i).select(0, j).copy_(&q.select(0, i).dot(&k.select(0, j)));
            }
        }
        // rows = []
        let mut rows: Vec<Tensor> = vec![];
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
        let mut scores = Tensor::arange(16.0, (Kind::Float, Device::Cpu)).reshape([4, 4]) / 10;
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
        let mut x = Tensor::zeros([3, 4], (Kind::Float, Device::Cpu));
        // x[0] = 1.0
        let _ = x.select(0, 0).fill_(1.0);
        // x[1, 2] = 5
        let _ = x.select(0, 1).select(0, 2).fill_(5);
        // x[:, 3] = torch.tensor([7.0, 8.0, 9.0])
        x.select(1, 3).copy_(&tensor![7.0, 8.0, 9.0]);
        // x[2, :2] = x[0, :2] * 3
        x.select(0, 2).slice(0, None::<i64>, 2, 1).copy_(&(x.select(0, 0).slice(0, None::<i64>, 2, 1) * 3));
        // y = x.clone()
        let mut y = x.copy();
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
        let emb = nn::Embedding::new(nn::Path::root(Device::Cpu), nn::EmbeddingConfig::new(10, 6))?;
        // ln = nn.LayerNorm(6)
        let ln = nn::LayerNorm::new(nn::Path::root(Device::Cpu), nn::LayerNormConfig::new(&[6]))?;
        // drop = nn.Dropout(0.5)
        let drop = nn::Dropout::new(0.5)?;
        // lin = nn.Linear(6, 3)
        let lin = nn::Linear::new(nn::Path::root(Device::Cpu), nn::LinearConfig::new(6, 3))?;
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
    nn::module! {
        struct FeedForward {
            w_1: nn::Linear,
            w_2: nn::Linear,
            dropout: nn::Dropout,
        }
    }
    
    impl FeedForward {
        // def __init__(self, d_model, hidden, dropout=0.1):
        //     
        fn new(p: nn::Path, d_model: i64, hidden: i64, dropout: f64) -> atencion::Result<Self> {
            // super(FeedForward, self).__init__()
            // self.w_1 = nn.Linear(d_model, hidden)
            let w_1 = nn::Linear::new(&p / "w_1", nn::LinearConfig::new(d_model, hidden))?;
            // self.w_2 = nn.Linear(hidden, d_model)
            let w_2 = nn::Linear::new(&p / "w_2", nn::LinearConfig::new(hidden, d_model))?;
            // self.dropout = nn.Dropout(dropout)
            let own_dropout = nn::Dropout::new(dropout)?;
            Ok(Self { w_1, w_2, dropout: own_dropout, training: true })
        }
    
        // def forward(self, x):
        //     
        fn forward(&self, x: &Tensor) -> atencion::Result<Tensor> {
            // return self.w_2(self.dropout(F.relu(self.w_1(x))))
            return Ok(self.w_2.forward(&self.dropout.forward(&self.w_1.forward(x)?.relu())?)?);
        }
    }
    
    impl Forward for FeedForward {
        fn forward(&self, input: &Tensor) -> atencion::Result<Tensor> {
            self.forward(input)
        }
    }
    
    pub fn run_all() -> atencion::Result<Vec<(&'static str, Tensor)>> {
        // import torch
        // import torch.nn as nn
        // import torch.nn.functional as F
        // torch.manual_seed(2)
        tch::manual_seed(2);
        // ff = FeedForward(4, 8)
        let mut ff = FeedForward::new(nn::Path::root(Device::Cpu), 4, 8, 0.1)?;
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
    nn::module! {
        struct Attention {
            qkv: nn::Linear,
            proj: nn::Linear,
            d: i64,
        }
    }
    
    impl Attention {
        // def __init__(self, d):
        //     
        fn new(p: nn::Path, d: i64) -> atencion::Result<Self> {
            // super().__init__()
            // self.qkv = nn.Linear(d, 3 * d)
            let qkv = nn::Linear::new(&p / "qkv", nn::LinearConfig::new(d, 3 * d))?;
            // self.proj = nn.Linear(d, d)
            let proj = nn::Linear::new(&p / "proj", nn::LinearConfig::new(d, d))?;
            // self.d = d
            let d: i64 = d;
            Ok(Self { qkv, proj, d, training: true })
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
    
    impl Forward for Attention {
        fn forward(&self, input: &Tensor) -> atencion::Result<Tensor> {
            self.forward(input)
        }
    }
    
    // class Block(nn.Module):
    //     
    nn::module! {
        struct Block {
            ln: nn::LayerNorm,
            attn: Attention,
        }
    }
    
    impl Block {
        // def __init__(self, d):
        //     
        fn new(p: nn::Path, d: i64) -> atencion::Result<Self> {
            // super().__init__()
            // self.ln = nn.LayerNorm(d)
            let ln = nn::LayerNorm::new(&p / "ln", nn::LayerNormConfig::new(&[d]))?;
            // self.attn = Attention(d)
            let attn = Attention::new(&p / "attn", d)?;
            Ok(Self { ln, attn, training: true })
        }
    
        // def forward(self, x):
        //     
        fn forward(&self, x: &Tensor) -> atencion::Result<Tensor> {
            // return x + self.attn(self.ln(x))
            return Ok(x + self.attn.forward(&self.ln.forward(x)?)?);
        }
    }
    
    impl Forward for Block {
        fn forward(&self, input: &Tensor) -> atencion::Result<Tensor> {
            self.forward(input)
        }
    }
    
    pub fn run_all() -> atencion::Result<Vec<(&'static str, Tensor)>> {
        // import torch
        // import torch.nn as nn
        // torch.manual_seed(5)
        tch::manual_seed(5);
        // block = Block(6)
        let mut block = Block::new(nn::Path::root(Device::Cpu), 6)?;
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
    nn::module! {
        struct Scale {
            gamma: Tensor,
            beta: Tensor,
        }
    }
    
    impl Scale {
        // def __init__(self, d):
        //     
        fn new(p: nn::Path, d: i64) -> atencion::Result<Self> {
            // super().__init__()
            // self.gamma = nn.Parameter(torch.ones(d))
            let gamma = Tensor::ones([d], (Kind::Float, Device::Cpu)).set_requires_grad(true);
            // self.beta = nn.Parameter(torch.zeros(d))
            let beta = Tensor::zeros([d], (Kind::Float, Device::Cpu)).set_requires_grad(true);
            Ok(Self { gamma, beta, training: true })
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
    
    impl Forward for Scale {
        fn forward(&self, input: &Tensor) -> atencion::Result<Tensor> {
            self.forward(input)
        }
    }
    
    pub fn run_all() -> atencion::Result<Vec<(&'static str, Tensor)>> {
        // import torch
        // import torch.nn as nn
        // m = Scale(4)
        let mut m = Scale::new(nn::Path::root(Device::Cpu), 4)?;
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
        let z = Tensor::full([2,], (p as f64) * 0.5, (Kind::Float, Device::Cpu));
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
            // x = x * 0
            // not ported: this was never reached
            Err(atencion::Error::value("this was never reached"))?;
        } else {
            // x = x - 1
            // not ported: this was never reached
            Err(atencion::Error::value("this was never reached"))?;
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
        let sizes: Vec<i64> = vec![1, 2, 3];
        // n = 0
        let mut n: i64 = 0;
        // for s in sizes:
        for s in sizes.iter().copied() {
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
        let mut out: Vec<Tensor> = vec![];
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
        let mut mask = Tensor::ones([2, 2], (Kind::Double, Device::Cpu)).tril(0);
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
        let mut double = Scale::new(2.0, 1.0)?;
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
        let mut scores = Tensor::zeros([3], (Kind::Float, Device::Cpu));
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

pub mod optimiser {
    use super::*;

    // class Net(nn.Module):
    //     
    nn::module! {
        struct Net {
            layers: nn::Sequential,
        }
    }
    
    impl Net {
        // def __init__(self, d, h):
        //     
        fn new(p: nn::Path, d: i64, h: i64) -> atencion::Result<Self> {
            // super().__init__()
            // self.layers = nn.Sequential(nn.Linear(d, h), nn.ReLU(), nn.Linear(h, 1))
            let layers = [Box::new(nn::Linear::new(&(&p / "layers") / "0", nn::LinearConfig::new(d, h))?) as Box<dyn Forward>, Box::new(nn::Relu::default()) as Box<dyn Forward>, Box::new(nn::Linear::new(&(&p / "layers") / "2", nn::LinearConfig::new(h, 1))?) as Box<dyn Forward>].into_iter().collect::<nn::Sequential>();
            Ok(Self { layers, training: true })
        }
    
        // def forward(self, x):
        //     
        fn forward(&self, x: &Tensor) -> atencion::Result<Tensor> {
            // return self.layers(x)
            return Ok(self.layers.forward(x)?);
        }
    }
    
    impl Forward for Net {
        fn forward(&self, input: &Tensor) -> atencion::Result<Tensor> {
            self.forward(input)
        }
    }
    
    pub fn run_all() -> atencion::Result<Vec<(&'static str, Tensor)>> {
        // import torch
        // import torch.nn as nn
        // import torch.optim as optim
        // torch.manual_seed(3)
        tch::manual_seed(3);
        // model = Net(4, 8)
        let mut model = Net::new(nn::Path::root(Device::Cpu), 4, 8)?;
        // x = torch.randn(16, 4)
        let x = Tensor::randn([16, 4], (Kind::Float, Device::Cpu));
        // y = x.sum(dim=1, keepdim=True)
        let y = x.sum_dim_intlist(1, true, None::<Kind>);
        // criterion = nn.MSELoss()
        let criterion = tch::Reduction::Mean;
        // optimizer = optim.AdamW(model.parameters(), lr=1e-2, weight_decay=0.1)
        let mut optimizer = atencion::optim::AdamW::new(model.parameters(), atencion::optim::AdamConfig { lr: 0.01, weight_decay: 0.1, ..atencion::optim::AdamW::defaults() })?;
        // losses = []
        let mut losses: Vec<f64> = vec![];
        // for epoch in range(5):
        for epoch in 0..5 {
            // optimizer.zero_grad()
            optimizer.zero_grad()?;
            // loss = criterion(model(x), y)
            let mut loss = model.forward(&x)?.mse_loss(&y, criterion);
            // loss.backward()
            loss.backward();
            // optimizer.step()
            optimizer.step()?;
            // losses.append(loss.item())
            losses.push(loss.double_value(&[]));
        }
        // print(f"{losses[-1]:.4f}")
        println!("{:.4}", losses[losses.len() - 1]);
        // last = torch.tensor(losses)
        let last = Tensor::from_slice(&losses).to_kind(Kind::Float);
        // model.eval()
        model.eval();
        // with torch.no_grad():
        let no_grad = tch::no_grad_guard();
        // after = model(x)
        let mut after = model.forward(&x)?;
        drop(no_grad);
        Ok(vec![
        ("after", after.shallow_clone()),
        ("last", last.shallow_clone()),
        ("x", x.shallow_clone()),
        ("y", y.shallow_clone()),
        ])
    }
}

pub mod training_function {
    use super::*;

    // class Classifier(nn.Module):
    //     
    nn::module! {
        struct Classifier {
            dropout: nn::Dropout,
            head: nn::Linear,
        }
    }
    
    impl Classifier {
        // def __init__(self, d, classes):
        //     
        fn new(p: nn::Path, d: i64, classes: i64) -> atencion::Result<Self> {
            // super().__init__()
            // self.dropout = nn.Dropout(0.2)
            let dropout = nn::Dropout::new(0.2)?;
            // self.head = nn.Linear(d, classes)
            let head = nn::Linear::new(&p / "head", nn::LinearConfig::new(d, classes))?;
            Ok(Self { dropout, head, training: true })
        }
    
        // def forward(self, x):
        //     
        fn forward(&self, x: &Tensor) -> atencion::Result<Tensor> {
            // return self.head(self.dropout(x))
            return Ok(self.head.forward(&self.dropout.forward(x)?)?);
        }
    }
    
    impl Forward for Classifier {
        fn forward(&self, input: &Tensor) -> atencion::Result<Tensor> {
            self.forward(input)
        }
    }
    
    // def train(model, optimizer, x, y, steps):
    //     
    fn train(model: &mut Classifier, optimizer: &mut atencion::optim::Adam, x: &Tensor, y: &Tensor, steps: i64) -> atencion::Result<f64> {
        // model.train()
        model.train(true);
        // total = 0.0
        let mut total = 0.0;
        // for step in range(steps):
        for step in 0..steps {
            // loss = F.cross_entropy(model(x), y)
            let mut loss = model.forward(x)?.cross_entropy_loss(y, None::<&Tensor>, tch::Reduction::Mean, -100, 0.0);
            // optimizer.zero_grad()
            optimizer.zero_grad()?;
            // loss.backward()
            loss.backward();
            // optimizer.step()
            optimizer.step()?;
            // total += loss.item()
            total += loss.double_value(&[]);
        }
        // return total / steps
        return Ok(total / (steps as f64));
    }
    
    pub fn run_all() -> atencion::Result<Vec<(&'static str, Tensor)>> {
        // import torch
        // import torch.nn as nn
        // import torch.nn.functional as F
        // torch.manual_seed(5)
        tch::manual_seed(5);
        // net = Classifier(6, 3)
        let mut net = Classifier::new(nn::Path::root(Device::Cpu), 6, 3)?;
        // x = torch.randn(10, 6)
        let x = Tensor::randn([10, 6], (Kind::Float, Device::Cpu));
        // y = torch.tensor([0, 1, 2, 0, 1, 2, 0, 1, 2, 0])
        let y = tensor![0, 1, 2, 0, 1, 2, 0, 1, 2, 0];
        // adam = torch.optim.Adam(net.parameters(), lr=0.05)
        let mut adam = atencion::optim::Adam::new(net.parameters(), atencion::optim::AdamConfig { lr: 0.05, ..Default::default() })?;
        // mean = train(net, adam, x, y, 4)
        let mean = train(&mut net, &mut adam, &x, &y, 4)?;
        // weight = net.head.weight.detach()
        let weight = net.head.weight.detach();
        // average = torch.full((1,), mean)
        let average = Tensor::full([1,], mean, (Kind::Float, Device::Cpu));
        Ok(vec![
        ("average", average.shallow_clone()),
        ("weight", weight.shallow_clone()),
        ("x", x.shallow_clone()),
        ("y", y.shallow_clone()),
        ])
    }
}

pub mod configuration {
    use super::*;

    #[derive(Debug, Clone)]
    struct Config {
        vocab_size: i64,
        emb_dim: i64,
        n_layers: i64,
        drop_rate: f64,
        qkv_bias: bool,
    }
    
    // class Block(nn.Module):
    //     
    nn::module! {
        struct Block {
            norm: nn::LayerNorm,
            ff: nn::Sequential,
            drop: nn::Dropout,
        }
    }
    
    impl Block {
        // def __init__(self, cfg):
        //     
        fn new(p: nn::Path, cfg: &Config) -> atencion::Result<Self> {
            // super().__init__()
            // self.norm = nn.LayerNorm(cfg["emb_dim"], eps=1e-6)
            let norm = nn::LayerNorm::new(&p / "norm", nn::LayerNormConfig { eps: 1e-6, ..nn::LayerNormConfig::new(&[cfg.emb_dim]) })?;
            // self.ff = nn.Sequential(
            //     nn.Linear(cfg["emb_dim"], 4 * cfg["emb_dim"], bias=cfg["qkv_bias"]),
            //     nn.GELU(),
            //     nn.Linear(4 * cfg["emb_dim"], cfg["emb_dim"]),
            // )
            let ff = [Box::new(nn::Linear::new(&(&p / "ff") / "0", nn::LinearConfig { bias: cfg.qkv_bias, ..nn::LinearConfig::new(cfg.emb_dim, 4 * cfg.emb_dim) })?) as Box<dyn Forward>, Box::new(nn::Gelu::default()) as Box<dyn Forward>, Box::new(nn::Linear::new(&(&p / "ff") / "2", nn::LinearConfig::new(4 * cfg.emb_dim, cfg.emb_dim))?) as Box<dyn Forward>].into_iter().collect::<nn::Sequential>();
            // self.drop = nn.Dropout(cfg["drop_rate"])
            let drop = nn::Dropout::new(cfg.drop_rate)?;
            Ok(Self { norm, ff, drop, training: true })
        }
    
        // def forward(self, x):
        //     
        fn forward(&self, x: &Tensor) -> atencion::Result<Tensor> {
            // return x + self.drop(self.ff(self.norm(x)))
            return Ok(x + self.drop.forward(&self.ff.forward(&self.norm.forward(x)?)?)?);
        }
    }
    
    impl Forward for Block {
        fn forward(&self, input: &Tensor) -> atencion::Result<Tensor> {
            self.forward(input)
        }
    }
    
    // class Model(nn.Module):
    //     
    nn::module! {
        struct Model {
            tok_emb: nn::Embedding,
            blocks: nn::Sequential,
            more: nn::ModuleList<Block>,
        }
    }
    
    impl Model {
        // def __init__(self, cfg):
        //     
        fn new(p: nn::Path, cfg: &Config) -> atencion::Result<Self> {
            // super().__init__()
            // self.tok_emb = nn.Embedding(cfg["vocab_size"], cfg["emb_dim"])
            let tok_emb = nn::Embedding::new(&p / "tok_emb", nn::EmbeddingConfig::new(cfg.vocab_size, cfg.emb_dim))?;
            // self.blocks = nn.Sequential(*[Block(cfg) for _ in range(cfg["n_layers"])])
            let blocks = {
                let mut made = Vec::new();
                for _unused in 0..cfg.n_layers {
                    made.push(Block::new(&(&p / "blocks") / made.len(), cfg)?);
                }
                made.into_iter()
            }.map(|layer| Box::new(layer) as Box<dyn Forward>).collect::<nn::Sequential>();
            // self.more = nn.ModuleList([Block(cfg) for _ in range(2)])
            let more = {
                let mut made = Vec::new();
                for _unused in 0..2 {
                    made.push(Block::new(&(&p / "more") / made.len(), cfg)?);
                }
                made.into_iter()
            }.collect::<nn::ModuleList<_>>();
            Ok(Self { tok_emb, blocks, more, training: true })
        }
    
        // def forward(self, ids):
        //     
        fn forward(&self, ids: &Tensor) -> atencion::Result<Tensor> {
            // x = self.blocks(self.tok_emb(ids))
            let mut x = self.blocks.forward(&self.tok_emb.forward(ids)?)?;
            // for block in self.more:
            for block in self.more.iter() {
                // x = block(x)
                x = block.forward(&x)?;
            }
            // return x
            return Ok(x.shallow_clone());
        }
    }
    
    impl Forward for Model {
        fn forward(&self, input: &Tensor) -> atencion::Result<Tensor> {
            self.forward(input)
        }
    }
    
    pub fn run_all() -> atencion::Result<Vec<(&'static str, Tensor)>> {
        // import torch
        // import torch.nn as nn
        // CONFIG = {
        //     "vocab_size": 20,
        //     "emb_dim": 8,
        //     "n_layers": 2,
        //     "drop_rate": 0.0,
        //     "qkv_bias": False,
        // }
        let config = Config { vocab_size: 20, emb_dim: 8, n_layers: 2, drop_rate: 0.0, qkv_bias: false };
        // torch.manual_seed(123)
        tch::manual_seed(123);
        // model = Model(CONFIG)
        let mut model = Model::new(nn::Path::root(Device::Cpu), &config)?;
        // ids = torch.tensor([[1, 2, 3], [4, 5, 6]])
        let ids = tensor![[1, 2, 3], [4, 5, 6]];
        // out = model(ids)
        let out = model.forward(&ids)?;
        // count = sum(p.numel() for p in model.parameters())
        let count = model.parameters().into_iter().map(|p| p.numel() as i64).collect::<Vec<_>>().iter().sum::<i64>();
        // total = torch.full((1,), count)
        let total = Tensor::full([1,], count, (Kind::Int64, Device::Cpu));
        Ok(vec![
        ("ids", ids.shallow_clone()),
        ("out", out.shallow_clone()),
        ("total", total.shallow_clone()),
        ])
    }
}

pub mod globals {
    use super::*;

    // def project(x):
    //     
    fn project(x: &Tensor, w: &Tensor, scale: f64) -> atencion::Result<Tensor> {
        // return x @ W * scale
        return Ok(x.matmul(w) * scale);
    }
    
    // def twice(x):
    //     
    fn twice(x: &Tensor, w: &Tensor, scale: f64) -> atencion::Result<Tensor> {
        // return project(project(x))
        return Ok(project(&project(x, w, scale)?, w, scale)?);
    }
    
    pub fn run_all() -> atencion::Result<Vec<(&'static str, Tensor)>> {
        // import torch
        // d_model = 6
        let d_model: i64 = 6;
        // scale = d_model ** -0.5
        let scale = (d_model as f64).powf(-0.5);
        // torch.manual_seed(2)
        tch::manual_seed(2);
        // W = torch.randn(d_model, d_model)
        let w = Tensor::randn([d_model, d_model], (Kind::Float, Device::Cpu));
        // x = torch.randn(3, d_model)
        let x = Tensor::randn([3, d_model], (Kind::Float, Device::Cpu));
        // y = twice(x)
        let y = twice(&x, &w, scale)?;
        Ok(vec![
        ("W", w.shallow_clone()),
        ("x", x.shallow_clone()),
        ("y", y.shallow_clone()),
        ])
    }
}

pub mod again {
    use super::*;

    // def softmax(x):
    //     
    fn softmax(x: &Tensor) -> atencion::Result<Tensor> {
        // return torch.exp(x) / torch.exp(x).sum()
        return Ok(x.exp() / x.exp().sum(None::<Kind>));
    }
    
    // def softmax(x):
    //     
    fn softmax_2(x: &Tensor) -> atencion::Result<Tensor> {
        // e = torch.exp(x - x.max())
        let e = (x - x.max()).exp();
        // return e / e.sum()
        return Ok(&e / e.sum(None::<Kind>));
    }
    
    pub fn run_all() -> atencion::Result<Vec<(&'static str, Tensor)>> {
        // import torch
        // x = torch.tensor([1.0, 2.0, 3.0])
        let x = tensor![1.0, 2.0, 3.0];
        // a = softmax(x)
        let a = softmax(&x)?;
        // b = softmax(x)
        let b = softmax_2(&x)?;
        Ok(vec![
        ("a", a.shallow_clone()),
        ("b", b.shallow_clone()),
        ("x", x.shallow_clone()),
        ])
    }
}

pub mod zipped {
    use super::*;

    pub fn run_all() -> atencion::Result<Vec<(&'static str, Tensor)>> {
        // import torch
        // names = ["q", "k", "v"]
        let names: Vec<String> = vec!["q".to_owned(), "k".to_owned(), "v".to_owned()];
        // sizes = [2, 3, 4]
        let sizes: Vec<i64> = vec![2, 3, 4];
        // tensors = [torch.ones(n) for n in sizes]
        let tensors = sizes.iter().copied().map(|n| Tensor::ones([n], (Kind::Float, Device::Cpu))).collect::<Vec<_>>();
        // total = 0
        let mut total = scalar!(0);
        let mut t = Tensor::new();
        // for name, size, t in zip(names, sizes, tensors):
        for ((name, size), t) in names.iter().map(String::as_str).into_iter().zip(sizes.iter().copied()).zip(&tensors) {
            // total += t.sum() * size
            total = &total + (t.sum(None::<Kind>) * size);
            // print(f"{name}: {size:>3d}")
            println!("{}: {:>3}", name, size);
        }
        // pairs = [a * b for a, b in zip(sizes, sizes)]
        let pairs: Vec<i64> = sizes.iter().copied().into_iter().zip(sizes.iter().copied()).map(|(a, b)| a * b).collect::<Vec<_>>();
        // even = [n for n in range(10) if n % 2 == 0]
        let even: Vec<i64> = {
            let mut made = Vec::new();
            for n in 0_i64..10 {
                if n.rem_euclid(2) == 0 {
                    made.push(n);
                }
            }
            made
        };
        // table = [[i * j for j in range(3)] for i in range(2)]
        let table: Vec<Vec<i64>> = (0..2).into_iter().map(|i| (0..3).into_iter().map(|j| i * j).collect::<Vec<_>>()).collect::<Vec<_>>();
        // p = torch.tensor(pairs)
        let p = Tensor::from_slice(&pairs);
        // e = torch.tensor(even)
        let e = Tensor::from_slice(&even);
        // t = torch.tensor(table)
        let t = Tensor::from_slice2(&table);
        // i = 0
        let mut i: i64 = 0;
        // while i < len(sizes):
        while i < sizes.len() as i64 {
            // total = total + i
            total = &total + i;
            // i += 1
            i += 1;
        }
        Ok(vec![
        ("e", e.shallow_clone()),
        ("p", p.shallow_clone()),
        ("t", t.shallow_clone()),
        ("total", total.shallow_clone()),
        ])
    }
}

pub mod words {
    use super::*;

    pub fn run_all() -> atencion::Result<Vec<(&'static str, Tensor)>> {
        // import torch
        // import torch.nn as nn
        // sentence = "the cat sat on the mat"
        let sentence = "the cat sat on the mat";
        // words = sentence.split()
        let words = sentence.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        // vocab = {"the": 0, "cat": 1, "sat": 2, "on": 3, "mat": 4}
        let vocab = std::collections::HashMap::from([("the".to_owned(), 0), ("cat".to_owned(), 1), ("sat".to_owned(), 2), ("on".to_owned(), 3), ("mat".to_owned(), 4)]);
        // ids = [vocab[w] for w in words]
        let ids: Vec<i64> = words.iter().map(String::as_str).map(|w| vocab[w]).collect::<Vec<_>>();
        // back = {i: w for w, i in vocab.items()}
        let back = {
            let mut made = std::collections::HashMap::new();
            for (w, i) in vocab.iter().map(|(key, value)| (key.clone(), value.clone())) {
                made.insert(i, w.clone());
            }
            made
        };
        // first = back[ids[0]]
        let first = back[&ids[0]].clone();
        // print(first, len(words))
        println!("{} {}", first, words.len() as i64);
        // torch.manual_seed(0)
        tch::manual_seed(0);
        // emb = nn.Embedding(len(vocab), 4)
        let emb = nn::Embedding::new(nn::Path::root(Device::Cpu), nn::EmbeddingConfig::new(vocab.len() as i64, 4))?;
        // x = emb(torch.tensor(ids))
        let x = emb.forward(&Tensor::from_slice(&ids))?;
        // w = torch.softmax(x @ x.T / 4 ** 0.5, dim=-1)
        let w = (x.matmul(&x.tr()) / 4.0_f64.powf(0.5)).softmax(-1, None::<Kind>);
        // z = w @ x
        let z = w.matmul(&x);
        Ok(vec![
        ("w", w.shallow_clone()),
        ("x", x.shallow_clone()),
        ("z", z.shallow_clone()),
        ])
    }
}

pub mod torch_multihead {
    use super::*;

    pub fn run_all() -> atencion::Result<Vec<(&'static str, Tensor)>> {
        // import torch
        // import torch.nn as nn
        // torch.manual_seed(1)
        tch::manual_seed(1);
        // mha = nn.MultiheadAttention(8, 2, batch_first=True)
        let mut mha = nn::MultiheadAttention::new(nn::Path::root(Device::Cpu), nn::MultiheadAttentionConfig { batch_first: true, ..nn::MultiheadAttentionConfig::new(8, 2) })?;
        // mha.eval()
        mha.eval();
        // x = torch.randn(2, 5, 8)
        let x = Tensor::randn([2, 5, 8], (Kind::Float, Device::Cpu));
        // out, weights = mha(x, x, x)
        let (out, weights) = {
            let (output, weights) = mha.forward(&x, &x, &x)?;
            (output, weights.unwrap_or_else(Tensor::new))
        };
        // mask = torch.triu(torch.ones(5, 5), diagonal=1).bool()
        let mask = Tensor::ones([5, 5], (Kind::Float, Device::Cpu)).triu(1).to_kind(Kind::Bool);
        // causal, _ = mha(x, x, x, attn_mask=mask, need_weights=False)
        let (causal, _unused) = mha.forward_with(&x, &x, &x, &nn::MultiheadAttentionArgs { need_weights: false, attn_mask: Some(&mask), ..Default::default() })?;
        Ok(vec![
        ("causal", causal.shallow_clone()),
        ("mask", mask.shallow_clone()),
        ("out", out.shallow_clone()),
        ("weights", weights.shallow_clone()),
        ("x", x.shallow_clone()),
        ])
    }
}

pub mod buffers {
    use super::*;

    // class Causal(nn.Module):
    //     
    nn::module! {
        struct Causal {
            d_out: i64,
            w_query: nn::Linear,
            w_key: nn::Linear,
            w_value: nn::Linear,
            dropout: nn::Dropout,
            mask: nn::Buffer,
        }
    }
    
    impl Causal {
        // def __init__(self, d_in, d_out, context, dropout=0.0, qkv_bias=False):
        //     
        fn new(p: nn::Path, d_in: i64, d_out: i64, context: i64, dropout: f64, qkv_bias: bool) -> atencion::Result<Self> {
            // super().__init__()
            // self.d_out = d_out
            let d_out: i64 = d_out;
            // self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
            let w_query = nn::Linear::new(&p / "W_query", nn::LinearConfig { bias: qkv_bias, ..nn::LinearConfig::new(d_in, d_out) })?;
            // self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
            let w_key = nn::Linear::new(&p / "W_key", nn::LinearConfig { bias: qkv_bias, ..nn::LinearConfig::new(d_in, d_out) })?;
            // self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
            let w_value = nn::Linear::new(&p / "W_value", nn::LinearConfig { bias: qkv_bias, ..nn::LinearConfig::new(d_in, d_out) })?;
            // self.dropout = nn.Dropout(dropout)
            let own_dropout = nn::Dropout::new(dropout)?;
            // self.register_buffer("mask", torch.triu(torch.ones(context, context), diagonal=1))
            let mask = nn::Buffer { value: Tensor::ones([context, context], (Kind::Float, Device::Cpu)).triu(1), persistent: true };
            Ok(Self { d_out, w_query, w_key, w_value, dropout: own_dropout, mask, training: true })
        }
    
        // def forward(self, x):
        //     
        fn forward(&self, x: &Tensor) -> atencion::Result<Tensor> {
            // b, num_tokens, d_in = x.shape
            let (b, num_tokens, d_in) = x.size3()?;
            // keys = self.W_key(x)
            let keys = self.w_key.forward(x)?;
            // queries = self.W_query(x)
            let queries = self.w_query.forward(x)?;
            // values = self.W_value(x)
            let values = self.w_value.forward(x)?;
            // attn_scores = queries @ keys.transpose(1, 2)
            let mut attn_scores = queries.matmul(&keys.transpose(1, 2));
            // attn_scores.masked_fill_(self.mask.bool()[:num_tokens, :num_tokens], -torch.inf)
            let _ = attn_scores.masked_fill_(&self.mask.value.to_kind(Kind::Bool).slice(0, None::<i64>, num_tokens, 1).slice(1, None::<i64>, num_tokens, 1), -f64::INFINITY);
            // attn_weights = torch.softmax(attn_scores / keys.shape[-1] ** 0.5, dim=-1)
            let attn_weights = (&attn_scores / (keys.size()[keys.dim() - 1] as f64).powf(0.5)).softmax(-1, None::<Kind>);
            // return self.dropout(attn_weights) @ values
            return Ok(self.dropout.forward(&attn_weights)?.matmul(&values));
        }
    }
    
    impl Forward for Causal {
        fn forward(&self, input: &Tensor) -> atencion::Result<Tensor> {
            self.forward(input)
        }
    }
    
    pub fn run_all() -> atencion::Result<Vec<(&'static str, Tensor)>> {
        // import torch
        // import torch.nn as nn
        // torch.manual_seed(123)
        tch::manual_seed(123);
        // x = torch.rand(2, 6, 3)
        let x = Tensor::rand([2, 6, 3], (Kind::Float, Device::Cpu));
        // attn = Causal(3, 2, 6)
        let mut attn = Causal::new(nn::Path::root(Device::Cpu), 3, 2, 6, 0.0, false)?;
        // y = attn(x)
        let y = attn.forward(&x)?;
        Ok(vec![
        ("x", x.shallow_clone()),
        ("y", y.shallow_clone()),
        ])
    }
}

pub mod reset {
    use super::*;

    // class Attention(nn.Module):
    //     
    nn::module! {
        struct Attention {
            qkv: nn::Linear,
            gain: Tensor,
        }
    }
    
    impl Attention {
        // def __init__(self, d):
        //     
        fn new(p: nn::Path, d: i64) -> atencion::Result<Self> {
            // super().__init__()
            // self.qkv = nn.Linear(d, 3 * d)
            let qkv = nn::Linear::new(&p / "qkv", nn::LinearConfig::new(d, 3 * d))?;
            // self.gain = torch.nn.Parameter(torch.ones(d), requires_grad=True)
            let gain = Tensor::ones([d], (Kind::Float, Device::Cpu)).set_requires_grad(true);
            let made = Self { qkv, gain, training: true };
            // self._reset_parameters()
            made.reset_parameters()?;
            Ok(made)
        }
    
        // def _reset_parameters(self):
        //     
        fn reset_parameters(&self) -> atencion::Result<()> {
            // nn.init.xavier_uniform_(self.qkv.weight)
            nn::init::xavier_uniform_(&self.qkv.weight)?;
            // self.qkv.bias.data.fill_(0)
            let _ = self.qkv.bias.as_ref().unwrap().detach().fill_(0);
            Ok(())
        }
    
        // def scores(self, q, k):
        //     
        fn scores(&self, q: &Tensor, k: &Tensor) -> atencion::Result<Tensor> {
            // return q @ k.transpose(-2, -1) / q.size(-1) ** 0.5
            return Ok(q.matmul(&k.transpose(-2, -1)) / (q.size()[q.dim() - 1] as f64).powf(0.5));
        }
    
        // def forward(self, x, mask=None, return_weights=False):
        //     
        fn forward(&self, x: &Tensor, mask: Option<&Tensor>, return_weights: bool) -> atencion::Result<(Tensor, Tensor)> {
            // q, k, v = self.qkv(x).chunk(3, dim=-1)
            let [q, k, v]: [Tensor; 3] = self.qkv.forward(x)?.chunk(3, -1).try_into().expect("3 tensors");
            // scores = self.scores(q, k)
            let mut scores = self.scores(&q, &k)?;
            // if mask is not None:
            if let Some(mask) = mask {
                // scores = scores.masked_fill(mask == 0, -9e15)
                scores = scores.masked_fill(&mask.eq(0), -9000000000000000.0);
            }
            // w = torch.softmax(scores, dim=-1)
            let w = scores.softmax(-1, None::<Kind>);
            // return w @ v * self.gain, w
            return Ok((w.matmul(&v) * &self.gain, w.shallow_clone()));
        }
    }
    
    pub fn run_all() -> atencion::Result<Vec<(&'static str, Tensor)>> {
        // import torch
        // import torch.nn as nn
        // torch.manual_seed(8)
        tch::manual_seed(8);
        // model = Attention(4)
        let mut model = Attention::new(nn::Path::root(Device::Cpu), 4)?;
        // x = torch.randn(2, 3, 4)
        let x = Tensor::randn([2, 3, 4], (Kind::Float, Device::Cpu));
        // y, w = model(x)
        let (y, w) = model.forward(&x, None, false)?;
        // mask = torch.tril(torch.ones(3, 3))
        let mask = Tensor::ones([3, 3], (Kind::Float, Device::Cpu)).tril(0);
        // masked, _ = model(x, mask=mask)
        let (masked, _unused) = model.forward(&x, Some(&mask), false)?;
        Ok(vec![
        ("_", _unused.shallow_clone()),
        ("mask", mask.shallow_clone()),
        ("masked", masked.shallow_clone()),
        ("w", w.shallow_clone()),
        ("x", x.shallow_clone()),
        ("y", y.shallow_clone()),
        ])
    }
}

pub mod numpy_seeded {
    use super::*;

    pub fn run_all() -> atencion::Result<Vec<(&'static str, Tensor)>> {
        // import numpy as np
        // np.random.seed(42)
        // X = np.random.rand(3, 4)
        let x = Tensor::from_slice(&[0.3745401188473625, 0.9507143064099162, 0.7319939418114051, 0.5986584841970366, 0.15601864044243652, 0.15599452033620265, 0.05808361216819946, 0.8661761457749352, 0.6011150117432088, 0.7080725777960455, 0.020584494295802447, 0.9699098521619943]).reshape([3, 4]);
        // W = np.random.randn(4, 2)
        let w = Tensor::from_slice(&[-0.4694743859349521, 0.5425600435859647, -0.46341769281246226, -0.46572975357025687, 0.24196227156603412, -1.913280244657798, -1.7249178325130328, -0.5622875292409727]).reshape([4, 2]);
        // Q = X @ W
        let q = x.matmul(&w);
        // scores = Q @ Q.T / np.sqrt(2)
        let scores = q.matmul(&q.tr()) / 2.0_f64.sqrt();
        // e = np.exp(scores - scores.max(axis=1, keepdims=True))
        let e = (&scores - scores.amax(1, true)).to_kind(Kind::Double).exp();
        // weights = e / e.sum(axis=1, keepdims=True)
        let weights = &e / e.sum_dim_intlist(1, true, None::<Kind>);
        Ok(vec![
        ("Q", q.shallow_clone()),
        ("W", w.shallow_clone()),
        ("X", x.shallow_clone()),
        ("e", e.shallow_clone()),
        ("scores", scores.shallow_clone()),
        ("weights", weights.shallow_clone()),
        ])
    }
}

pub mod choices {
    use super::*;

    // def pick(x, double=True, how="sum"):
    //     
    fn pick(x: &Tensor, double: bool, how: &str) -> atencion::Result<Tensor> {
        // factor = 2 if double else 1
        let factor = if double { 2 } else { 1 };
        let mut out = Tensor::new();
        // if how == "sum":
        if how == "sum" {
            // out = x.sum() * factor
            out = x.sum(None::<Kind>) * factor;
        } else {
            // out = x.mean() * factor
            out = x.mean(None::<Kind>) * factor;
        }
        // return out
        return Ok(out.shallow_clone());
    }
    
    fn square(t: &Tensor) -> atencion::Result<Tensor> {
        // square = lambda t: t * t
        return Ok(t * t);
    }
    
    pub fn run_all() -> atencion::Result<Vec<(&'static str, Tensor)>> {
        // import torch
        // device = "cuda" if torch.cuda.is_available() else "cpu"
        let device = "cpu";
        // x = torch.arange(4.0).to(device)
        let x = Tensor::arange(4.0, (Kind::Float, Device::Cpu));
        // a = pick(x)
        let a = pick(&x, true, "sum")?;
        // b = pick(x, double=False, how="mean")
        let b = pick(&x, false, "mean")?;
        // square = lambda t: t * t
        // c = square(x)
        let c = square(&x)?;
        let mut d = Tensor::new();
        let mut size = String::new();
        // if x.shape[0] > 3:
        if x.size()[0] > 3 {
            // size = "long"
            size = "long".to_owned();
            // d = x + 1
            d = &x + 1;
        } else {
            // size = "short"
            // d = x - 1
            // not ported: this was never reached
            Err(atencion::Error::value("this was never reached"))?;
        }
        // e = d * 2
        let e = &d * 2;
        // print(size)
        println!("{}", size);
        Ok(vec![
        ("a", a.shallow_clone()),
        ("b", b.shallow_clone()),
        ("c", c.shallow_clone()),
        ("d", d.shallow_clone()),
        ("e", e.shallow_clone()),
        ("x", x.shallow_clone()),
        ])
    }
}

pub mod running {
    use super::*;

    pub fn run_all() -> atencion::Result<Vec<(&'static str, Tensor)>> {
        // import torch
        // x = torch.arange(6.0).reshape(3, 2)
        let x = Tensor::arange(6.0, (Kind::Float, Device::Cpu)).reshape([3, 2]);
        // res = 0.
        let mut res = scalar!(0.0);
        let mut row = Tensor::new();
        // for row in x:
        for row in x.unbind(0) {
            // res += row.sum()
            res = &res + row.sum(None::<Kind>);
        }
        // best = x[0]
        let mut best = x.select(0, 0);
        // for row in x:
        for row in x.unbind(0) {
            // if row.sum() > 4:
            if row.sum(None::<Kind>).double_value(&[]) > 4.0 {
                // best = row
                best = row.shallow_clone();
                // break
                break;
            }
        }
        // steps = []
        let mut steps: Vec<i64> = vec![];
        // n = 5
        let mut n: i64 = 5;
        // while n > 0:
        while n > 0 {
            // steps.append(n)
            steps.push(n);
            // n -= 2
            n -= 2;
        }
        // s = torch.tensor(steps)
        let s = Tensor::from_slice(&steps);
        Ok(vec![
        ("best", best.shallow_clone()),
        ("res", res.shallow_clone()),
        ("s", s.shallow_clone()),
        ("x", x.shallow_clone()),
        ])
    }
}

pub mod numpy_mixed {
    use super::*;

    pub fn run_all() -> atencion::Result<Vec<(&'static str, Tensor)>> {
        // import numpy as np
        // x = np.array([[1.0, 0.0, 1.0], [0.0, 2.0, 0.5]])
        let x = Tensor::from_slice2(&[[1.0, 0.0, 1.0], [0.0, 2.0, 0.5]]);
        // w = np.array([[1, 0], [0, 1], [1, 1]])
        let w = Tensor::from_slice2(&[[1_i64, 0_i64], [0_i64, 1_i64], [1_i64, 1_i64]]);
        // q = x @ w
        let q = x.matmul(&w.to_kind(Kind::Double));
        // k = np.matmul(x, w)
        let k = x.matmul(&w.to_kind(Kind::Double));
        // scores = q @ k.T
        let scores = q.matmul(&k.tr());
        Ok(vec![
        ("k", k.shallow_clone()),
        ("q", q.shallow_clone()),
        ("scores", scores.shallow_clone()),
        ("w", w.shallow_clone()),
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
    ("optimiser", optimiser::run_all),
    ("training_function", training_function::run_all),
    ("configuration", configuration::run_all),
    ("globals", globals::run_all),
    ("again", again::run_all),
    ("zipped", zipped::run_all),
    ("words", words::run_all),
    ("torch_multihead", torch_multihead::run_all),
    ("buffers", buffers::run_all),
    ("reset", reset::run_all),
    ("numpy_seeded", numpy_seeded::run_all),
    ("choices", choices::run_all),
    ("running", running::run_all),
    ("numpy_mixed", numpy_mixed::run_all),
];
