//! Golden vectors that PyTorch made, and how closely they must be met.

use std::collections::HashMap;

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use tch::{Device, Kind, Tensor};

use crate::{assert_bits, assert_close, golden};

/// A file of golden tensors with the fingerprint of the machine that made them.
pub struct Golden {
    bytes: Vec<u8>,
    metadata: HashMap<String, String>,
}

impl Golden {
    pub fn open(name: &str) -> Self {
        let path = golden(name);
        let bytes = std::fs::read(&path).unwrap_or_else(|error| {
            panic!("{}: {error}; make it with scripts/golden.py", path.display())
        });
        Self::from_bytes(bytes)
    }

    /// The same for a file that is not in `tests/golden/`, or is compressed there.
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        let (_, header) = SafeTensors::read_metadata(&bytes).expect("a safetensors header");
        let metadata = header.metadata().clone().unwrap_or_default();
        Self { bytes, metadata }
    }

    pub fn metadata(&self, key: &str) -> &str {
        self.metadata.get(key).map_or("", String::as_str)
    }

    pub fn names(&self) -> Vec<String> {
        self.file().names().into_iter().map(str::to_owned).collect()
    }

    pub fn tensor(&self, name: &str) -> Tensor {
        let file = self.file();
        copy_of(&file.tensor(name).unwrap_or_else(|error| panic!("{name}: {error}")))
    }

    /// All tensors at once, for files that hold thousands.
    pub fn tensors(&self) -> HashMap<String, Tensor> {
        let file = self.file();
        file.iter().map(|(name, view)| (name.to_owned(), copy_of(&view))).collect()
    }

    /// The last bit depends on the kernels that MKL and ATen choose by CPU: bits can be asked for only where the
    /// golden file was made on the same kind of machine by the same libtorch.
    pub fn bits_expected(&self, device: Device) -> bool {
        device == Device::Cpu && machine().iter().all(|(key, here)| self.metadata(key) == here)
    }

    /// Asserts equality: every bit where [`Golden::bits_expected`], else 1e-6.
    pub fn assert_matches(&self, name: &str, actual: &Tensor) {
        let expected = self.tensor(name);
        if self.bits_expected(actual.device()) {
            assert_bits(name, actual, &expected);
        } else {
            assert_close(name, actual, &expected, 1e-6);
        }
    }

    fn file(&self) -> SafeTensors<'_> {
        SafeTensors::deserialize(&self.bytes).expect("a safetensors file")
    }
}

fn copy_of(view: &TensorView) -> Tensor {
    let shape: Vec<i64> = view.shape().iter().map(|&n| n as i64).collect();
    Tensor::from_data_size(view.data(), &shape, kind(view.dtype()))
}

fn kind(dtype: Dtype) -> Kind {
    match dtype {
        Dtype::BOOL => Kind::Bool,
        Dtype::U8 => Kind::Uint8,
        Dtype::I32 => Kind::Int,
        Dtype::I64 => Kind::Int64,
        Dtype::F16 => Kind::Half,
        Dtype::BF16 => Kind::BFloat16,
        Dtype::F32 => Kind::Float,
        Dtype::F64 => Kind::Double,
        other => panic!("golden files hold no {other:?}"),
    }
}

/// This machine, in the words of `scripts/goldens/_machine.py`. The libtorch version is the one linked.
pub fn machine() -> [(&'static str, String); 3] {
    let cpu = std::fs::read_to_string("/proc/cpuinfo")
        .ok()
        .and_then(|text| {
            let line = text.lines().find(|line| line.starts_with("model name"))?;
            Some(line.split_once(':')?.1.trim().to_owned())
        })
        .unwrap_or_default();
    [("torch", libtorch_version()), ("cpu", cpu), ("threads", tch::get_num_threads().to_string())]
}

fn libtorch_version() -> String {
    let folder = crate::repository("target/libtorch");
    let version = std::fs::read_to_string(folder.join("build-version"))
        .or_else(|_| std::fs::read_to_string(folder.join("version.py")))
        .unwrap_or_default();
    let digits = version.trim_start_matches(|c: char| !c.is_ascii_digit());
    digits.split(|c: char| !c.is_ascii_digit() && c != '.').next().unwrap_or_default().to_owned()
}
