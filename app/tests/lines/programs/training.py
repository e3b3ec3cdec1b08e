import torch
import torch.nn as nn
torch.manual_seed(0)
model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
criterion = nn.CrossEntropyLoss()
x = torch.randn(16, 4)
t = torch.randint(0, 2, (16,))
losses = []
for step in range(5):
    optimizer.zero_grad()
    loss = criterion(model(x), t)
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
    print(f"step {step}: {loss.item():.4f}")
model
