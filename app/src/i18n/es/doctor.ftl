# atencion doctor
doctor-unknown = desconocido
doctor-present = presente
doctor-well = Todo está bien.
doctor-problem = problema

doctor-found-LIBTORCH = hallado: scripts/setup lo recibió en LIBTORCH
doctor-found-python = hallado: scripts/setup lo tomó del torch del Python activo
doctor-found-download = hallado: scripts/setup lo descargó
doctor-found-elsewhere = hallado: por el run path o LD_LIBRARY_PATH; no lo eligió scripts/setup

doctor-cpu = { $threads ->
    [one] un hilo, { $capability }
   *[other] { $threads } hilos, { $capability }
}
doctor-mps-none = no hay: solo lo tienen las GPU de Apple

doctor-cuda-devices = enlazado; { $count ->
    [one] un dispositivo
   *[other] { $count } dispositivos
}
doctor-cuda-macos = sin enlazar: en macOS no existe
doctor-cuda-no-driver = enlazado, pero esta máquina no tiene controlador de NVIDIA
doctor-cuda-not-in-libtorch = sin enlazar: este libtorch es solo para la CPU

doctor-cuda-unusable = enlazado, pero el controlador de NVIDIA no ofrece ningún dispositivo a libtorch
doctor-cuda-unusable-mend = ejecuta nvidia-smi: dice si el controlador es antiguo o el dispositivo está oculto (CUDA_VISIBLE_DEVICES)
doctor-cuda-not-linked = libtorch tiene CUDA, pero este programa se enlazó sin ella
doctor-cuda-not-linked-mend = cargo clean -p torch-sys -p atencion; scripts/run
doctor-cuda-idle = hay un controlador de NVIDIA, pero este libtorch es solo para la CPU
doctor-cuda-idle-mend = scripts/setup --cuda
doctor-version-differs = este programa se compiló para libtorch { $built }, pero se cargó { $loaded } desde { $folder }
doctor-version-differs-mend = quita LD_LIBRARY_PATH, o compila de nuevo: scripts/setup --again; scripts/run
doctor-miscomputes = el dispositivo { $device } no calcula: { $why }
doctor-miscomputes-mend = usa --device cpu, y ejecuta scripts/setup --again

doctor-deep-same = { $names }: como se instaló
doctor-deep-unknown = { $names }: nadie anotó cómo debe ser
doctor-changed = { $name } no es lo que se instaló: su SHA-256 es otro
doctor-changed-mend = instálalo de nuevo: pip install --force-reinstall torch, o borra la descarga y llama a scripts/setup --again
help-doctor-deep = Lee cada biblioteca de libtorch y la compara con el SHA-256 de su instalación
doctor-models = modelos
doctor-models-none = ninguno en la caché del Hub de Hugging Face
doctor-megabytes = { $size } MB
