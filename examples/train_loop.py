"""Learns to turn ten digits round: the loop that one writes by hand, with what a real one needs.

examples/train_loop.rs is the same in Rust, and ends with the same weights, to the last bit.
"""

import sys

import torch
from torch import nn
from torch.optim import lr_scheduler
from torch.utils.data import DataLoader

DIGITS, LENGTH, WIDTH = 10, 10, 32


class Reverser(nn.Module):
    def __init__(self):
        super().__init__()
        self.digit = nn.Embedding(DIGITS, WIDTH)
        self.place = nn.Embedding(LENGTH, WIDTH)
        self.encoder = nn.TransformerEncoderLayer(WIDTH, 4, 64, batch_first=True)
        self.generator = nn.Linear(WIDTH, DIGITS)

    def forward(self, digits):  # [B, L] -> [B, L, DIGITS]
        x = self.digit(digits) + self.place(torch.arange(LENGTH))
        return self.generator(self.encoder(x))


def main(folder, seed, autocast):
    torch.manual_seed(seed)
    data = torch.randint(DIGITS, (256, LENGTH)).tolist()
    loader = DataLoader(data, batch_size=16, shuffle=True, collate_fn=torch.tensor)

    model = Reverser()
    decay = [p for p in model.parameters() if p.dim() >= 2]
    no_decay = [p for p in model.parameters() if p.dim() < 2]
    groups = [{"params": decay, "weight_decay": 0.1}, {"params": no_decay, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=3e-3)
    warm_up = lr_scheduler.LinearLR(optimizer, 0.1, 1.0, 8)
    cosine = lr_scheduler.CosineAnnealingLR(optimizer, 56, 0.0)
    scheduler = lr_scheduler.SequentialLR(optimizer, [warm_up, cosine], [8])
    criterion = nn.CrossEntropyLoss(label_smoothing=0.1)

    losses, norms = [], []
    for _epoch in range(8):
        for number, digits in enumerate(loader):
            with torch.autocast("cpu", dtype=torch.bfloat16, enabled=autocast):
                logits = model(digits)
                loss = criterion(logits.flatten(0, 1), digits.flip([1]).flatten())
            (loss / 2).backward()
            losses.append(loss.item())
            if number % 2 == 1:
                norms.append(nn.utils.clip_grad_norm_(model.parameters(), 1.0).item())
                optimizer.step()
                scheduler.step()
                optimizer.zero_grad()
    torch.save(
        {
            "model": model.state_dict(),
            "optimizer": optimizer.state_dict(),
            "losses": torch.tensor(losses, dtype=torch.float64),
            "norms": torch.tensor(norms, dtype=torch.float64),
        },
        f"{folder}/python.pt",
    )
    print(f"step {len(norms)}: loss {losses[-1]:.4f}")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), "bfloat16" in sys.argv[3:])
