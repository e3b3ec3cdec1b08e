//! Reductions.

use tch::Kind;

use super::phrases;

const SOURCE: &str = include_str!("reductions.rs");

phrases! {
    sum(x) {
        // x.sum()
        x.sum(None)
    }

    sum_dim(x) {
        // x.sum(dim=-1, keepdim=True)
        x.sum_dim_intlist(-1, true, None)
    }

    sum_dims(t) {
        // t.sum((0, 2))
        t.sum_dim_intlist(&[0i64, 2][..], false, None)
    }

    mean(x) {
        // x.mean()
        x.mean(None)
    }

    mean_of_integers(n) {
        // n.float().mean()
        n.mean(Kind::Float)
    }

    mean_dim(x) {
        // x.mean(dim=0)
        x.mean_dim(0, false, None)
    }

    maximum_of_all(x) {
        // x.max()
        x.max()
    }

    maximum_dim(x) {
        // values, places = x.max(dim=1)
        // values, places
        let (values, places) = x.max_dim(1, false);
        (values, places)
    }

    argmax(x) {
        // x.argmax(dim=-1)
        x.argmax(-1, false)
    }

    variance(x) {
        // x.var(dim=-1)
        x.var_dim(-1, true, false)
    }

    variance_biased(x) {
        // x.var(dim=-1, unbiased=False, keepdim=True)
        x.var_dim(-1, false, true)
    }

    standard_deviation(x) {
        // x.std()
        x.std(true)
    }

    norm(x) {
        // x.norm()
        x.norm()
    }

    cumulative_sum(x) {
        // x.cumsum(dim=1)
        x.cumsum(1, None)
    }

    product(v) {
        // v.prod()
        v.prod(None)
    }

    any_and_all(mask) {
        // mask.any(), mask.all()
        (mask.any(), mask.all())
    }

    count_true(mask) {
        // mask.sum().item()
        mask.sum(None).int64_value(&[])
    }

    sort(n) {
        // values, places = n.sort(descending=True)
        // values, places
        let (values, places) = n.sort(-1, true);
        (values, places)
    }

    argsort(x) {
        // x.argsort(dim=-1)
        x.argsort(-1, false)
    }
}
