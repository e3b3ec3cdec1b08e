//! What goes wrong is an error with rank and cause, within the timeout.

use std::time::{Duration, Instant};

use atencion::Error;
use atencion::dist::{
    Backend, InitConfig, Launch, ProcessGroup, ReduceOp, free_port, init_process_group,
    init_process_group_as,
};
use atencion::tensor;

use crate::processes::{Ended, all, group, is_one_of, start, start_one};

/// Says on stderr what the all-reduce ended with.
fn reduce_until_it_fails(group: &ProcessGroup) -> Error {
    loop {
        if let Err(error) = group.all_reduce(&tensor![1.0], ReduceOp::Sum) {
            eprintln!("found: {error}");
            assert!(!error.what().contains("Exception raised"), "{error}");
            return error;
        }
    }
}

fn found(ended: &Ended) -> &str {
    let line = ended.stderr.lines().find_map(|line| line.strip_prefix("found: "));
    line.unwrap_or_else(|| panic!("nothing was found: {}", ended.stderr))
}

#[test]
fn a_process_that_is_killed_is_named() {
    const NAME: &str = "failures::a_process_that_is_killed_is_named";
    if is_one_of(NAME) {
        let group = group();
        if group.rank() == 1 {
            std::thread::sleep(Duration::from_millis(200));
            std::process::abort();
        }
        let began = Instant::now();
        let error = reduce_until_it_fails(&group);
        assert!(began.elapsed() < Duration::from_secs(60), "not within the timeout");
        // The store is rank 0's: were it the first to end, rank 2 would learn no more than that.
        match group.rank() {
            2 => group.tell(&error),
            _ => {
                while group.told().is_none() && began.elapsed() < Duration::from_secs(60) {
                    std::thread::sleep(Duration::from_millis(10));
                }
            }
        }
        return;
    }
    let ended = all(start(NAME, 3, None));
    assert!(!ended[1].status.success());
    for rank in [0, 2] {
        assert!(ended[rank].status.success(), "{}", ended[rank].stderr);
        let found = found(&ended[rank]);
        assert!(found.starts_with(&format!("rank {rank} of 3, all_reduce: ")), "{found}");
        assert!(found.contains("rank 1 is gone: its process"), "{found}");
    }
}

#[test]
fn one_that_gives_up_says_why() {
    const NAME: &str = "failures::one_that_gives_up_says_why";
    if is_one_of(NAME) {
        let group = group();
        if group.rank() == 1 {
            group.tell(&Error::value("the loss is NaN in step 7"));
            return group.destroy();
        }
        let error = reduce_until_it_fails(&group);
        assert!(error.what().contains("rank 1: the loss is NaN in step 7"), "{error}");
        assert_eq!(group.told().as_deref(), Some("rank 1: the loss is NaN in step 7"));
        return;
    }
    for (rank, ended) in all(start(NAME, 2, None)).iter().enumerate() {
        assert!(ended.status.success(), "rank {rank}: {}", ended.stderr);
    }
}

#[test]
fn one_that_is_stuck_ends_at_the_timeout() {
    const NAME: &str = "failures::one_that_is_stuck_ends_at_the_timeout";
    if is_one_of(NAME) {
        let timeout = Duration::from_millis(800);
        let config = InitConfig { timeout, ..InitConfig::default() };
        let group = init_process_group(config).unwrap();
        if group.rank() == 1 {
            std::thread::sleep(Duration::from_secs(8));
        } else {
            let error = group.all_reduce(&tensor![1.0], ReduceOp::Sum).unwrap_err();
            assert!(error.what().starts_with("rank 0 of 2, all_reduce: "), "{error}");
            assert!(error.what().to_lowercase().contains("timed out"), "{error}");
        }
        std::process::exit(0);
    }
    let ended = all(start(NAME, 2, None));
    assert!(ended.iter().all(|ended| ended.status.success()), "{ended:?}");
}

#[test]
fn what_does_not_fit_at_the_start_is_named() {
    const NAME: &str = "failures::what_does_not_fit_at_the_start_is_named";
    if is_one_of(NAME) {
        let connect_timeout = Duration::from_secs(3);
        let config = InitConfig { connect_timeout, ..InitConfig::default() };
        match init_process_group(config) {
            Ok(_) => eprintln!("found: a group"),
            Err(error) => eprintln!("found: {error}"),
        }
        std::process::exit(0);
    }
    let places = |first: usize, second: usize| {
        let port = free_port().unwrap();
        (Launch::on_this_machine(first, port), Launch::on_this_machine(second, port))
    };
    let both = |first: &Launch, second: &Launch| {
        let ended = all(vec![start_one(NAME, first, None), start_one(NAME, second, None)]);
        (found(&ended[0]).to_owned(), found(&ended[1]).to_owned())
    };
    let (two, three) = places(2, 3);
    let (first, second) = both(&two[0], &three[1]);
    let disagree = [first.as_str(), second.as_str()];
    assert!(
        disagree.iter().any(|said| said.contains("WORLD_SIZE is ")),
        "world sizes: {disagree:?}"
    );
    assert!(!disagree.contains(&"a group"), "{disagree:?}");

    let (three, _) = places(3, 1);
    let (first, second) = both(&three[0], &three[1]);
    let expected = "rank 0 of 3: of the ranks, 2 did not come within 3 s";
    assert!([&first, &second].iter().any(|said| *said == expected), "{first} | {second}");
}

#[test]
fn an_unreachable_store_and_a_taken_port_are_named() {
    let port = free_port().unwrap();
    let connect_timeout = Duration::from_secs(2);
    let config = InitConfig { connect_timeout, ..InitConfig::default() };
    let place = &Launch::on_this_machine(2, port)[1];
    let error = init_process_group_as(place, config).unwrap_err();
    assert!(
        error.what().starts_with(&format!("rank 1 of 2: no store at 127.0.0.1:{port}: ")),
        "{error}"
    );
    assert!(error.how_to_mend().unwrap().contains("MASTER_ADDR"));

    let taken = std::net::TcpListener::bind(("0.0.0.0", 0)).unwrap();
    let port = taken.local_addr().unwrap().port();
    let place = &Launch::on_this_machine(2, port)[0];
    let error = init_process_group_as(place, config).unwrap_err();
    let expected = format!("rank 0 of 2: the store cannot listen on port {port}: ");
    assert!(error.what().starts_with(&expected), "{error}");
}

#[test]
fn nccl_is_refused_by_name() {
    let config = InitConfig { backend: "nccl".parse().unwrap(), ..InitConfig::default() };
    let place = &Launch::on_this_machine(1, 29_500)[0];
    let error = init_process_group_as(place, config).unwrap_err();
    let named = match tch::Cuda::is_available() {
        true => "Distributed package doesn't have NCCL built in",
        false => "ProcessGroupNCCL is only supported with GPUs, no GPUs found!",
    };
    assert_eq!(error.what(), named);
    assert_eq!("mpi".parse::<Backend>().unwrap_err().what(), "Unknown backend type mpi");
}
