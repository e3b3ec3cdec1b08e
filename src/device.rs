//! `--device auto|cpu|cuda[:N]|mps`: naming a device, and finding out whether it is there.

use std::fmt;
use std::str::FromStr;

use tch::{Cuda, Device};

use crate::{Error, Result};

/// A device as a user names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DeviceChoice {
    /// CUDA if there is one, then MPS, then the CPU.
    #[default]
    Auto,
    /// The CPU.
    Cpu,
    /// The CUDA device of that number.
    Cuda(usize),
    /// Apple's GPU.
    Mps,
}

impl DeviceChoice {
    /// The libtorch device, once it is sure that it is there.
    ///
    /// # Errors
    /// When the device asked for is absent, or libtorch was built without it.
    pub fn resolve(self) -> Result<Device> {
        match self {
            DeviceChoice::Auto => Ok(best_device()),
            DeviceChoice::Cpu => Ok(Device::Cpu),
            DeviceChoice::Cuda(index) => cuda(index),
            DeviceChoice::Mps if tch::utils::has_mps() => Ok(Device::Mps),
            DeviceChoice::Mps => Err(absent("mps", "this libtorch has no MPS device")),
        }
    }
}

fn best_device() -> Device {
    if Cuda::is_available() {
        Device::Cuda(0)
    } else if tch::utils::has_mps() {
        Device::Mps
    } else {
        Device::Cpu
    }
}

fn cuda(index: usize) -> Result<Device> {
    let count = usize::try_from(Cuda::device_count()).unwrap_or(0);
    if !crate::libtorch::cuda_is_linked() {
        return Err(absent("cuda", "this libtorch is for the CPU alone"));
    }
    if !Cuda::is_available() || count == 0 {
        return Err(absent("cuda", "libtorch sees no CUDA device"));
    }
    if index >= count {
        return Err(absent(
            &format!("cuda:{index}"),
            &format!("there are {count}, numbered from 0"),
        ));
    }
    Ok(Device::Cuda(index))
}

fn absent(name: &str, why: &str) -> Error {
    Error::value(format!("device {name} is not available: {why}"))
        .mend("use --device cpu, or run `atencion doctor` to see why")
}

impl FromStr for DeviceChoice {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let unknown = || {
            Error::value(format!("unknown device {text:?}"))
                .mend("use auto, cpu, cuda, cuda:N or mps")
        };
        match text {
            "auto" => Ok(DeviceChoice::Auto),
            "cpu" => Ok(DeviceChoice::Cpu),
            "cuda" => Ok(DeviceChoice::Cuda(0)),
            "mps" => Ok(DeviceChoice::Mps),
            _ => {
                let index = text.strip_prefix("cuda:").ok_or_else(unknown)?;
                index.parse().map(DeviceChoice::Cuda).map_err(|_| unknown())
            }
        }
    }
}

/// The name under which a user would ask for that device.
impl From<Device> for DeviceChoice {
    fn from(device: Device) -> Self {
        match device {
            Device::Cuda(index) => DeviceChoice::Cuda(index),
            Device::Mps => DeviceChoice::Mps,
            Device::Cpu | Device::Vulkan => DeviceChoice::Cpu,
        }
    }
}

impl fmt::Display for DeviceChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DeviceChoice::Auto => f.write_str("auto"),
            DeviceChoice::Cpu => f.write_str("cpu"),
            DeviceChoice::Cuda(index) => write!(f, "cuda:{index}"),
            DeviceChoice::Mps => f.write_str("mps"),
        }
    }
}
