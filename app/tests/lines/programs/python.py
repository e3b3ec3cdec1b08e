def fib(n):
    a, b = 0, 1
    for _ in range(n):
        a, b = b, a + b
    return a
squares = [i * i for i in range(10) if i % 2 == 0]
d = {"a": 1, "b": [1, 2, 3]}
d["c"] = (4, 5)
first, *rest = [1, 2, 3, 4]
s = "attention is all you need"
words = s.split()
lengths = {w: len(w) for w in words}
text = f"{fib(10):>5} {3.14159:.2f} {1e-7} {1/3!r} {words[0]:*^13} {12345678:,} {0.000012:e} {True} {'x':<3}|"
print(text)
print(squares, d, rest, lengths, sorted(words, key=lambda w: -len(w)), set([1]), None)
print(7 // 2, -7 // 2, 7 % -3, -7 % 3, 2 ** 10, 2 ** -1, 7 / 2, 1e16, 1e15, 123456789.123, 5 // 0.3, -0.0)
print("%d %s %.3f %5.1f%%" % (3, "x", 2.5, 99.5), "{} {:.1f} {n}".format(1, 2.0, n=3))
t = 1 < 2 < 3
q = [1, 2, 3][::-1], "abc"[1:], (1, 2, 3)[-2:]
any([0, 1]), all([1, 1]), max(3, 5, 1), min([4, 2]), sum([1, 2.5]), abs(-3), round(2.5), round(3.14159, 2)
