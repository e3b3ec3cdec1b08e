//! Masks.

use tch::{Device, Kind, Tensor};

use super::phrases;
use atencion::attention::{Sdpa, scaled_dot_product_attention};

const SOURCE: &str = include_str!("masks.rs");

phrases! {
    causal_mask() {
        // torch.ones(4, 4, dtype=torch.bool).tril()
        Tensor::ones([4, 4], (Kind::Bool, Device::Cpu)).tril(0)
    }

    causal_mask_to_add() {
        // torch.full((3, 3), float("-inf")).triu(1)
        let float = (Kind::Float, Device::Cpu);
        Tensor::full([3, 3], f64::NEG_INFINITY, float).triu(1)
    }

    masked_fill(x, mask) {
        // x.masked_fill(~mask, float("-inf"))
        x.masked_fill(&mask.logical_not(), f64::NEG_INFINITY)
    }

    masked_softmax(x, mask) {
        // x.masked_fill(~mask, float("-inf")).softmax(-1)
        let hidden = mask.logical_not();
        x.masked_fill(&hidden, f64::NEG_INFINITY).softmax(-1, None)
    }

    padding_mask() {
        // lengths = torch.tensor([2, 3])
        // torch.arange(3) < lengths[:, None]
        let lengths = Tensor::from_slice(&[2i64, 3]);
        let places = Tensor::arange(3, (Kind::Int64, Device::Cpu));
        places.lt_tensor(&lengths.unsqueeze(1))
    }

    attention_with_mask(query, key, value) {
        // mask = torch.ones(4, 4, dtype=torch.bool).tril()
        // F.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        let mask = Tensor::ones([4, 4], (Kind::Bool, Device::Cpu)).tril(0);
        Tensor::scaled_dot_product_attention(
            &query, &key, &value, Some(mask), 0.0, false, None, false,
        )
    }

    causal_attention(query, key, value) {
        // F.scaled_dot_product_attention(query, key, value,
        //                                is_causal=True)
        let no_mask = None::<Tensor>;
        Tensor::scaled_dot_product_attention(
            &query, &key, &value, no_mask, 0.0, true, None, false,
        )
    }

    same_names_as_torch(query, key, value) {
        // F.scaled_dot_product_attention(query, key, value,
        //                                is_causal=True, scale=0.5)
        let options = Sdpa {
            is_causal: true,
            scale: Some(0.5),
            ..Sdpa::default()
        };
        scaled_dot_product_attention(&query, &key, &value, &options)?
    }
}
