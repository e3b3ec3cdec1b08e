"""Promise: forked workers, DDP and FSDP use a bridge as they use torch's module."""

import os
import pathlib
import subprocess
import sys

import pytest
import torch
import torch.distributed as dist
from torch import nn
from torch.utils.data import DataLoader, Dataset

import atencion

linux = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")


class Attended(Dataset):
    """Items that a bridge computes in the worker."""

    def __init__(self, module):
        self.module = module

    def __len__(self):
        return 8

    def __getitem__(self, i):
        with torch.no_grad():
            return self.module(torch.linspace(-1, i, 40).view(5, 8))


@linux
def test_forked_workers_of_a_data_loader():
    module = nn.TransformerEncoderLayer(8, 2, 16).eval()
    bridge = atencion.from_torch(module)
    bridge(torch.randn(5, 8))  # the parent has computed before it forks
    loader = DataLoader(Attended(bridge), batch_size=2, num_workers=2, multiprocessing_context="fork")
    expected = DataLoader(Attended(module), batch_size=2)
    assert all(map(torch.equal, loader, expected)) and len(loader) == 4


@linux
def test_a_forked_child_ends_while_its_parent_computes():
    """What ran in the parent when it forked does not run in the child, whose end must not wait for it."""
    lines = """
import os, sys, threading, time, torch, atencion
q = torch.randn(1, 8, 2000, 64)
threading.Thread(target=lambda: [atencion.scaled_dot_product_attention(q, q, q) for _ in range(5)]).start()
time.sleep(0.1)
if (child := os.fork()) == 0:
    sys.exit(7)
begun = time.monotonic()
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
print(time.monotonic() - begun)
"""
    done = subprocess.run(
        [sys.executable, "-c", lines], capture_output=True, text=True, timeout=300, check=False,
        cwd=pathlib.Path(__file__).parents[2],
    )
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) < 50, "the child waited for its parent's computation until it lost its patience"


@pytest.fixture
def group(tmp_path):
    dist.init_process_group("gloo", init_method=f"file://{tmp_path}/rendezvous", rank=0, world_size=1)
    yield
    dist.destroy_process_group()


def model(bridged):
    torch.manual_seed(0)
    layers = [nn.TransformerEncoderLayer(8, 2, 16, 0.0, batch_first=True) for _ in range(2)]
    return nn.Sequential(*map(atencion.from_torch, layers) if bridged else layers)


def trained(wrapped):
    """Losses of some steps, and the parameters after them."""
    optimizer = torch.optim.SGD(wrapped.parameters(), lr=0.1)
    losses = []
    for step in range(3):
        torch.manual_seed(step)
        loss = wrapped(torch.randn(2, 5, 8)).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses, [parameter.detach().clone() for parameter in wrapped.parameters()]


def same(ours, theirs):
    assert ours[0] == theirs[0] and len(ours[1]) == len(theirs[1]) > 0
    for a, b in zip(ours[1], theirs[1]):
        local = [t.full_tensor() if hasattr(t, "full_tensor") else t for t in (a, b)]
        assert torch.equal(*local)


def test_distributed_data_parallel(group):
    wrap = nn.parallel.DistributedDataParallel
    before = atencion.calls().rust
    same(trained(wrap(model(True))), trained(wrap(model(False))))
    assert atencion.calls().rust == before + 6


def test_fully_sharded_data_parallel(group):
    """A shard is a DTensor outside of the call and a plain parameter inside."""
    from torch.distributed.device_mesh import init_device_mesh
    from torch.distributed.fsdp import fully_shard

    mesh = init_device_mesh("cpu", (1,))

    def wrap(module):
        for part in module:
            fully_shard(part, mesh=mesh)
        return fully_shard(module, mesh=mesh)

    same(trained(wrap(model(True))), trained(wrap(model(False))))
