"""torch's DistributedDataParallel around a model whose forward runs in Rust, under torchrun: PyTorch's own weights."""

import pathlib
import subprocess
import sys

import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel

import atencion

STEPS = 10


class InRust(nn.Module):
    """The same parameters under the same names, computed in Rust."""

    def __init__(self, module):
        super().__init__()
        self.module = module
        # Not a child: it has no parameters of its own.
        object.__setattr__(self, "rust", atencion.from_torch(module))

    def forward(self, x):
        return self.rust(x)


class InTorch(nn.Module):
    def __init__(self, module):
        super().__init__()
        self.module = module

    def forward(self, x):
        return self.module(x)


def train(wrapped):
    torch.manual_seed(1)
    layer = nn.TransformerEncoderLayer(16, 2, 32, dropout=0.0, batch_first=True)
    model = DistributedDataParallel(wrapped(layer), bucket_cap_mb=0.004)
    optimizer = torch.optim.AdamW(layer.parameters(), lr=1e-2)
    torch.manual_seed(2 + dist.get_rank())
    losses = []
    for _ in range(STEPS):
        optimizer.zero_grad()
        loss = model(torch.randn(4, 6, 16)).square().mean()
        loss.backward()
        optimizer.step()
        losses.append(loss.detach())
    return {"losses": torch.stack(losses), **{name: value.detach() for name, value in layer.named_parameters()}}


def compare():
    torch.set_num_threads(1)
    dist.init_process_group("gloo")
    expected, actual = train(InTorch), train(InRust)
    assert expected.keys() == actual.keys() and len(actual) > 10
    for name, value in expected.items():
        assert torch.equal(actual[name], value), name
    weights = [torch.empty_like(actual["linear1.weight"]) for _ in range(2)]
    dist.all_gather(weights, actual["linear1.weight"])
    assert torch.equal(*weights), "the ranks' weights differ"
    dist.destroy_process_group()


def test_ddp_learns_the_same_from_gradients_of_rust():
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    ran = subprocess.run([*torchrun, str(pathlib.Path(__file__))], capture_output=True, text=True, timeout=300)
    assert ran.returncode == 0, ran.stderr


if __name__ == "__main__":
    compare()
