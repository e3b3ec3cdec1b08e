"""Trains a small model on several processes under DistributedDataParallel, for the tests to hold Rust's against:

    python scripts/goldens/ddp.py FOLDER '{"processes": 2, "dtype": "float32", ...}'

It writes the model that all begin with, the data, and for each rank the losses of all steps, the indices of its
DistributedSampler, the weights, and the bytes of its buckets. tests/dist/ddp.rs does the same, line for line.
"""

import json
import os
import pathlib
import socket
import subprocess
import sys
from contextlib import nullcontext

import torch
import torch.distributed as dist
from safetensors.torch import load_file, save_file
from torch import nn
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data.distributed import DistributedSampler

STEPS = 50
ITEMS = 44
BATCH = 4


class Net(nn.Module):
    def __init__(self, unused):
        super().__init__()
        self.layer = nn.TransformerEncoderLayer(16, 2, 32, dropout=0.0, batch_first=True)
        self.head = nn.Linear(16, 5)
        if unused:
            self.spare = nn.Linear(16, 5)
        self.register_buffer("seen", torch.zeros(1))

    def forward(self, x, spare):
        self.seen += x.mean()
        pooled = self.layer(x).mean(1)
        logits = self.head(pooled)
        return logits + self.spare(pooled) if spare else logits


def batches(case, rank):
    """The indices of each step's batches, `accumulate` of them a step."""
    sampler = DistributedSampler(range(ITEMS), case["processes"], rank, seed=case["seed"])
    indices, epoch = [], 0
    while len(indices) < STEPS * case["accumulate"]:
        sampler.set_epoch(epoch)
        order = list(sampler)
        indices += [order[at : at + BATCH] for at in range(0, len(order) - BATCH + 1, BATCH)]
        epoch += 1
    return indices[: STEPS * case["accumulate"]]


def train(folder, case):
    torch.set_num_threads(1)
    dist.init_process_group("gloo")
    rank = dist.get_rank()
    model = Net(case["unused"]).to(getattr(torch, case["dtype"]))
    if rank == 0:  # The others get it from there.
        model.load_state_dict(load_file(folder / "model.safetensors"))
    data = load_file(folder / "data.safetensors")
    ddp = DistributedDataParallel(
        model,
        bucket_cap_mb=case["bucket_cap_mb"],
        find_unused_parameters=case["unused"],
        gradient_as_bucket_view=case["view"],
    )
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    criterion = nn.CrossEntropyLoss()
    indices = batches(case, rank)
    losses, accumulate = [], case["accumulate"]
    for step in range(STEPS):
        optimizer.zero_grad()
        for micro in range(accumulate):
            batch = indices[step * accumulate + micro]
            x, y = data["x"][batch], data["y"][batch]
            spare = case["unused"] and (step + rank) % 3 == 0
            with ddp.no_sync() if micro + 1 < accumulate else nullcontext():
                loss = criterion(ddp(x, spare), y) / accumulate
                loss.backward()
            losses.append(loss.detach())
        optimizer.step()
    found = {"losses": torch.stack(losses), "indices": torch.tensor(indices)}
    found |= {f"model.{name}": tensor for name, tensor in model.state_dict().items()}
    sizes = ddp._get_ddp_logging_data().get("rebuilt_bucket_sizes") or ddp._get_ddp_logging_data()["bucket_sizes"]
    found["bucket_bytes"] = torch.tensor([int(size) for size in sizes.split(",")])
    save_file(found, folder / f"rank{rank}.safetensors")
    dist.destroy_process_group()


def main():
    folder, case = pathlib.Path(sys.argv[1]), json.loads(sys.argv[2])
    if "RANK" in os.environ:
        return train(folder, case)
    torch.manual_seed(case["seed"])
    dtype = getattr(torch, case["dtype"])
    save_file(Net(case["unused"]).to(dtype).state_dict(), folder / "model.safetensors")
    data = {"x": torch.randn(ITEMS, 6, 16, dtype=dtype), "y": torch.randint(5, (ITEMS,))}
    save_file(data, folder / "data.safetensors")
    (folder / "case.json").write_text(sys.argv[2])
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    world = str(case["processes"])
    common = {"WORLD_SIZE": world, "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "OMP_NUM_THREADS": "1"}
    started = [
        subprocess.Popen([sys.executable, *sys.argv], env=os.environ | common | {"RANK": str(rank)})
        for rank in range(case["processes"])
    ]
    if any([process.wait() for process in started]):
        sys.exit("ddp.py: a process failed")


if __name__ == "__main__":
    main()
