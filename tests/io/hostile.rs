//! Pickles and archives that Python would never write: refused in a time that is linear in them, without an end of the
//! stack.

use std::io::Write;
use std::path::{Path, PathBuf};

use atencion::{Error, StateDict};
use zip::CompressionMethod;
use zip::write::SimpleFileOptions;

/// A `.pt` file of this pickle, and of one storage of four bytes.
fn pt(folder: &Path, pickle: &[u8]) -> PathBuf {
    let path = folder.join("hostile.pt");
    std::fs::write(&path, archive(&[("a/data.pkl", pickle), ("a/data/0", &[0; 4])])).unwrap();
    path
}

fn archive(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (name, content) in entries {
        archive.start_file(*name, stored).unwrap();
        archive.write_all(content).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

fn text(word: &str) -> Vec<u8> {
    [b"X", &(word.len() as u32).to_le_bytes()[..], word.as_bytes()].concat()
}

/// Leaves `_rebuild_parameter` under 0 and a tensor under 1.
fn prelude() -> Vec<u8> {
    let storage = [b"((".to_vec(), text("storage"), b"ctorch\nFloatStorage\n".to_vec()].concat();
    [
        b"\x80\x02}ctorch._utils\n_rebuild_parameter\nq\x000ctorch._utils\n_rebuild_tensor_v2\n"
            .to_vec(),
        storage,
        text("0"),
        text("cpu"),
        b"K\x01tQK\x00K\x01\x85K\x01\x85\x89Nt".to_vec(),
        b"Rq\x010".to_vec(),
    ]
    .concat()
}

fn errors(path: &Path) -> [Error; 2] {
    [StateDict::load(path).unwrap_err(), StateDict::load_flat(path).unwrap_err()]
}

/// 10 MB of calls that share one long tuple of arguments: each call copied it, which took more than 200 seconds.
#[test]
fn calls_of_one_long_tuple_cost_no_copies() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = [b"(h\x01".to_vec(), vec![b'N'; 1 << 20], b"tq\x020".to_vec()].concat();
    let calls = b"h\x00h\x02R0".repeat(10 * (1 << 20) / 6);
    let path = pt(folder.path(), &[prelude(), arguments, calls, b".".to_vec()].concat());
    for error in errors(&path) {
        assert!(error.what().contains("arguments that torch.save does not write"), "{error}");
    }
}

/// The same with arguments that are right: a million parameters of one tensor, thrown away.
#[test]
fn many_calls_are_paid_for() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = b"(h\x01\x88}tq\x020".to_vec();
    let calls = b"h\x00h\x02R0".repeat(10 * (1 << 20) / 6);
    let path = pt(folder.path(), &[prelude(), arguments, calls, b".".to_vec()].concat());
    for error in errors(&path) {
        assert!(error.what().contains("more values than its size explains"), "{error}");
    }
}

/// A key of megabytes that each of very many storages has.
#[test]
fn a_long_key_is_not_copied_for_each_use() {
    let folder = tempfile::tempdir().unwrap();
    let long = "k".repeat(5 << 20);
    let storage = [b"(".to_vec(), text("storage"), b"ctorch\nFloatStorage\n".to_vec(), text(&long)];
    let storage = [storage.concat(), text("cpu"), b"K\x01tq\x000".to_vec()].concat();
    let uses = b"h\x00Q0".repeat(1 << 20);
    let path = pt(folder.path(), &[b"\x80\x02}".to_vec(), storage, uses, b".".to_vec()].concat());
    for result in [StateDict::load(&path), StateDict::load_flat(&path)] {
        assert!(result.is_ok_and(|state| state.is_empty()), "a dict without items");
    }
}

#[test]
fn a_dict_that_contains_itself_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    for cycle in
        [&b"}q\x00X\x01\x00\x00\x00ah\x00s."[..], b"}q\x00X\x01\x00\x00\x00a]q\x01h\x00as."]
    {
        let path = pt(folder.path(), &[b"\x80\x02", cycle].concat());
        let [_, flat] = errors(&path);
        assert!(flat.what().contains("in one another"), "{flat}");
    }
}

#[test]
fn ten_thousand_dicts_or_lists_in_one_another_are_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let key = [text("a"), b"q\x000".to_vec()].concat();
    let dicts = [b"}".to_vec(), key, b"h\x00}".repeat(10_000), b"s".repeat(10_000)].concat();
    let lists = [b"}".to_vec(), text("a"), b"]".repeat(10_000), b"a".repeat(9_999), b"s".to_vec()];
    for deep in [dicts, lists.concat()] {
        let path = pt(folder.path(), &[b"\x80\x02".to_vec(), deep, b".".to_vec()].concat());
        let [_, flat] = errors(&path);
        assert!(flat.what().contains("in one another"), "{flat}");
    }
}

/// The zip crate writes no name twice, so the second is renamed in both its places.
#[test]
fn a_name_that_is_twice_in_an_archive_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("twice.pt");
    let bytes = archive(&[("a/data.pkl", b"\x80\x02}."), ("a/data.pkX", b"\x80\x02}.")]);
    std::fs::write(&path, &bytes).unwrap();
    assert!(StateDict::load(&path).is_ok());
    let mut twice = bytes.clone();
    for at in 0..bytes.len() - 8 {
        if &bytes[at..at + 8] == b"data.pkX" {
            twice[at + 7] = b'l';
        }
    }
    std::fs::write(&path, twice).unwrap();
    for error in errors(&path) {
        assert!(error.what().contains("a/data.pkl is in it twice"), "{error}");
    }
}

#[test]
fn a_damaged_storage_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let path = pt(folder.path(), b"\x80\x02}.");
    let good = std::fs::read(&path).unwrap();
    let at = good.windows(4).position(|bytes| bytes == b"\x80\x02}.").unwrap();
    let mut bytes = good.clone();
    bytes[at + 2] = b']';
    std::fs::write(&path, bytes).unwrap();
    for error in errors(&path) {
        assert!(error.what().contains("data.pkl in it is damaged"), "{error}");
    }
}

/// The seventh argument of a tensor is its bits; what else stands there is refused, as is every other odd argument.
#[test]
fn every_argument_of_a_tensor_is_honoured_or_refused() {
    let folder = tempfile::tempdir().unwrap();
    let tensor = |tail: &[u8]| {
        let storage =
            [b"((".to_vec(), text("storage"), b"ctorch\nFloatStorage\n".to_vec()].concat();
        [
            b"\x80\x02}".to_vec(),
            text("w"),
            b"ctorch._utils\n_rebuild_tensor_v2\n".to_vec(),
            storage,
            text("0"),
            text("cpu"),
            b"K\x01tQK\x00K\x01\x85K\x01\x85".to_vec(),
            tail.to_vec(),
            b"tRs.".to_vec(),
        ]
        .concat()
    };
    let dict = |name: &str, value: &[u8]| {
        [b"}".to_vec(), text(name), value.to_vec(), b"s".to_vec()].concat()
    };
    let with = |bits: Vec<u8>| tensor(&[b"\x89}".to_vec(), bits].concat());
    for good in [tensor(b"\x89}"), tensor(b"\x89N"), tensor(b"\x88}"), with(dict("neg", b"\x88"))] {
        StateDict::load(pt(folder.path(), &good)).unwrap();
    }
    for bad in [
        tensor(b"K\x01}"),
        tensor(&[b"\x89".to_vec(), dict("hook", b"\x88")].concat()),
        with(dict("conj", b"\x88")),
        with(dict("neg", b"K\x01")),
        with(dict("neg", b"\x89")),
        with(dict("other", b"\x88")),
        with(b"]".to_vec()),
    ] {
        StateDict::load(pt(folder.path(), &bad)).unwrap_err();
    }
}

/// A `__metadata__` of 95 MB took 1.6 GB, for what nobody asked for. Here one of 5 MB, by the size of what is held.
#[test]
fn metadata_is_not_kept() {
    let entries: Vec<String> = (0..400_000).map(|at| format!("\"{at}\":\"\"")).collect();
    let header = format!("{{\"__metadata__\":{{{}}}}}", entries.join(","));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("metadata.safetensors");
    let file = [&(header.len() as u64).to_le_bytes(), header.as_bytes()].concat();
    std::fs::write(&path, &file).unwrap();
    let (state, held) = support::memory::most_held(|| StateDict::load(&path));
    assert!(state.unwrap().is_empty());
    assert!(held < 2 * file.len() as isize, "{held} bytes for a header of {}", file.len());
}

/// `('storage', …)` is what torch writes; of another word it makes an error, and so do we.
#[test]
fn a_storage_by_another_name_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut pickle = [prelude(), b".".to_vec()].concat();
    let at = pickle.windows(7).position(|it| it == b"storage").unwrap();
    pickle[at + 6] = b'g';
    for error in errors(&pt(folder.path(), &pickle)) {
        assert!(error.what().contains("a storage in it is described in a way"), "{error}");
    }
}

/// Where Python's own reader ends with an error (an unhashable key, attributes of a plain dict), so does this one.
#[test]
fn what_python_cannot_build_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let ordered = &b"ccollections\nOrderedDict\n)R"[..];
    let load = |pieces: &[&[u8]]| {
        StateDict::load(pt(
            folder.path(),
            &[&[&b"\x80\x02"[..]], pieces, &[b"."]].concat().concat(),
        ))
    };
    assert!(load(&[ordered, b"}b"]).unwrap().is_empty());
    assert!(load(&[b"}ctorch\nSize\nK\x01\x85\x85R0"]).unwrap().is_empty());
    for bad in [
        &[ordered, b"K\x01b"][..],
        &[b"}}b"],
        &[b"}]K\x01s"],
        &[b"}(}K\x01u"],
        &[b"}(", ordered, b"K\x01u"],
        &[b"}ctorch\nSize\n", &text("a"), b"\x85\x85R0"],
        // What is left over at the end; the fuzzer left a tensor there that reaches beyond its storage.
        &[b"}}"],
        &[b"}(}"],
    ] {
        load(bad).unwrap_err();
    }
}

/// torch ends in a UnicodeDecodeError here, once it has read the tensors: it logs the id.
#[test]
fn a_records_id_says_nothing_of_the_tensors() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("id.pt");
    let entries: [(&str, &[u8]); 2] =
        [("a/data.pkl", b"\x80\x02}."), ("a/.data/serialization_id", b"\xff\xfe")];
    std::fs::write(&path, archive(&entries)).unwrap();
    assert!(StateDict::load(&path).unwrap().is_empty());
}
