//! From documents of tokens to batches: padding, bucketing, packing, and files of tokens larger than memory.

use std::io::{BufWriter, Write};
use std::path::Path;

use tch::{Kind, Tensor};

use super::Dataset;
use crate::libtorch::MappedFile;
use crate::{Error, Result};

/// `pad_sequence(sequences, batch_first=True, padding_value)`: `int64 [B, longest]`, and where there is padding,
/// `bool [B, longest]`, as `key_padding_mask` wants it.
///
/// # Errors
/// When there is no sequence.
pub fn pad_sequence(sequences: &[Vec<i64>], padding_value: i64) -> Result<(Tensor, Tensor)> {
    let Some(longest) = sequences.iter().map(Vec::len).max() else {
        return Err(Error::value("there is no sequence to pad"));
    };
    let (mut ids, mut padded) = (Vec::new(), Vec::new());
    for sequence in sequences {
        let fill = longest - sequence.len();
        ids.extend(sequence.iter().copied().chain(std::iter::repeat_n(padding_value, fill)));
        padded.extend(sequence.iter().map(|_| false).chain(std::iter::repeat_n(true, fill)));
    }
    let shape = [sequences.len() as i64, longest as i64];
    Ok((Tensor::from_slice(&ids).f_reshape(shape)?, Tensor::from_slice(&padded).f_reshape(shape)?))
}

/// Batches of sequences of about one length, none with more than `max_tokens` after padding: the items are put in order
/// of length (in the given order among equals) and cut.
///
/// # Errors
/// When a sequence alone is longer than `max_tokens`.
pub fn bucket_by_tokens(lengths: &[usize], max_tokens: usize) -> Result<Vec<Vec<usize>>> {
    if let Some(item) = lengths.iter().position(|&length| length > max_tokens) {
        let length = lengths[item];
        let what = format!("item {item} has {length} tokens, more than a batch's {max_tokens}");
        return Err(Error::value(what).mend("cut it, or allow more tokens in a batch"));
    }
    let mut order: Vec<usize> = (0..lengths.len()).collect();
    order.sort_by_key(|&item| lengths[item]);
    let mut batches: Vec<Vec<usize>> = Vec::new();
    for item in order {
        match batches.last_mut() {
            // Sorted, so that the newcomer is the longest.
            Some(batch) if (batch.len() + 1) * lengths[item] <= max_tokens => batch.push(item),
            _ => batches.push(vec![item]),
        }
    }
    Ok(batches)
}

/// Documents one after the other, each ended by `end`, in blocks of `block` tokens; what is left at the end is dropped.
/// Nothing is padded, and every token is learned from.
///
/// Source: `group_texts` of `transformers`' `run_clm.py`.
///
/// # Errors
/// When `block` is 0, or all documents together are shorter.
pub fn pack(documents: &[Vec<i64>], end: i64, block: usize) -> Result<Vec<Vec<i64>>> {
    let ended = documents.iter().flat_map(|document| document.iter().copied().chain([end]));
    let all: Vec<i64> = ended.collect();
    if block == 0 || all.len() < block {
        let found = all.len();
        return Err(Error::value(format!("{found} tokens do not fill a block of {block}"))
            .mend("give more text, or a shorter context"));
    }
    Ok(all.chunks_exact(block).map(<[i64]>::to_vec).collect())
}

/// A file of tokens, made once and then mapped: a data set of pairs `(input, target)` of `block` tokens, the target one
/// token further on, as nanoGPT's. Numbers are `int32`, little-endian, without a header.
#[derive(Debug)]
pub struct TokenFile {
    map: MappedFile,
    block: usize,
}

impl TokenFile {
    /// Writes the file, whole or not at all. Returns how many tokens it has.
    ///
    /// # Errors
    /// When it cannot be written, or a token is no `int32`.
    pub fn create(path: impl AsRef<Path>, tokens: impl IntoIterator<Item = i64>) -> Result<u64> {
        let path = path.as_ref();
        let mut written = 0;
        crate::io::write_atomically(path, |file| {
            let mut writer = BufWriter::new(file);
            for token in tokens {
                let token = i32::try_from(token).map_err(std::io::Error::other)?;
                writer.write_all(&token.to_le_bytes())?;
                written += 1;
            }
            writer.flush()
        })?;
        Ok(written)
    }

    /// Maps the file.
    ///
    /// # Errors
    /// When it cannot be opened, is not of whole tokens, or is shorter than a block and one token.
    pub fn open(path: impl AsRef<Path>, block: usize) -> Result<Self> {
        let path = path.as_ref();
        let map = MappedFile::open(path)?;
        let (bytes, least) = (map.len(), 4 * (block + 1));
        if block == 0 || bytes % 4 != 0 || bytes < least {
            let why = format!("{bytes} bytes; a context of {block} needs {least}, in steps of 4");
            return Err(
                Error::file(path, why).mend("write it with TokenFile::create, from more text")
            );
        }
        Ok(Self { map, block })
    }

    /// All tokens, `int32`, without a copy.
    ///
    /// # Errors
    /// When libtorch refuses.
    pub fn tensor(&self) -> Result<Tensor> {
        self.map.tensor(0, &[(self.map.len() / 4) as i64], Kind::Int)
    }
}

impl Dataset for TokenFile {
    type Item = (Vec<i64>, Vec<i64>);

    fn len(&self) -> usize {
        (self.map.len() / 4 - 1) / self.block
    }

    fn get(&self, index: usize) -> Result<Self::Item> {
        let start = index.checked_mul(4 * self.block);
        let bytes = start.and_then(|start| self.map.bytes(start..start + 4 * (self.block + 1)));
        let bytes = bytes.ok_or_else(|| {
            Error::value(format!("there is no item {index}: the data has {}", self.len()))
        })?;
        let token =
            |bytes: &[u8]| i64::from(i32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]));
        let tokens: Vec<i64> = bytes.chunks_exact(4).map(token).collect();
        Ok((tokens[..self.block].to_vec(), tokens[1..].to_vec()))
    }
}
