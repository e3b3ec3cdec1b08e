//! Matrix multiplication and einsum.

use tch::Tensor;

use super::phrases;

const SOURCE: &str = include_str!("matmul.rs");

phrases! {
    matmul(x, y) {
        // x @ y.T
        x.matmul(&y.tr())
    }

    matmul_of_batches(query, key) {
        // query @ key.transpose(-2, -1)
        query.matmul(&key.transpose(-2, -1))
    }

    matrix_times_vector(x, v) {
        // x @ v
        x.matmul(&v)
    }

    dot(v) {
        // torch.dot(v, v)
        v.dot(&v)
    }

    outer(v, w) {
        // torch.outer(v, w)
        v.outer(&w)
    }

    bmm(t) {
        // torch.bmm(t, t.transpose(1, 2))
        t.bmm(&t.transpose(1, 2))
    }

    einsum(query, key) {
        // torch.einsum("bhqd,bhkd->bhqk", query, key)
        Tensor::einsum("bhqd,bhkd->bhqk", &[query, key], None::<i64>)
    }

    linear(x, weight, bias) {
        // F.linear(x, weight, bias)
        x.linear(&weight, Some(&bias))
    }

    attention_scores(query, key) {
        // query @ key.transpose(-2, -1) / math.sqrt(query.size(-1))
        let d_k = query.size()[3] as f64;
        query.matmul(&key.transpose(-2, -1)) / d_k.sqrt()
    }

    attention(query, key, value) {
        // F.scaled_dot_product_attention(query, key, value)
        let no_mask = None::<Tensor>;
        Tensor::scaled_dot_product_attention(
            &query, &key, &value, no_mask, 0.0, false, None, false,
        )
    }
}
