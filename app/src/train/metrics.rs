//! `metrics.jsonl`: a line a step and a line an evaluation, as the run goes on; and the same for TensorBoard.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use super::events::Events;
use super::subject::{Evaluation, Score};
use atencion::train::Step;
use atencion::{Error, Result};

/// The files, open to be written on.
pub(super) struct Metrics {
    path: PathBuf,
    /// None where another process writes them.
    file: Option<(BufWriter<File>, Events)>,
}

impl Metrics {
    /// Goes on after `step`: what a run wrote that was ended after its last checkpoint is taken away.
    pub fn open(path: &Path, step: u64) -> Result<Self> {
        let kept: String = lines(path)?
            .into_iter()
            .filter(|line| line["step"].as_u64().is_some_and(|at| at <= step))
            .map(|line| format!("{line}\n"))
            .collect();
        crate::view::save(path, kept.as_bytes())?;
        let file = OpenOptions::new().append(true).open(path);
        let file = BufWriter::new(file.map_err(|error| Error::file(path, error))?);
        let events = Events::create(path.parent().unwrap_or(Path::new("")), step)?;
        Ok(Self { path: path.to_owned(), file: Some((file, events)) })
    }

    /// Of a process that writes none.
    pub fn unwritten() -> Self {
        Self { path: PathBuf::new(), file: None }
    }

    /// A step.
    pub fn step(&mut self, step: &Step, tokens_per_second: f64) -> Result<()> {
        self.line(&json!({
            "step": step.step,
            "epoch": step.epoch,
            "loss": step.loss,
            "norm": step.norm,
            "lr": step.lr,
            "tokens_per_second": tokens_per_second,
        }))?;
        let mut scalars = vec![("train/loss", step.loss), ("train/lr", step.lr)];
        scalars.extend(step.norm.map(|norm| ("train/norm", norm)));
        scalars.push(("train/tokens_per_second", tokens_per_second));
        self.scalars(step.step, &scalars)
    }

    /// An evaluation; what was written so far is then on the disk.
    pub fn evaluation(&mut self, step: u64, evaluation: &Evaluation) -> Result<()> {
        let metric = evaluation.metric.key();
        self.line(&json!({ "step": step, metric: evaluation.value, "sample": evaluation.sample }))?;
        self.scalars(step, &[(&format!("eval/{metric}"), evaluation.value)])?;
        self.flush()
    }

    /// What was measured at the end.
    pub fn scores(&mut self, step: u64, scores: &[Score]) -> Result<()> {
        if scores.is_empty() {
            return Ok(());
        }
        let named = scores.iter().map(|score| (score.name.clone(), json!(score.value)));
        self.line(&json!({ "step": step, "scores": named.collect::<Map<String, Value>>() }))?;
        let tags: Vec<String> = scores.iter().map(|score| format!("end/{}", score.name)).collect();
        let numbers = tags.iter().zip(scores).map(|(tag, score)| (tag.as_str(), score.value));
        self.scalars(step, &numbers.collect::<Vec<_>>())?;
        self.flush()
    }

    /// Brings everything to the disk.
    pub fn flush(&mut self) -> Result<()> {
        let Some((file, events)) = &mut self.file else { return Ok(()) };
        file.flush().map_err(|error| Error::file(&self.path, error))?;
        events.flush()
    }

    fn scalars(&mut self, step: u64, scalars: &[(&str, f64)]) -> Result<()> {
        self.file.as_mut().map_or(Ok(()), |(_, events)| events.scalars(step, scalars))
    }

    fn line(&mut self, line: &Value) -> Result<()> {
        let Some((file, _)) = &mut self.file else { return Ok(()) };
        writeln!(file, "{line}").map_err(|error| Error::file(&self.path, error))
    }
}

/// The lines that are whole; none where there is no file.
pub(super) fn lines(path: &Path) -> Result<Vec<Value>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Error::file(path, error)),
    };
    let mut all = Vec::new();
    for line in BufReader::new(file).lines() {
        let line = line.map_err(|error| Error::file(path, error))?;
        all.extend(serde_json::from_str::<Value>(&line).ok());
    }
    Ok(all)
}
