import torch
print(torch.tensor(3.5), torch.tensor([1, 2]), torch.zeros(2, 2))
x = torch.tensor([[1e-5, 1.0], [1000.0, 2.0]], requires_grad=True)
print(x * 2, x.sum())
print("shape:", x.shape, x.size(), x.dtype, x.device)
print([torch.tensor(1.0)], {"a": torch.tensor([1])})
print(f"{x[0, 1]:.3f} {x.sum().item():.2f} {x.shape[0]}")
mx = torch.max(x, dim=1)
print(mx)
x.detach().numpy().round(2) if False else None
torch.return_types if False else x.tolist()
