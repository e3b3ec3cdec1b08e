"""A pytest plugin that puts Rust under torch.nn while PyTorch's own tests run, and notes what each test called.

`--underneath rust` gives torch's classes the bridge's forward and `F.scaled_dot_product_attention` the bridge's function,
for every instance, also those that torch makes itself. `--underneath torch` leaves all as it is and only counts the same
calls. The report is one JSON line a test: its id, outcome, error, and calls.
"""

import functools
import json

import pytest
import torch.nn.functional as F
from torch import nn

CLASSES = (
    nn.LayerNorm,
    nn.MultiheadAttention,
    nn.TransformerEncoderLayer,
    nn.TransformerEncoder,
    nn.TransformerDecoderLayer,
    nn.TransformerDecoder,
    nn.Transformer,
)


def pytest_addoption(parser):
    group = parser.getgroup("pytorch_suite")
    group.addoption("--underneath", choices=("torch", "rust"), default="torch")
    group.addoption("--report-to", default=None, help="file for one JSON line a test")
    group.addoption("--only-from", default=None, help="file with the ids of the tests to run")


class Calls:
    """Calls of the seven modules and of the function; with Rust, how many of them Rust computed."""

    def __init__(self, underneath):
        self.made = 0
        self.atencion = None
        if underneath == "rust":
            import atencion
            from atencion import _modules

            self.atencion = atencion
        for class_ in CLASSES:
            forward = class_.forward if self.atencion is None else getattr(_modules, class_.__name__).forward
            class_.forward = self.counted(forward)
        attention = F.scaled_dot_product_attention if self.atencion is None else atencion.scaled_dot_product_attention
        F.scaled_dot_product_attention = self.counted(attention)

    def counted(self, function):
        @functools.wraps(function)
        def call(*args, **kwargs):
            self.made += 1
            return function(*args, **kwargs)

        return call

    def now(self):
        rust, torch = self.atencion.calls() if self.atencion else (0, {})
        return self.made, rust, dict(torch)


class Report:
    def __init__(self, config):
        self.calls = Calls(config.getoption("--underneath"))
        self.file = open(config.getoption("--report-to"), "w", encoding="utf-8")
        only = config.getoption("--only-from")
        self.only = None if only is None else set(open(only, encoding="utf-8").read().splitlines())

    def pytest_collection_modifyitems(self, config, items):
        if self.only is not None:
            items[:] = [item for item in items if own_id(item) in self.only]

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item, call):
        report = yield
        if call.when == "setup":
            self.before = self.calls.now()
        if call.when == "call":
            self.write(item, report)
        elif report.failed:
            self.write(item, report)
        return report

    def write(self, item, report):
        made, rust, torch = self.calls.now()
        made_before, rust_before, torch_before = getattr(self, "before", (made, rust, torch))
        reasons = {why: n - torch_before.get(why, 0) for why, n in torch.items()}
        line = {
            "test": own_id(item),
            "outcome": report.outcome,
            "error": last_line(report) if report.failed else None,
            "calls": made - made_before,
            "rust": rust - rust_before,
            "torch": {why: n for why, n in reasons.items() if n},
        }
        self.file.write(json.dumps(line) + "\n")
        self.file.flush()


def own_id(item):
    """The test's id without the folder that the file lies in."""
    path, _, rest = item.nodeid.partition("::")
    return f"{path.rsplit('/', 1)[-1]}::{rest}"


def last_line(report):
    crash = getattr(report.longrepr, "reprcrash", None)
    return str(getattr(crash, "message", report.longrepr)).strip().splitlines()[0][:300]


def pytest_configure(config):
    if config.getoption("--report-to"):
        config.pluginmanager.register(Report(config), "pytorch_suite_report")
