//! Saving as an editor does it: modes stay, what is protected is refused, links are followed, nothing is left behind.
#![cfg(unix)]

use std::fs::{self, File, Permissions};
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::time::{Duration, SystemTime};

use atencion::io::write_atomically;

fn save(path: &Path) -> atencion::Result<()> {
    write_atomically(path, |file| file.write_all(b"new"))
}

fn entries(folder: &Path) -> usize {
    fs::read_dir(folder).unwrap().count()
}

#[test]
fn the_mode_stays() {
    let folder = tempfile::tempdir().unwrap();
    for mode in [0o600, 0o640, 0o755] {
        let path = folder.path().join(format!("{mode:o}"));
        fs::write(&path, "old").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        save(&path).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, mode);
    }
}

#[test]
fn what_is_read_only_is_refused_whoever_asks() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kept");
    fs::write(&path, "old").unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o444)).unwrap();
    let error = save(&path).unwrap_err();
    assert!(error.what().ends_with("kept: it is read-only"), "{error}");
    assert_eq!((fs::read_to_string(&path).unwrap().as_str(), entries(folder.path())), ("old", 1));
    assert!(save(folder.path()).unwrap_err().what().ends_with("it is a folder"));
}

#[test]
fn links_are_followed_and_stay() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir(at("elsewhere")).unwrap();
    fs::write(at("elsewhere/file"), "old").unwrap();
    symlink("elsewhere/file", at("link")).unwrap();
    symlink("link", at("link to link")).unwrap();
    save(&at("link to link")).unwrap();
    assert_eq!(fs::read_to_string(at("elsewhere/file")).unwrap(), "new");
    assert!(at("link").is_symlink() && at("link to link").is_symlink());
    assert_eq!((entries(folder.path()), entries(&at("elsewhere"))), (3, 1));

    symlink("nowhere", at("dangling")).unwrap();
    assert!(save(&at("dangling")).unwrap_err().what().ends_with("a link that leads nowhere"));
    assert!(at("dangling").is_symlink() && !at("nowhere").exists());
}

#[test]
fn devices_are_written_to() {
    save(Path::new("/dev/null")).unwrap();
    assert!(!fs::metadata("/dev/null").unwrap().is_file());
    if Path::new("/dev/full").exists() {
        assert!(save(Path::new("/dev/full")).unwrap_err().what().starts_with("/dev/full: "));
    }
}

/// A killed process leaves its temporary file unlocked; one that lives holds the lock, and one that has just begun is
/// young.
#[test]
fn the_next_save_removes_what_a_killed_one_left() {
    let folder = tempfile::tempdir().unwrap();
    let left = |name: &str, age: u64| {
        let path = folder.path().join(name);
        let file = File::create(&path).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_secs(age)).unwrap();
        (path, file)
    };
    let (dead, _) = left(".atencion-dead", 3600);
    let (young, _) = left(".atencion-young", 1);
    let (other, _) = left(".other", 3600);
    let (alive, held) = left(".atencion-alive", 3600);
    rustix::fs::flock(&held, rustix::fs::FlockOperation::LockExclusive).unwrap();
    save(&folder.path().join("file")).unwrap();
    assert!(!dead.exists());
    assert!(young.exists() && other.exists() && alive.exists());
    drop(held);
    save(&folder.path().join("file")).unwrap();
    assert!(!alive.exists());
}
