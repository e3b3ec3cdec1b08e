//! Errors: exceptions in Python, `f_` variants in tch.

use tch::{Kind, Tensor};

use super::phrases;

const SOURCE: &str = include_str!("errors.rs");

phrases! {
    shapes_do_not_fit(x, y) {
        // try:
        //     result = x @ y
        // except RuntimeError:
        //     result = None
        // result is None
        let result = x.f_matmul(&y).ok();
        result.is_none()
    }

    text_of_an_error(x) {
        // try:
        //     x.view(4)
        // except RuntimeError as error:
        //     text = str(error)
        // text
        match x.f_view([4]) {
            Ok(_) => String::new(),
            Err(error) => atencion::Error::from(error).to_string(),
        }
    }

    pass_an_error_on(x) {
        // def scores(x):
        //     return x @ x.T
        // scores(x)
        fn scores(x: &Tensor) -> Result<Tensor, tch::TchError> {
            x.f_matmul(&x.tr())
        }
        scores(&x)?
    }

    kinds_do_not_fit(x, n) {
        // try:
        //     x @ n.T
        // except RuntimeError as error:
        //     text = str(error)
        // text
        let error = x.f_matmul(&n.tr()).unwrap_err();
        atencion::Error::from(error).to_string()
    }

    index_out_of_range(x) {
        // try:
        //     row = x[2]
        // except IndexError:
        //     row = x[-1]
        // row
        x.f_select(0, 2).unwrap_or_else(|_| x.select(0, -1))
    }

    assert_a_shape(x) {
        // assert x.shape == (2, 3), f"x is {tuple(x.shape)}"
        // x.dtype
        anyhow::ensure!(x.size() == [2, 3], "x is {:?}", x.size());
        anyhow::ensure!(x.kind() == Kind::Float);
        x.kind()
    }
}
