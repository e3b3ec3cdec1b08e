//! Indexing and slicing.

use tch::{IndexOp, NewAxis, Tensor};

use super::phrases;

const SOURCE: &str = include_str!("indexing.rs");

phrases! {
    first_row(x) {
        // x[0]
        x.i(0)
    }

    one_element(x) {
        // x[0, 1]
        x.i((0, 1))
    }

    last_row(x) {
        // x[-1]
        x.i(-1)
    }

    one_column(x) {
        // x[:, 1]
        x.i((.., 1))
    }

    slice_of_columns(x) {
        // x[:, 1:3]
        x.i((.., 1..3))
    }

    all_but_the_last(v) {
        // v[:-1]
        v.i(..v.size()[0] - 1)
    }

    steps(x) {
        // x[:, ::2]
        x.slice(1, None, None, 2)
    }

    backwards(v) {
        // v.flip(0)
        v.flip([0])
    }

    new_axis(x) {
        // x[:, None]
        x.i((.., NewAxis))
    }

    ellipsis(t) {
        // t[..., 0]
        t.select(-1, 0)
    }

    ellipsis_slice(t) {
        // t[..., 1:3]
        t.slice(-1, 1, 3, 1)
    }

    index_rows(x, index) {
        // x[index]
        x.i(&index)
    }

    index_columns(x) {
        // x[:, [2, 0]]
        x.i((.., vec![2, 0]))
    }

    index_pairs(x, n, target) {
        // x[torch.arange(2), target]
        let rows = Tensor::arange(2, (n.kind(), n.device()));
        x.index(&[Some(rows), Some(target)])
    }

    boolean_mask(x, mask) {
        // x[mask]
        x.masked_select(&mask)
    }

    boolean_mask_of_rows(x) {
        // x[x[:, 0] > 2]
        x.index(&[Some(x.i((.., 0)).gt(2))])
    }

    gather(x, target) {
        // x.gather(1, target[:, None])
        x.gather(1, &target.unsqueeze(1), false)
    }

    index_select(x, index) {
        // torch.index_select(x, 0, index)
        x.index_select(0, &index)
    }

    where_else(x, y, mask) {
        // torch.where(mask, x, y)
        x.where_self(&mask, &y)
    }

    where_else_a_number(x) {
        // torch.where(x > 0, x, 0.0)
        x.where_scalarother(&x.gt(0), 0.0)
    }

    nonzero(mask) {
        // mask.nonzero()
        mask.nonzero()
    }

    assign_a_row(x) {
        // x[0] = 7
        // x
        let _ = x.i(0).fill_(7);
        x
    }

    assign_a_slice(x, y) {
        // x[:, :2] = y[:, 1:]
        // x
        x.i((.., ..2)).copy_(&y.i((.., 1..)));
        x
    }

    assign_by_mask(x, mask) {
        // x[mask] = 0
        // x
        let _ = x.masked_fill_(&mask, 0);
        x
    }

    topk(x) {
        // values, places = x.topk(2)
        // values, places
        let (values, places) = x.topk(2, -1, true, true);
        (values, places)
    }
}
