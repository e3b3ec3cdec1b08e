//! Devices.

use tch::{Cuda, Device, Tensor};

use super::phrases;

const SOURCE: &str = include_str!("devices.rs");

phrases! {
    device(x) {
        // x.device
        x.device()
    }

    to_device(x) {
        // device = "cuda" if torch.cuda.is_available() else "cpu"
        // x.to(device) * 2
        let device = Device::cuda_if_available();
        x.to_device(device) * 2
    }

    cuda_is_available() {
        // torch.cuda.is_available()
        Cuda::is_available()
    }

    cuda_device_count() {
        // torch.cuda.device_count()
        Cuda::device_count()
    }

    mps_is_available() {
        // torch.backends.mps.is_available()
        tch::utils::has_mps()
    }

    new_tensor_on_the_same_device(x) {
        // torch.ones(2, device=x.device, dtype=x.dtype)
        Tensor::ones([2], (x.kind(), x.device()))
    }

    to_cpu(x) {
        // x.cpu()
        x.to_device(Device::Cpu)
    }

    threads() {
        // torch.set_num_threads(1)
        // torch.get_num_threads()
        let before = tch::get_num_threads();
        tch::set_num_threads(1);
        let threads = i64::from(tch::get_num_threads());
        tch::set_num_threads(before);
        threads
    }
}
