import numpy as np
np.random.seed(1)
x = np.random.standard_normal((6, 4))
q, k = np.split(x, 2, axis=1)
a, b, c = np.array_split(x, 3)
empty = np.zeros_like(np.empty_like(q))
back = np.flip(q, axis=0)
inner = np.inner(q, k)
# %%
def softmax(row):
    exps = np.exp(row - row.max())
    return exps / exps.sum()
w = np.apply_along_axis(softmax, 1, inner)
v = np.apply_along_axis(softmax, 0, inner)
print(w.shape, np.ndim(w), np.size(w))
