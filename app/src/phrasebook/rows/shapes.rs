//! Shape and views.

use tch::Tensor;

use super::phrases;

const SOURCE: &str = include_str!("shapes.rs");

phrases! {
    shape(t) {
        // t.shape
        t.size()
    }

    one_size(t) {
        // t.size(-1)
        t.size()[t.dim() - 1]
    }

    unpack_shape(t) {
        // b, l, e = t.shape
        // b * l * e
        let (b, l, e) = t.size3()?;
        b * l * e
    }

    dim(t) {
        // t.dim()
        t.dim()
    }

    numel(t) {
        // t.numel()
        t.numel()
    }

    view(x) {
        // x.view(3, 2)
        x.view([3, 2])
    }

    view_minus_one(t) {
        // t.view(2, -1)
        t.view([2, -1])
    }

    reshape(t) {
        // t.transpose(0, 1).reshape(6, 4)
        t.transpose(0, 1).reshape([6, 4])
    }

    transpose(t) {
        // t.transpose(-2, -1)
        t.transpose(-2, -1)
    }

    matrix_transpose(x) {
        // x.T
        x.tr()
    }

    permute(t) {
        // t.permute(2, 0, 1)
        t.permute([2, 0, 1])
    }

    contiguous(x) {
        // x.T.contiguous().view(-1)
        x.tr().contiguous().view(-1)
    }

    is_contiguous(x) {
        // x.T.is_contiguous()
        x.tr().is_contiguous()
    }

    unsqueeze(x) {
        // x.unsqueeze(1)
        x.unsqueeze(1)
    }

    squeeze(x) {
        // x[:1].squeeze(0)
        x.narrow(0, 0, 1).squeeze_dim(0)
    }

    flatten(t) {
        // t.flatten(1)
        t.flatten(1, -1)
    }

    expand(v) {
        // v.expand(2, 3)
        v.expand([2, 3], false)
    }

    expand_minus_one(x) {
        // x[:, None].expand(-1, 4, -1)
        x.unsqueeze(1).expand([-1, 4, -1], false)
    }

    repeat(v) {
        // v.repeat(2, 2)
        v.repeat([2, 2])
    }

    repeat_interleave(x) {
        // x.repeat_interleave(2, dim=0)
        x.repeat_interleave_self_int(2, 0, None)
    }

    cat(x, y) {
        // torch.cat([x, y], dim=1)
        Tensor::cat(&[x, y], 1)
    }

    stack(x, y) {
        // torch.stack([x, y])
        Tensor::stack(&[x, y], 0)
    }

    chunk(t) {
        // q, k = t.chunk(2, dim=-1)
        // q * k
        let [q, k] = t.chunk(2, -1).try_into().expect("two");
        q * k
    }

    split(v) {
        // v.split([1, 2])
        v.split_sizes([1, 2], 0)
    }

    unbind(x) {
        // x.unbind(0)
        x.unbind(0)
    }

    split_heads(t) {
        // b, l, e = t.shape
        // t.view(b, l, 2, e // 2).transpose(1, 2)
        let (b, l, e) = t.size3()?;
        t.view([b, l, 2, e / 2]).transpose(1, 2)
    }
}
