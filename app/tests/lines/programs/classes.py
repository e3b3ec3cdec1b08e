import torch
from dataclasses import dataclass
@dataclass
class Config:
    d: int = 4
    heads: int = 2
class Base:
    count = 0
    def __init__(self, name, *args, scale=1.0, **kw):
        self.name = name
        self.args = args
        self.scale = scale
        self.kw = kw
    @property
    def double(self):
        return self.scale * 2
    @staticmethod
    def helper(x):
        return x + 1
    def __repr__(self):
        return f"Base({self.name})"
    def __len__(self):
        return len(self.args)
    def __getitem__(self, i):
        return self.args[i]
class Child(Base):
    def __init__(self, name):
        super().__init__(name, 1, 2, scale=3.0, extra=5)
    def __call__(self, x):
        return x * self.scale
c = Child("kid")
cfg = Config(heads=8)
r = c(torch.tensor([1.0, 2.0]))
print(c, c.double, Base.helper(3), len(c), c[1], c.kw, cfg, isinstance(c, Base))
try:
    c.missing
except AttributeError as e:
    msg = str(e)
try:
    raise ValueError("bad")
except (TypeError, ValueError) as e:
    kind = type(e).__name__
finally:
    done = True
msg, kind, done
