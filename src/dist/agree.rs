//! Whether all processes of a group say the same of something.

use tch::Tensor;

use super::ProcessGroup;
use crate::libtorch::bytes::{bytes_of, plain};
use crate::{Error, Result};

impl ProcessGroup {
    /// Compares lines that each process has, such as a model's parameters with their shapes: the first that another
    /// rank has differently than rank 0 is the error, on every process.
    ///
    /// # Errors
    /// Where they differ: `rank 1 has "weight [4, 5]", rank 0 "weight [4, 4]"`, after `what`; when a process is lost.
    pub fn agree(&self, what: &str, lines: &[String]) -> Result<()> {
        let all = self.all_gather_text(&lines.join("\n"))?;
        let [first, others @ ..] = all.as_slice() else { return Ok(()) };
        for (rank, other) in others.iter().enumerate().filter(|(_, other)| *other != first) {
            let (ours, theirs) = (first.lines(), other.lines());
            let nothing = std::iter::repeat("nothing");
            let differs = ours
                .chain(nothing.clone())
                .zip(theirs.chain(nothing))
                .find(|(ours, theirs)| ours != theirs);
            let Some((ours, theirs)) = differs else { continue };
            let rank = rank + 1;
            return Err(Error::value(format!(
                "{what}: rank 0 has {ours}, rank {rank} has {theirs}"
            ))
            .mend("start all processes with the same program, arguments and files"));
        }
        Ok(())
    }

    /// Compares tensors bit for bit, by a checksum of each: that all processes still have the same weights, say.
    ///
    /// # Errors
    /// Names the first that another rank has differently than rank 0, on every process; when a process is lost.
    pub fn agree_on_tensors(&self, what: &str, tensors: &[(String, Tensor)]) -> Result<()> {
        let sums = tensors
            .iter()
            .map(|(_, tensor)| Ok(i64::from(crc32fast::hash(bytes_of(&plain(tensor)?)))));
        let sums = Tensor::f_from_slice(&sums.collect::<Result<Vec<i64>>>()?)?;
        let all = self.all_gather(&sums)?;
        let [first, others @ ..] = all.as_slice() else { return Ok(()) };
        for (rank, other) in others.iter().enumerate() {
            let differs = Vec::<bool>::try_from(&first.f_ne_tensor(other)?)?;
            if let Some(at) = differs.iter().position(|differs| *differs) {
                let (rank, name) = (rank + 1, &tensors[at].0);
                let what = format!("{what}: {name} of rank {rank} is not that of rank 0");
                return Err(Error::value(what).mend(
                    "one of the machines computes or receives wrong numbers: go on from the last checkpoint without it",
                ));
            }
        }
        Ok(())
    }
}
