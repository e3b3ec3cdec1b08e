//! Looking at libtorch and the devices, without saying anything: each finding is the name of a message.

use std::path::{Path, PathBuf};

use serde::Serialize;
use tch::{Device, Kind, Tensor};

use super::deep::{self, Deep};
use crate::i18n::Lang;
use atencion::io::hub::{HubArgs, cached_models};
use atencion::libtorch;

/// The tch release in use, such as `0.26.0`.
const TCH: Option<&str> = option_env!("ATENCION_TCH_VERSION");

/// All that `atencion doctor` found.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    pub libtorch: Libtorch,
    pub tch: Option<String>,
    pub cxx_abi: String,
    pub cpu: Cpu,
    pub cuda: Cuda,
    pub mps: bool,
    /// Of the Hugging Face Hub, in the cache.
    pub models: Vec<Model>,
    /// Only where it was asked for: it reads all of libtorch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deep: Option<Deep>,
    #[serde(skip)]
    pub problems: Vec<Finding>,
}

/// A model in the cache.
#[derive(Debug, Serialize)]
pub(super) struct Model {
    pub name: String,
    pub folder: String,
    pub bytes: u64,
}

#[derive(Debug, Serialize)]
pub(super) struct Libtorch {
    pub version: Option<String>,
    pub folder: Option<String>,
    /// `LIBTORCH`, `python`, `download`: how scripts/setup found it; `elsewhere`: it was not scripts/setup.
    pub found: String,
    pub built_for: String,
    pub built_against: Option<&'static str>,
}

#[derive(Debug, Serialize)]
pub(super) struct Cpu {
    pub threads: i32,
    pub capability: String,
}

#[derive(Debug, Serialize)]
pub(super) struct Cuda {
    pub linked: bool,
    pub devices: i64,
    /// Why there is no CUDA device to use.
    pub why_not: Option<&'static str>,
}

/// A problem: a message, and under its name with `-mend` the line that mends it.
#[derive(Debug)]
pub(super) struct Finding {
    message: &'static str,
    variables: Vec<(&'static str, String)>,
}

impl Finding {
    fn new(message: &'static str, variables: &[(&'static str, &str)]) -> Self {
        let variables =
            variables.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        Self { message, variables }
    }

    pub fn what(&self, lang: Lang) -> String {
        self.say(self.message, lang)
    }

    pub fn mend(&self, lang: Lang) -> String {
        self.say(&format!("{}-mend", self.message), lang)
    }

    fn say(&self, message: &str, lang: Lang) -> String {
        let variables: Vec<_> =
            self.variables.iter().map(|(name, value)| (*name, value.as_str().into())).collect();
        lang.text_with(message, &variables)
    }
}

pub(super) fn examine(deep: bool) -> std::io::Result<Report> {
    let config = libtorch::config();
    let folder = libtorch::folder();
    let mut report = Report {
        libtorch: Libtorch {
            version: libtorch::version(),
            found: how_it_was_found(folder.as_deref()),
            folder: folder.as_ref().map(|it| atencion::printable(&it.display().to_string())),
            built_for: libtorch::built_for(),
            built_against: libtorch::BUILT_AGAINST,
        },
        tch: TCH.map(str::to_owned),
        cxx_abi: libtorch::cxx_abi(&config).to_owned(),
        cpu: Cpu { threads: tch::get_num_threads(), capability: libtorch::cpu_capability() },
        cuda: cuda(folder.as_deref()),
        mps: tch::utils::has_mps(),
        models: models(),
        deep: folder.as_deref().filter(|_| deep).map(deep::check).transpose()?,
        problems: Vec::new(),
    };
    report.problems = problems(&report);
    Ok(report)
}

fn models() -> Vec<Model> {
    let models = cached_models(&HubArgs::default()).into_iter();
    models
        .map(|it| Model { name: it.name, folder: it.folder.display().to_string(), bytes: it.bytes })
        .collect()
}

/// scripts/setup leaves a record of its choice; it counts only if that is the libtorch that was really loaded.
fn how_it_was_found(loaded: Option<&Path>) -> String {
    #[derive(serde::Deserialize)]
    struct Record {
        folder: PathBuf,
        how: String,
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/libtorch.json");
    let record =
        std::fs::read(path).ok().and_then(|text| serde_json::from_slice::<Record>(&text).ok());
    match record {
        Some(record)
            if std::fs::canonicalize(record.folder.join("lib")).ok().as_deref() == loaded =>
        {
            record.how
        }
        _ => "elsewhere".to_owned(),
    }
}

fn cuda(folder: Option<&Path>) -> Cuda {
    let linked = libtorch::cuda_is_linked();
    let devices = if tch::Cuda::is_available() { tch::Cuda::device_count() } else { 0 };
    let in_folder = folder.is_some_and(|folder| folder.join("libtorch_cuda.so").exists());
    let why_not = match (devices > 0, linked, in_folder) {
        (true, ..) => None,
        _ if cfg!(target_os = "macos") => Some("doctor-cuda-macos"),
        (_, true, _) if has_nvidia_driver() => Some("doctor-cuda-unusable"),
        (_, true, _) => Some("doctor-cuda-no-driver"),
        (_, false, true) => Some("doctor-cuda-not-linked"),
        (_, false, false) => Some("doctor-cuda-not-in-libtorch"),
    };
    Cuda { linked, devices, why_not }
}

fn has_nvidia_driver() -> bool {
    // The second is where Windows' WSL puts it.
    ["/proc/driver/nvidia/version", "/usr/lib/wsl/lib/libcuda.so.1"]
        .iter()
        .any(|path| Path::new(path).exists())
}

fn problems(report: &Report) -> Vec<Finding> {
    let mut found = Vec::new();
    found.extend(version_differs(report));
    let changed = report.deep.iter().flat_map(|deep| &deep.changed);
    found.extend(changed.map(|name| Finding::new("doctor-changed", &[("name", name)])));
    match report.cuda.why_not {
        Some("doctor-cuda-unusable") => found.push(Finding::new("doctor-cuda-unusable", &[])),
        Some("doctor-cuda-not-linked") => found.push(Finding::new("doctor-cuda-not-linked", &[])),
        Some("doctor-cuda-not-in-libtorch") if has_nvidia_driver() => {
            found.push(Finding::new("doctor-cuda-idle", &[]));
        }
        _ => {}
    }
    found.extend(devices(report).into_iter().filter_map(miscomputes));
    found
}

fn version_differs(report: &Report) -> Option<Finding> {
    let built_for = report.libtorch.built_for.as_str();
    let loaded = report.libtorch.version.as_deref()?;
    let folder = report.libtorch.folder.as_deref().unwrap_or_default();
    (built_for != loaded).then(|| {
        let variables = [("built", built_for), ("loaded", loaded), ("folder", folder)];
        Finding::new("doctor-version-differs", &variables)
    })
}

fn devices(report: &Report) -> Vec<Device> {
    let cuda =
        (0..report.cuda.devices).filter_map(|index| usize::try_from(index).ok()).map(Device::Cuda);
    let mps = report.mps.then_some(Device::Mps);
    std::iter::once(Device::Cpu).chain(cuda).chain(mps).collect()
}

/// A device that is listed may still not work: has it compute something known.
fn miscomputes(device: Device) -> Option<Finding> {
    let computed = || -> Result<f64, tch::TchError> {
        let ones = Tensor::f_ones([8, 8], (Kind::Float, device))?;
        ones.f_matmul(&ones)?.f_sum(Kind::Float)?.f_double_value(&[])
    };
    let why = match computed() {
        Ok(512.0) => return None,
        Ok(sum) => format!("8³ = {sum}"),
        Err(error) => atencion::Error::from(error).what().to_owned(),
    };
    Some(Finding::new("doctor-miscomputes", &[("device", &format!("{device:?}")), ("why", &why)]))
}
