//! Arithmetic and broadcasting.

use super::phrases;

const SOURCE: &str = include_str!("arithmetic.rs");

phrases! {
    add(x, y) {
        // x + y
        &x + &y
    }

    add_a_number(x) {
        // x + 1
        &x + 1
    }

    subtract_from_a_number(x) {
        // 1 - x
        1 - &x
    }

    multiply(x, y) {
        // x * y * 2
        &x * &y * 2
    }

    divide(x, y) {
        // x / y
        &x / &y
    }

    divide_integers(n) {
        // n / 2
        &n / 2
    }

    floor_divide(n) {
        // n // 2
        n.floor_divide_scalar(2)
    }

    remainder(n) {
        // n % 2
        n.remainder(2)
    }

    power(x) {
        // x ** 2
        x.pow_tensor_scalar(2)
    }

    square_root(y) {
        // y.abs().sqrt()
        y.abs().sqrt()
    }

    negate(x) {
        // -x
        -&x
    }

    exp_and_log(y) {
        // y.exp().log()
        y.exp().log()
    }

    clamp(x) {
        // x.clamp(-1, 1)
        x.clamp(-1, 1)
    }

    clamp_min(x) {
        // x.clamp(min=0)
        x.clamp_min(0)
    }

    maximum(x, y) {
        // torch.maximum(x, y)
        x.maximum(&y)
    }

    broadcast_a_row(x, v) {
        // x + v
        &x + &v
    }

    broadcast_a_column(x) {
        // x - x.mean(-1, keepdim=True)
        &x - x.mean_dim(-1, true, None)
    }

    compare(x) {
        // x > 0
        x.gt(0)
    }

    compare_tensors(x, y) {
        // x <= y
        x.le_tensor(&y)
    }

    equal_elements(x, y) {
        // x == y
        x.eq_tensor(&y)
    }

    logical_and(x, mask) {
        // mask & (x > 0)
        mask.logical_and(&x.gt(0))
    }

    logical_not(mask) {
        // ~mask
        mask.logical_not()
    }

    add_in_place(x, y) {
        // x += y
        // x
        x += &y;
        x
    }

    scale_in_place(x) {
        // x.mul_(0.5)
        x.g_mul_scalar_(0.5)
    }

    all_close(x) {
        // torch.allclose(x, x + 1e-9)
        x.allclose(&(&x + 1e-9), 1e-5, 1e-8, false)
    }
}
