//! Traps: where a line that looks right is not.

use tch::nn::{self, Init};
use tch::{Device, IndexOp, Kind, Tensor};

use super::phrases;
use atencion::StateDict;

const SOURCE: &str = include_str!("traps.rs");

phrases! {
    softmax_wants_a_kind(x) {
        // x.softmax(-1)
        x.softmax(-1, None::<Kind>)
    }

    none_wants_a_type(x, v) {
        // F.layer_norm(x, (3,), weight=None, bias=v)
        x.layer_norm([3], None::<Tensor>, Some(v), 1e-5, true)
    }

    scalar_types(n) {
        // n + 1.5
        &n + 1.5
    }

    in_place_keeps_the_kind(n) {
        // n.add_(2)
        n.g_add_scalar_(2)
    }

    errors_with_numbers(n) {
        // try:
        //     n.add_(0.5)
        //     failed = False
        // except RuntimeError:
        //     failed = True
        // failed
        let half = Tensor::from(0.5);
        n.f_add_(&half).is_err()
    }

    in_place_names(x, y) {
        // x.add_(y).mul_(2)
        x.g_add_(&y).g_mul_scalar_(2)
    }

    operators_move(x, y) {
        // z = x + y
        // z + x
        let z = &x + y;
        z + x
    }

    shallow_clone(x) {
        // alias = x
        // alias.zero_()
        // x
        let mut alias = x.shallow_clone();
        let _ = alias.zero_();
        x
    }

    a_view_shares_storage(x) {
        // x[0].zero_()
        // x
        let _ = x.i(0).zero_();
        x
    }

    threads_take_tensors(x) {
        // with ThreadPoolExecutor() as pool:
        //     total = pool.submit(x.sum).result()
        // total
        let mine = x.shallow_clone();
        let total = std::thread::spawn(move || mine.sum(None)).join();
        total.expect("no panic")
    }

    a_number_over_a_tensor(v) {
        // 3 / v
        v.reciprocal() * 3
    }

    equality_of_tensors(x) {
        // torch.equal(x, x.clone())
        x == x.copy()
    }

    transpose_of_batches(t) {
        // t.mT
        t.transpose(-2, -1)
    }

    masks_of_modules(query, key, value) {
        // hidden = torch.ones(4, 4, dtype=torch.bool).triu(1)
        // F.scaled_dot_product_attention(query, key, value,
        //                                attn_mask=~hidden)
        let hidden = Tensor::ones([4, 4], (Kind::Bool, Device::Cpu)).triu(1);
        let may_look = Some(hidden.logical_not());
        Tensor::scaled_dot_product_attention(
            &query, &key, &value, may_look, 0.0, false, None, false,
        )
    }

    causal_with_a_cache(query, key, value) {
        // last = query[:, :, -1:]
        // F.scaled_dot_product_attention(last, key, value)
        let last = query.narrow(2, 3, 1);
        Tensor::scaled_dot_product_attention(
            &last, &key, &value, None::<Tensor>, 0.0, false, None, false,
        )
    }

    causal_of_the_last_two(query, key, value) {
        // mask = torch.ones(2, 4, dtype=torch.bool).tril(4 - 2)
        // F.scaled_dot_product_attention(query[:, :, 2:], key, value,
        //                                attn_mask=mask)
        let ones = Tensor::ones([2, 4], (Kind::Bool, Device::Cpu));
        let mask = ones.tril(4 - 2);
        let last = query.narrow(2, 2, 2);
        Tensor::scaled_dot_product_attention(
            &last, &key, &value, Some(mask), 0.0, false, None, false,
        )
    }

    dropout_in_attention(query, key, value) {
        // training = False
        // F.scaled_dot_product_attention(query, key, value,
        //                                dropout_p=0.1 if training else 0.0)
        let training = false;
        let dropout_p = if training { 0.1 } else { 0.0 };
        let no_mask = None::<Tensor>;
        Tensor::scaled_dot_product_attention(
            &query, &key, &value, no_mask, dropout_p, false, None, false,
        )
    }

    initialisation_of_linear() {
        // torch.manual_seed(0)
        // nn.Linear(3, 2, bias=False).weight
        tch::manual_seed(0);
        let vs = nn::VarStore::new(Device::Cpu);
        let bound = 1.0 / 3f64.sqrt();
        let config = nn::LinearConfig {
            ws_init: Init::Uniform { lo: -bound, up: bound },
            bs_init: None,
            bias: false,
        };
        nn::linear(vs.root(), 3, 2, config).ws
    }

    loading_checks_nothing(x, v, folder) {
        // save_file({"w": v}, folder / "w.safetensors")
        // w = load_file(folder / "w.safetensors")["w"]
        // w.shape == x.shape
        let file = folder.path().join("w.safetensors");
        Tensor::write_safetensors(&[("w", &v)], &file)?;
        let w = StateDict::load(&file)?;
        w.get("w").map(|w| w.size()) == Some(x.size())
    }

    kind_of_a_float_literal() {
        // torch.tensor([0.1]).dtype
        Tensor::from_slice(&[0.1f32]).kind()
    }

    dropping_a_gradient(w) {
        // (w * 2).sum().backward()
        // w.grad = None
        // (w * 5).sum().backward()
        // w.grad
        (&w * 2).sum(None).backward();
        w.zero_grad();
        (&w * 5).sum(None).backward();
        w.grad()
    }
}
