import torch
import torch.nn as nn
import torch.nn.functional as F
torch.manual_seed(0)
x = torch.randn(3, 5, 4)
lstm = nn.LSTM(4, 6, num_layers=2, bidirectional=True, batch_first=True)
out, (h, c) = lstm(x)
gru = nn.GRU(input_size=4, hidden_size=6)
g, gh = gru(x)
rnn = nn.RNN(4, 6, batch_first=True)
r, rh = rnn(x, torch.ones(1, 3, 6))
one, _ = rnn(x[0])
relu = nn.RNN(4, 3, nonlinearity="relu", bias=False)
e, _ = relu(x)
n = sum(p.numel() for p in lstm.parameters())
print(n, out.shape, h.shape, gh.shape, one.shape)
# %%
scores = torch.bmm(out, out.transpose(1, 2))
context = torch.bmm(F.softmax(scores, 2), out)
context.shape
