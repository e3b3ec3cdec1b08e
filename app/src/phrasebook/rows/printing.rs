//! Printing.

use tch::{Device, Kind, Tensor};

use super::phrases;
use atencion::tensor::{PrintOptions, TorchDisplay};

const SOURCE: &str = include_str!("printing.rs");

phrases! {
    print_a_tensor(x) {
        // str(x)
        x.torch_str()
    }

    print_a_shape(t) {
        // f"{list(t.shape)}"
        format!("{:?}", t.size())
    }

    print_a_number(x) {
        // f"{x.mean().item():.4f}"
        format!("{:.4}", x.mean(None).double_value(&[]))
    }

    print_options(x) {
        // torch.set_printoptions(precision=2, sci_mode=False)
        // str(x / 3)
        let options = PrintOptions {
            precision: 2,
            sci_mode: Some(false),
            ..PrintOptions::default()
        };
        (x / 3).printed().options(options).to_string()
    }

    print_the_edges() {
        // str(torch.arange(2000))
        Tensor::arange(2000, (Kind::Int64, Device::Cpu)).torch_str()
    }

    print_a_gradient_function(w) {
        // str(w.exp())
        w.exp().torch_str()
    }
}
