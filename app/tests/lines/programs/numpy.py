import numpy as np
np.random.seed(0)
Q = np.random.rand(4, 3)
r = np.random.randn(5)
k = np.random.randint(0, 10, (3,))
A = np.array([[1.0, 2.0], [3.0, 4.0]])
B = A @ A.T / np.sqrt(2)
m = A.max(axis=1, keepdims=True)
c = A.sum(axis=0)
d = np.arange(6).reshape(2, 3)
e = A > 2
f = A[A > 2]
print(A)
print(A.shape, d, m)
A
