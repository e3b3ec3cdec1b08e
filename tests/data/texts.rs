//! Sources, padding, buckets, packing, token files and masking.

use std::fs;

use atencion::StateDict;
use atencion::data::{
    DataLoader, DataLoaderConfig, Dataset, MaskTokens, TokenFile, bucket_by_tokens, idx, jsonl,
    lines, pack, pad_sequence, parallel, tsv,
};
use atencion::tensor;
use support::golden::Golden;
use support::{assert_bits, draws, made_by};
use tch::{Device, Kind, Tensor};

struct Files(tempfile::TempDir);

impl Files {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn write(&self, name: &str, bytes: &[u8]) -> std::path::PathBuf {
        let path = self.0.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    }
}

fn refused<T>(result: atencion::Result<T>, ending: &str) {
    let error = result.err().expect("refused");
    assert!(error.what().ends_with(ending), "{error} / {ending}");
}

#[test]
fn texts_are_read_and_what_is_wrong_has_its_line() {
    let files = Files::new();
    let es = files.write("es", "\u{feff}Hola.\r\nAdiós.\n".as_bytes());
    let en = files.write("en", b"Hello.\nBye.");
    assert_eq!(lines(&es).unwrap(), ["Hola.", "Adiós."]);
    assert_eq!(parallel(&es, &en).unwrap()[1], ("Adiós.".into(), "Bye.".into()));
    refused(lines(files.write("empty", b"")), "empty: is empty");
    refused(lines(files.write("latin", b"a\nAdi\xf3s\n")), "latin: line 2 is not UTF-8");
    let longer = files.write("longer", b"1\n2\n3\n");
    refused(parallel(&es, &longer), "longer has 3");
    let pairs = files.write("pairs.tsv", b"Hi.\tHola.\tCC\nBye.\tAdios.\tCC\n");
    assert_eq!(tsv(&pairs, [1, 0]).unwrap()[0], ("Hola.".into(), "Hi.".into()));
    refused(tsv(&pairs, [0, 3]), "line 1 has 3 columns, none is number 3");
    let rows = files.write("rows.jsonl", b"{\"text\": \"x\", \"label\": 3}\n{\"text\": \"y\"}\n");
    refused(jsonl(&rows, &["text", "label"]), "line 2: no text under label; there is text");
    assert_eq!(jsonl(&rows, &["text"]).unwrap(), [["x"], ["y"]]);
    let broken = jsonl(files.write("broken.jsonl", b"{\"text\": 1}\n["), &["text"]).unwrap_err();
    assert!(broken.what().contains("line 2: "), "{broken}");
}

#[test]
fn pictures_are_read_from_idx() {
    let files = Files::new();
    let good = [&[0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3][..], &[1, 2, 3, 4, 5, 6]].concat();
    let (sizes, numbers) = idx(files.write("good", &good)).unwrap();
    assert_eq!((sizes, numbers), (vec![2, 3], vec![1, 2, 3, 4, 5, 6]));
    refused(idx(files.write("short", &good[..15])), "has 3 numbers after sizes of [2, 3]");
    refused(idx(files.write("cut", &good[..9])), "ends before its own sizes say");
    refused(idx(files.write("zipped", b"\x1f\x8b")), "is no IDX file of bytes");
}

#[test]
fn sequences_are_padded_and_put_in_buckets() {
    let (ids, padded) = pad_sequence(&[vec![5, 6, 7], vec![8], vec![]], 1).unwrap();
    assert!(ids.equal(&tensor![[5, 6, 7], [8, 1, 1], [1, 1, 1]]));
    assert!(padded.equal(&ids.eq(1)));
    assert!(pad_sequence(&[], 0).is_err());
    let lengths = [4, 1, 9, 4, 2, 1, 8];
    let batches = bucket_by_tokens(&lengths, 9).unwrap();
    assert_eq!(batches, [vec![1, 5, 4], vec![0, 3], vec![6], vec![2]]);
    refused(bucket_by_tokens(&lengths, 8), "item 2 has 9 tokens, more than a batch's 8");
}

#[test]
fn documents_are_packed() {
    let documents = [vec![1, 2, 3], vec![4], vec![5, 6]];
    assert_eq!(pack(&documents, 0, 4).unwrap(), [[1, 2, 3, 0], [4, 0, 5, 6]]);
    refused(pack(&documents, 0, 10), "9 tokens do not fill a block of 10");
    refused(pack(&documents, 0, 0), "9 tokens do not fill a block of 0");
}

#[test]
fn a_token_file_is_mapped_and_loaded() {
    let _draws = draws();
    let files = Files::new();
    let path = files.0.path().join("train.bin");
    assert_eq!(TokenFile::create(&path, 0..1001).unwrap(), 1001);
    let file = TokenFile::open(&path, 8).unwrap();
    assert_eq!(file.len(), 125);
    assert_eq!(file.get(124).unwrap(), ((992..1000).collect(), (993..1001).collect()));
    refused(file.get(125), "there is no item 125: the data has 125");
    assert!(file.get(usize::MAX).is_err());
    assert_eq!(file.tensor().unwrap().sum(Kind::Int64).int64_value(&[]), 500_500);
    let config =
        DataLoaderConfig { batch_size: 5, shuffle: true, num_workers: 2, ..Default::default() };
    let mut loader = DataLoader::new(file, config).unwrap();
    let mut seen: Vec<i64> =
        loader.iter().unwrap().flat_map(Result::unwrap).flat_map(|(input, _)| input).collect();
    seen.sort_unstable();
    assert_eq!(seen, (0..1000).collect::<Vec<_>>());
    refused(TokenFile::open(&path, 1001), "a context of 1001 needs 4008, in steps of 4");
    refused(TokenFile::open(files.write("odd", b"12345"), 1), "needs 8, in steps of 4");
    assert!(TokenFile::create(&path, [i64::MAX]).is_err());
    assert_eq!(fs::metadata(&path).unwrap().len(), 4004, "the old file stays");
}

#[test]
fn tokens_are_masked_as_transformers_masks_them() {
    let Some(folder) = made_by("masking", &["--seeds", "1", "2", "3"]) else { return };
    let _draws = draws();
    for seed in 1..=3 {
        let file = StateDict::load(folder.path().join(format!("{seed}.safetensors"))).unwrap();
        tch::manual_seed(seed);
        let (ids, special) = (file.get("ids").unwrap(), file.get("special").unwrap());
        for share in ["0.15", "0.5"] {
            let mask =
                MaskTokens { mlm_probability: share.parse().unwrap(), ..MaskTokens::new(4, 300) };
            let (inputs, labels) = mask.apply(ids, special).unwrap();
            assert_bits("inputs", &inputs, file.get(&format!("inputs.{share}")).unwrap());
            assert_bits("labels", &labels, file.get(&format!("labels.{share}")).unwrap());
        }
    }
}

#[test]
fn masks_are_those_that_transformers_made() {
    let _draws = draws();
    let golden = Golden::open("masking/masking.safetensors");
    tch::manual_seed(0);
    for share in ["0.15", "0.5"] {
        let mask =
            MaskTokens { mlm_probability: share.parse().unwrap(), ..MaskTokens::new(4, 300) };
        let (inputs, labels) =
            mask.apply(&golden.tensor("ids"), &golden.tensor("special")).unwrap();
        assert_bits("inputs", &inputs, &golden.tensor(&format!("inputs.{share}")));
        assert_bits("labels", &labels, &golden.tensor(&format!("labels.{share}")));
    }
}

#[test]
fn masks_that_cannot_be_are_refused() {
    let ids = Tensor::zeros([2, 3], (Kind::Int64, Device::Cpu));
    let special = Tensor::zeros([2, 3], (Kind::Bool, Device::Cpu));
    let mask = MaskTokens { mlm_probability: 1.5, ..MaskTokens::new(4, 300) };
    refused(mask.apply(&ids, &special), "mlm_probability is 1.5, not between 0 and 1");
    let what = MaskTokens::new(4, 300).apply(&ids, &ids).unwrap_err();
    assert!(what.what().contains("special tokens Int64"), "{what}");
}
