"""Builds the crate as the kernel does, so that a first cell answers in seconds."""

from libtorch.say import Trouble, say

from . import spec

FIRST_CELL = "use atencion_cli::jupyter::{EvcxrDisplay, print};\natencion::tensor![[1.0]]"
LONGEST = 1800
STARTS = 300


def build(root):
    from jupyter_client.manager import start_new_kernel

    say("building what a first cell needs (the first time, some minutes)")
    try:
        manager, client = start_new_kernel(kernel_name=spec.NAME, startup_timeout=STARTS, cwd=str(root))
    except RuntimeError as error:
        # jupyter_client's word for a kernel that died, or did not answer in that time.
        why = (str(error).strip().splitlines() or ["it did not say why"])[0]
        raise Trouble(
            f"the kernel did not start within {STARTS // 60} minutes: {why}",
            "call scripts/jupyter again when the machine is less busy",
        ) from None
    errors = []

    def note(message):
        if message["msg_type"] == "error":
            errors.append(message["content"]["evalue"])

    try:
        client.execute_interactive(FIRST_CELL, timeout=LONGEST, output_hook=note)
    except TimeoutError:
        raise Trouble(f"a first cell was not built in {LONGEST // 60} minutes", "call scripts/jupyter again: it goes on") from None
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    if errors:
        first = errors[0].strip().splitlines()[0]
        raise Trouble(f"a first cell could not be built: {first}", "cargo build shows why")
