"""What the numbers were made with. The last bit depends on it: MKL and ATen pick kernels by CPU."""

import platform

import torch


def fingerprint():
    """Torch version, vector width ATen uses and CPU model: equal fingerprints give equal bits."""
    model = platform.processor()
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            model = next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        pass
    return {
        "torch": torch.__version__.split("+")[0],
        "capability": torch.backends.cpu.get_cpu_capability(),
        "cpu": model,
        "threads": str(torch.get_num_threads()),
    }
