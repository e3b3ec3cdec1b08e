# atencion doctor
doctor-unknown = unknown
doctor-present = present
doctor-well = All is well.
doctor-problem = problem

doctor-found-LIBTORCH = found: scripts/setup was given it in LIBTORCH
doctor-found-python = found: scripts/setup took it from the active Python's torch
doctor-found-download = found: scripts/setup downloaded it
doctor-found-elsewhere = found: by the run path or LD_LIBRARY_PATH; scripts/setup did not choose it

doctor-cpu = { $threads ->
    [one] one thread, { $capability }
   *[other] { $threads } threads, { $capability }
}
doctor-mps-none = none: only Apple's GPUs have it

doctor-cuda-devices = linked; { $count ->
    [one] one device
   *[other] { $count } devices
}
doctor-cuda-macos = not linked: there is none on macOS
doctor-cuda-no-driver = linked, but this machine has no NVIDIA driver
doctor-cuda-not-in-libtorch = not linked: this libtorch is for the CPU alone

doctor-cuda-unusable = linked, but the NVIDIA driver offers libtorch no device
doctor-cuda-unusable-mend = run nvidia-smi: it names a driver that is too old or a device that is hidden (CUDA_VISIBLE_DEVICES)
doctor-cuda-not-linked = libtorch has CUDA, but this program was linked without it
doctor-cuda-not-linked-mend = cargo clean -p torch-sys -p atencion; scripts/run
doctor-cuda-idle = an NVIDIA driver is here, but this libtorch is for the CPU alone
doctor-cuda-idle-mend = scripts/setup --cuda
doctor-version-differs = this program was built for libtorch { $built }, but { $loaded } was loaded from { $folder }
doctor-version-differs-mend = unset LD_LIBRARY_PATH, or build anew: scripts/setup --again; scripts/run
doctor-miscomputes = device { $device } does not compute: { $why }
doctor-miscomputes-mend = use --device cpu, and run scripts/setup --again

doctor-deep-same = { $names }: as installed
doctor-deep-unknown = { $names }: nobody wrote down what it should be
doctor-changed = { $name } is not what was installed: its SHA-256 differs
doctor-changed-mend = install it anew: pip install --force-reinstall torch, or remove the download and call scripts/setup --again
help-doctor-deep = Read every library of libtorch, and hold it to the SHA-256 of its installation
doctor-models = models
doctor-models-none = none in the cache of the Hugging Face Hub
doctor-megabytes = { $size } MB
