//! Random numbers and seeds.

use tch::{Device, Kind, Tensor};

use super::phrases;

const SOURCE: &str = include_str!("random.rs");

phrases! {
    rand() {
        // torch.manual_seed(0)
        // torch.rand(2, 3)
        tch::manual_seed(0);
        Tensor::rand([2, 3], (Kind::Float, Device::Cpu))
    }

    randn() {
        // torch.manual_seed(0)
        // torch.randn(4, 5)
        tch::manual_seed(0);
        Tensor::randn([4, 5], (Kind::Float, Device::Cpu))
    }

    randint() {
        // torch.manual_seed(0)
        // torch.randint(0, 10, (5,))
        tch::manual_seed(0);
        Tensor::randint(10, [5], (Kind::Int64, Device::Cpu))
    }

    randperm() {
        // torch.manual_seed(0)
        // torch.randperm(6)
        tch::manual_seed(0);
        Tensor::randperm(6, (Kind::Int64, Device::Cpu))
    }

    normal_in_place() {
        // torch.manual_seed(0)
        // torch.empty(3).normal_(mean=0.0, std=0.02)
        tch::manual_seed(0);
        Tensor::zeros([3], (Kind::Float, Device::Cpu)).normal_(0.0, 0.02)
    }

    uniform_in_place() {
        // torch.manual_seed(0)
        // torch.empty(3).uniform_(-1, 1)
        tch::manual_seed(0);
        Tensor::zeros([3], (Kind::Float, Device::Cpu)).uniform_(-1.0, 1.0)
    }

    multinomial(x) {
        // torch.manual_seed(0)
        // torch.multinomial(x.softmax(-1), num_samples=1)
        tch::manual_seed(0);
        x.softmax(-1, None).multinomial(1, false)
    }

    dropout(t) {
        // torch.manual_seed(0)
        // F.dropout(t, p=0.5, training=True)
        tch::manual_seed(0);
        t.dropout(0.5, true)
    }

    rand_like(x) {
        // torch.manual_seed(0)
        // torch.randn_like(x)
        tch::manual_seed(0);
        x.randn_like()
    }
}
