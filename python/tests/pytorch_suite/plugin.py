"""A pytest plugin that puts Rust under torch.nn while PyTorch's own tests run, and notes what each test called.

`--underneath rust` gives torch's classes the bridge's forward and `F.scaled_dot_product_attention` the bridge's function,
for every instance, also those that torch makes itself. `--underneath torch` leaves all as it is and only counts the same
calls. The report has a JSON line when a test starts and one when it has ended, which counts: its id, outcome, error, calls.
"""

import functools
import json
import pathlib

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
    group.addoption("--go-on", action="store_true", help="leave out what the report has already, and add to it")


class Calls:
    """Calls of the seven modules and of the function; with Rust, how many of them Rust computed.

    With Rust underneath, `atencion.calls()` counts. Nothing is wrapped around the bridge: torch's classes have its forward
    itself, as the bridge must know it there.
    """

    def __init__(self, underneath):
        self.made = 0
        self.atencion = None
        if underneath == "rust":
            import atencion
            from atencion import _modules

            self.atencion = atencion
            for class_ in CLASSES:
                class_.forward = getattr(_modules, class_.__name__).forward
            F.scaled_dot_product_attention = atencion.scaled_dot_product_attention
        else:
            for class_ in CLASSES:
                class_.forward = self.counted(class_.forward)
            F.scaled_dot_product_attention = self.counted(F.scaled_dot_product_attention)

    def counted(self, function):
        @functools.wraps(function)
        def call(*args, **kwargs):
            self.made += 1
            return function(*args, **kwargs)

        return call

    def now(self):
        if self.atencion is None:
            return self.made, 0, {}
        rust, torch = self.atencion.calls()
        return rust + sum(torch.values()), rust, dict(torch)


class Report:
    def __init__(self, config):
        self.calls = Calls(config.getoption("--underneath"))
        path = pathlib.Path(config.getoption("--report-to"))
        only = config.getoption("--only-from")
        self.only = None if only is None else set(pathlib.Path(only).read_text(encoding="utf-8").splitlines())
        self.done = set()
        if config.getoption("--go-on"):
            self.done = {json.loads(line)["test"] for line in path.read_text(encoding="utf-8").splitlines()}
        self.file = path.open("a" if self.done else "w", encoding="utf-8")

    def pytest_collection_modifyitems(self, config, items):
        items[:] = [item for item in items if self.is_wanted(own_id(item.nodeid))]

    def is_wanted(self, test):
        return test not in self.done and (self.only is None or test in self.only)

    def pytest_runtest_logstart(self, nodeid):
        """If no other line about this test follows, the process ended in it."""
        self.note({"test": own_id(nodeid), "outcome": "crashed", "error": "the process ended in this test",
                   "calls": 0, "rust": 0, "torch": {}})

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item, call):
        report = yield
        if call.when == "setup":
            self.before = self.calls.now()
        if call.when == "call" or not report.passed:
            self.write(item, report)
        return report

    def write(self, item, report):
        made, rust, torch = self.calls.now()
        made_before, rust_before, torch_before = getattr(self, "before", (made, rust, torch))
        reasons = {why: n - torch_before.get(why, 0) for why, n in torch.items()}
        line = {
            "test": own_id(item.nodeid),
            "outcome": report.outcome,
            "error": last_line(report) if report.failed else None,
            "calls": made - made_before,
            "rust": rust - rust_before,
            "torch": {why: n for why, n in reasons.items() if n},
        }
        self.note(line)

    def note(self, line):
        self.file.write(json.dumps(line) + "\n")
        self.file.flush()


def own_id(nodeid):
    """The test's id without the folder that the file lies in."""
    path, _, rest = nodeid.partition("::")
    return f"{path.rsplit('/', 1)[-1]}::{rest}"


def last_line(report):
    crash = getattr(report.longrepr, "reprcrash", None)
    return str(getattr(crash, "message", report.longrepr)).strip().splitlines()[0][:300]


def pytest_configure(config):
    if config.getoption("--report-to"):
        config.pluginmanager.register(Report(config), "pytorch_suite_report")
