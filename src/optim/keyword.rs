//! Operators as Python calls them, where tch's rounds differently: `add(.., alpha=)`, `addcmul_(.., value=)`,
//! `addcdiv_(.., value=)`.
//!
//! tch leaves out the keyword arguments, and to multiply first and add then rounds once more than the kernels do.
//! libtorch can be asked in TorchScript, where they are there.

use std::io::{Cursor, Write};
use std::sync::OnceLock;

use tch::{CModule, IValue, Tensor};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::tensor::is_reduced;
use crate::{Error, Result};

const SCRIPT: &str = "\
class Keyword(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool
  def add(self: __torch__.Keyword, x: Tensor, other: Tensor, alpha: float) -> Tensor:
    return torch.add(x, other, alpha=alpha)
  def add_(self: __torch__.Keyword, x: Tensor, other: Tensor, alpha: float) -> Tensor:
    return torch.add_(x, other, alpha=alpha)
  def addcmul_(self: __torch__.Keyword, x: Tensor, a: Tensor, b: Tensor, value: float) -> Tensor:
    return torch.addcmul_(x, a, b, value=value)
  def addcdiv_(self: __torch__.Keyword, x: Tensor, a: Tensor, b: Tensor, value: float) -> Tensor:
    return torch.addcdiv_(x, a, b, value=value)
";

/// A pickled `__torch__.Keyword()` with `training = True`.
const OBJECT: &[u8] = b"\x80\x02c__torch__\nKeyword\n)\x81}X\x08\x00\x00\x00training\x88sb.";
/// A pickled `()`.
const NO_CONSTANTS: &[u8] = b"\x80\x02).";

/// `torch.add(x, other, alpha=alpha)`
pub(super) fn add(x: &Tensor, other: &Tensor, alpha: f64) -> Result<Tensor> {
    call("add", &[x, other], alpha)
}

/// `x.add_(other, alpha=alpha)`
pub(super) fn add_(x: &Tensor, other: &Tensor, alpha: f64) -> Result<Tensor> {
    call("add_", &[x, other], alpha)
}

/// `x.addcmul_(a, b, value=value)`: the kernel computes `x + (value · a) · b`.
pub(super) fn addcmul_(x: &Tensor, a: &Tensor, b: &Tensor, value: f64) -> Result<()> {
    if is_reduced(x) {
        return call("addcmul_", &[x, a, b], value).map(drop);
    }
    // float32 and float64 round after each step, so that two kernels give the same bits as one.
    let _ = x.shallow_clone().f_addcmul_(&a.f_mul_scalar(value)?, b)?;
    Ok(())
}

/// `x.addcdiv_(a, b, value=value)`: the kernel computes `x + (value · a) / b`.
pub(super) fn addcdiv_(x: &Tensor, a: &Tensor, b: &Tensor, value: f64) -> Result<()> {
    if is_reduced(x) {
        return call("addcdiv_", &[x, a, b], value).map(drop);
    }
    let _ = x.shallow_clone().f_addcdiv_(&a.f_mul_scalar(value)?, b)?;
    Ok(())
}

fn call(method: &str, tensors: &[&Tensor], keyword: f64) -> Result<Tensor> {
    let tensors = tensors.iter().map(|tensor| IValue::Tensor(tensor.shallow_clone()));
    let arguments: Vec<_> = tensors.chain([IValue::Double(keyword)]).collect();
    match script()?.method_is(method, &arguments)? {
        IValue::Tensor(tensor) => Ok(tensor),
        other => Err(Error::value(format!("{method} gave {other:?}"))),
    }
}

fn script() -> Result<&'static CModule> {
    static MODULE: OnceLock<Result<CModule>> = OnceLock::new();
    MODULE.get_or_init(compile).as_ref().map_err(Clone::clone)
}

/// TorchScript is loaded from an archive, which is put together here from its few parts.
fn compile() -> Result<CModule> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let parts: [(&str, &[u8]); 5] = [
        ("data.pkl", OBJECT),
        ("code/__torch__.py", SCRIPT.as_bytes()),
        ("constants.pkl", NO_CONSTANTS),
        ("version", b"3\n"),
        ("byteorder", b"little"),
    ];
    let failed =
        |error: &dyn std::fmt::Display| Error::value(format!("keyword operators: {error}"));
    for (name, content) in parts {
        archive.start_file(format!("keyword/{name}"), stored).map_err(|error| failed(&error))?;
        archive.write_all(content).map_err(|error| failed(&error))?;
    }
    let mut archive = archive.finish().map_err(|error| failed(&error))?;
    archive.set_position(0);
    Ok(CModule::load_data(&mut archive)?)
}
