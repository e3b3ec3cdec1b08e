//! Each collective computes what `torch.distributed` says it does, in two and three processes.

use atencion::dist::{ProcessGroup, ReduceOp};
use atencion::tensor;
use support::{assert_bits, python_with_torch};
use tch::{Kind, Tensor};

use crate::processes::{all, group, is_one_of, start_one, together};

/// 1 on rank 0, 2 on rank 1.
fn number(group: &ProcessGroup) -> f64 {
    group.rank() as f64 + 1.0
}

#[test]
fn all_reduce_has_every_operation() {
    together("collectives::all_reduce_has_every_operation", 3, |group| {
        let reduced = |op, x: Tensor| {
            group.all_reduce(&x, op).unwrap();
            x
        };
        let own = || tensor![1.0, 10.0] * number(&group);
        assert_bits("sum", &reduced(ReduceOp::Sum, own()), &tensor![6.0, 60.0]);
        assert_bits("avg", &reduced(ReduceOp::Avg, own()), &tensor![2.0, 20.0]);
        assert_bits("product", &reduced(ReduceOp::Product, own()), &tensor![6.0, 6000.0]);
        assert_bits("min", &reduced(ReduceOp::Min, own()), &tensor![1.0, 10.0]);
        assert_bits("max", &reduced(ReduceOp::Max, own()), &tensor![3.0, 30.0]);
        let bits = || tensor![group.rank() as i64 + 1, 4];
        assert_bits("band", &reduced(ReduceOp::Band, bits()), &tensor![0, 4]);
        assert_bits("bor", &reduced(ReduceOp::Bor, bits()), &tensor![3, 4]);
        assert_bits("bxor", &reduced(ReduceOp::Bxor, bits()), &tensor![0, 4]);
        for kind in [Kind::Double, Kind::Half, Kind::BFloat16, Kind::Int, Kind::Uint8] {
            let x = reduced(ReduceOp::Sum, own().to_kind(kind));
            assert_bits("kinds", &x, &tensor![6.0, 60.0].to_kind(kind));
        }
        let whole = group.all_reduce(&tensor![1], ReduceOp::Avg).unwrap_err();
        assert_eq!(whole.what(), "Int64 tensors have no mean");
    });
}

#[test]
fn what_one_has_all_get() {
    together("collectives::what_one_has_all_get", 3, |group| {
        assert_eq!((group.world_size(), group.rank() < 3), (3, true));
        let x = tensor![[1.0, 2.0], [3.0, 4.0]] * number(&group);
        group.broadcast(&x, 2).unwrap();
        assert_bits("broadcast", &x, &tensor![[3.0, 6.0], [9.0, 12.0]]);
        let gathered = group.all_gather(&tensor![group.rank() as i64]).unwrap();
        assert_bits("all_gather", &Tensor::cat(&gathered, 0), &tensor![0, 1, 2]);
        let parts = tensor![1.0, 2.0, 3.0, 4.0, 5.0, 6.0] * number(&group);
        let part = group.reduce_scatter_tensor(&parts, ReduceOp::Sum).unwrap();
        let whole = tensor![6.0, 12.0, 18.0, 24.0, 30.0, 36.0];
        assert_bits("reduce_scatter", &part, &whole.narrow(0, 2 * group.rank() as i64, 2));
        let mean = group.reduce_scatter_tensor(&parts, ReduceOp::Avg).unwrap();
        assert_bits("mean", &mean, &(part / 3.0));
        let texts = group.all_gather_text(&"ñ".repeat(group.rank())).unwrap();
        assert_eq!(texts, ["", "ñ", "ññ"]);
        group.barrier().unwrap();
        group.monitored_barrier(std::time::Duration::from_secs(60)).unwrap();
        let five = tensor![1.0, 2.0, 3.0, 4.0, 5.0];
        let uneven = group.reduce_scatter_tensor(&five, ReduceOp::Sum).unwrap_err();
        assert_eq!(uneven.what(), "a tensor of shape [5] is not cut into 3 parts");
        let nobody = group.broadcast(&five, 3).unwrap_err();
        assert_eq!(nobody.what(), "broadcast from rank 3, but ranks are 0 to 2");
        group.destroy();
    });
}

#[test]
fn work_goes_on_behind() {
    together("collectives::work_goes_on_behind", 2, |group| {
        let tensors: Vec<Tensor> = (0..8).map(|i| tensor![1.0] * (i as f64)).collect();
        let begun: Vec<_> =
            tensors.iter().map(|x| group.all_reduce_async(x, ReduceOp::Avg).unwrap()).collect();
        // In another order than they were begun in.
        for work in begun.into_iter().rev() {
            work.wait().unwrap();
        }
        for (i, x) in tensors.iter().enumerate() {
            assert_bits("mean", x, &(tensor![1.0] * i as f64));
        }
        let barrier = group.barrier_async().unwrap();
        while !barrier.is_completed().unwrap() {
            std::thread::yield_now();
        }
        barrier.wait().unwrap();
    });
}

#[test]
fn groups_are_made_anew() {
    together("collectives::groups_are_made_anew", 2, |first| {
        first.barrier().unwrap();
        // torch's rank 0 may not take its store away while the other asks for it.
        let second = group();
        first.destroy();
        let x = tensor![1.0];
        second.all_reduce(&x, ReduceOp::Sum).unwrap();
        assert_bits("sum", &x, &tensor![2.0]);
        let lines = |last: &str| vec!["seed 1".to_owned(), last.to_owned()];
        second.agree("the recipes differ", &lines("lr 2")).unwrap();
        let other = format!("lr {}", second.rank());
        let error = second.agree("the recipes differ", &lines(&other)).unwrap_err();
        assert_eq!(error.what(), "the recipes differ: rank 0 has lr 0, rank 1 has lr 1");
    });
}

/// A process of Python's in the same group.
const PYTHON: &str = "
import os, torch, torch.distributed as dist
store = dist.TCPStore(os.environ['MASTER_ADDR'], int(os.environ['MASTER_PORT']), None, False)
store.set('atencion/0/0/rank/1', 'elsewhere\\n0')
dist.init_process_group('gloo')
torch.manual_seed(dist.get_rank())
x = torch.randn(1000)
dist.all_reduce(x)
gathered = [torch.empty_like(x) for _ in range(2)]
dist.all_gather(gathered, x)
assert torch.equal(*gathered), 'the sums differ'
y = torch.arange(4.) * 2
dist.broadcast(y, 0)
assert y.tolist() == [0, 1, 2, 3], y
dist.barrier()
";

#[test]
fn a_process_of_pythons_is_one_of_the_group() {
    const NAME: &str = "collectives::a_process_of_pythons_is_one_of_the_group";
    if is_one_of(NAME) {
        let group = group();
        tch::manual_seed(group.rank() as i64);
        let x = Tensor::randn([1000], (Kind::Float, tch::Device::Cpu));
        group.all_reduce(&x, ReduceOp::Sum).unwrap();
        let gathered = group.all_gather(&x).unwrap();
        assert_bits("Python's sum", &gathered[0], &gathered[1]);
        group.broadcast(&tensor![0.0, 1.0, 2.0, 3.0], 0).unwrap();
        return group.barrier().unwrap();
    }
    let Some(python) = python_with_torch() else { return };
    let places = atencion::dist::Launch::on_this_machine(2, atencion::dist::free_port().unwrap());
    let rust = start_one(NAME, &places[0], None);
    let python = std::process::Command::new(python)
        .args(["-c", PYTHON])
        .envs(places[1].to_env())
        .env("OMP_NUM_THREADS", "1")
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    for ended in all(vec![rust, python]) {
        assert!(ended.status.success(), "{}", ended.stderr);
    }
}
