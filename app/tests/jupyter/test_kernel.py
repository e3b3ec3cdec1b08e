"""The kernel "Rust (atencion)": errors are a line, variables outlive them, and two notebooks do not meet."""

import pytest
from jupyter_client.manager import start_new_kernel

BEGIN = """\
use atencion::attention::{Sdpa, scaled_dot_product_attention};
use atencion_cli::jupyter::EvcxrDisplay;
atencion_cli::jupyter::start()?;
let q = atencion::tensor![[1.0, 2.0]];"""


class Kernel:
    def __init__(self):
        self.manager, self.client = start_new_kernel(kernel_name="atencion", startup_timeout=300)
        self.says(BEGIN)

    def says(self, code):
        """All text that a cell gives, and its richest form."""
        texts, rich = [], None

        def take(message):
            nonlocal rich
            content = message["content"]
            texts.append(content.get("text") or content.get("evalue") or content.get("data", {}).get("text/plain", ""))
            rich = content.get("data", {}).get("text/html", rich)

        self.client.execute_interactive(code, timeout=300, output_hook=take)
        return "".join(texts).strip(), rich

    def complains(self, code):
        """What a cell writes on standard error, which may arrive after the cell has ended."""
        text, _ = self.says(code)
        while not text:
            message = self.client.get_iopub_msg(timeout=30)
            text = message["content"].get("text", "").strip()
        return text

    def end(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


@pytest.fixture(scope="module")
def kernel():
    kernel = Kernel()
    yield kernel
    kernel.end()


def test_a_panic_is_one_line_and_variables_live_on(kernel):
    text = kernel.complains("q.matmul(&q)")
    assert text == "error: mat1 and mat2 shapes cannot be multiplied (1x2 and 1x2)"
    assert kernel.says("q.size()")[0] == "[1, 2]"


def test_an_error_is_one_line(kernel):
    text = kernel.complains("scaled_dot_product_attention(&q, &atencion::tensor![[1.0]], &q, &Sdpa::default())?")
    assert text == "query is [L=1, D=2] but key has D=1"


def test_what_does_not_compile_is_said_and_forgotten(kernel):
    text, _ = kernel.says("q.matmul(q)")
    assert text.startswith("mismatched types"), text
    assert kernel.says("1 + 1")[0] == "2"


def test_a_trace_is_the_explorer(kernel):
    steps = "atencion::attention::scaled_dot_product_attention_steps(&q, &q, &q, &Sdpa::default())?"
    text, rich = kernel.says(steps)
    assert "let output = weights.matmul(&value);" in text, text
    assert rich.startswith("<iframe"), rich[:100]


def test_two_kernels_at_once(kernel):
    other = Kernel()
    try:
        other.says("let mine = 2;")
        kernel.says("let mine = 1;")
        assert (kernel.says("mine")[0], other.says("mine")[0]) == ("1", "2")
    finally:
        other.end()
