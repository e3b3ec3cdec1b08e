//! dtype (tch: kind) and numbers out of tensors.

use tch::Kind;

use super::phrases;

const SOURCE: &str = include_str!("dtypes.rs");

phrases! {
    dtype(x) {
        // x.dtype
        x.kind()
    }

    to_double(x) {
        // x.to(torch.float64)
        x.to_kind(Kind::Double)
    }

    to_float(n) {
        // n.float()
        n.to_kind(Kind::Float)
    }

    to_long(x) {
        // x.long()
        x.to_kind(Kind::Int64)
    }

    to_half(x) {
        // x.half()
        x.to_kind(Kind::Half)
    }

    to_bool(x) {
        // (x > 0).float()
        x.gt(0).to_kind(Kind::Float)
    }

    type_as(x, n) {
        // n.type_as(x)
        n.type_as(&x)
    }

    item(x) {
        // x[0, 1].item()
        x.double_value(&[0, 1])
    }

    item_of_integers(n) {
        // n[1, 0].item()
        n.int64_value(&[1, 0])
    }

    tolist(v) {
        // v.tolist()
        Vec::<f64>::try_from(v)?
    }

    tolist_of_lists(n) {
        // n.tolist()
        Vec::<Vec<i64>>::try_from(&n)?
    }
}
