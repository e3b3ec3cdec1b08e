import torch
def outer(k):
    count = 0
    def inner(x):
        nonlocal count
        count += 1
        return x * k + count
    return inner
f = outer(3)
a = [f(1), f(1), f(2)]
total = 0
def bump(by=1):
    global total
    total += by
bump()
bump(by=5)
fs = [lambda x, i=i: x + i for i in range(3)]
b = [g(10) for g in fs]
def gen(n):
    for i in range(n):
        yield i * i
c = list(gen(4))
d = list(zip([1, 2], "ab"))
e = list(map(lambda t: t * 2, [1, 2]))
for i, w in enumerate(["x", "y"], 1):
    print(i, w, sep=":", end=";")
else:
    print("done")
m = [[r * c for c in range(3)] for r in range(2)]
