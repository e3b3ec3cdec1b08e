"""Small wheels in the shape of the real ones, and a package index that can misbehave."""

import base64
import hashlib
import http.server
import pathlib
import subprocess
import sys
import threading
import time
import zipfile

SUFFIX = ".dylib" if sys.platform == "darwin" else ".so"
TORCH_H = "torch/include/torch/csrc/api/include/torch/torch.h"
LIBRARIES = ("torch_cpu", "torch", "c10", "torch_python", "torch_cuda")


def library(folder):
    """The bytes of a real, empty shared library: setup loads what it downloaded."""
    path = pathlib.Path(folder) / f"libempty{SUFFIX}"
    subprocess.run(["c++", "-shared", "-fPIC", "-x", "c++", "/dev/null", "-o", str(path)], check=True)
    return path.read_bytes()


def torch_files(bytes_of_library, version="2.13.0"):
    files = {f"torch/lib/lib{name}{SUFFIX}": bytes_of_library for name in LIBRARIES}
    files[TORCH_H] = b"// torch\n"
    files["torch/__init__.py"] = b"raise ImportError('setup must not import torch')\n"
    files["torch/version.py"] = f"__version__ = '{version}+cu130'\n".encode()
    return files


def lay_out(folder, files):
    for name, content in files.items():
        path = pathlib.Path(folder) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def wheel(folder, name, version, files, requires=()):
    """Writes a wheel that pip accepts, and returns its path."""
    info = f"{name}-{version}.dist-info"
    lines = [f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}", *(f"Requires-Dist: {r}" for r in requires)]
    extras = sorted({r.split("extra == '")[1].rstrip("'") for r in requires if "extra ==" in r})
    lines += [f"Provides-Extra: {extra}" for extra in extras]
    files = {
        **files,
        f"{info}/METADATA": ("\n".join(lines) + "\n").encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    path = pathlib.Path(folder) / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        record = ""
        for member, content in files.items():
            archive.writestr(member, content)
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            record += f"{member},sha256={digest},{len(content)}\n"
        archive.writestr(f"{info}/RECORD", record + f"{info}/RECORD,,\n")
    return path


def cuda_runtime(folder, bytes_of_library):
    """The wheels that the CPU half of PyPI's Linux wheel needs beside it."""
    requires = ["nvidia-cuda-runtime==13.0.96.*; extra == 'cudart'", "nvidia-cuda-cupti==13.0.85.*; extra == 'cupti'"]
    wheel(folder, "cuda_toolkit", "13.0.3", {}, requires)
    wheel(folder, "nvidia_cuda_runtime", "13.0.96", {"nvidia/cu13/lib/libcudart.so.13": bytes_of_library})
    cupti = {"nvidia/cu13/lib/libcupti.so.13": bytes_of_library, "nvidia/cu13/lib/libnvperf_host.so": b"large"}
    wheel(folder, "nvidia_cuda_cupti", "13.0.85", cupti)


class Index:
    """A package index over a folder of wheels, on a free local port."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.fetched = []  # names of wheels asked for
        self.damage = lambda content: content  # what arrives instead of the wheel
        self.stall = threading.Event()  # set: send half of a wheel and wait
        self.stalled = threading.Event()  # set by us once half is sent
        index = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                index.answer(self)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/simple"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.stall.clear()
        self.server.shutdown()
        self.server.server_close()

    def answer(self, request):
        name = request.path.rstrip("/").rsplit("/", 1)[-1]
        if name.endswith(".whl"):
            self.send_wheel(request, name)
        else:
            self.send(request, self.page(name).encode(), "text/html")

    def page(self, project):
        links = ""
        for path in sorted(self.folder.glob(f"{project.replace('-', '_')}-*.whl")):
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            links += f'<a href="/files/{path.name}#sha256={digest}">{path.name}</a>\n'
        return f"<!DOCTYPE html><html><body>{links}</body></html>"

    def send_wheel(self, request, name):
        self.fetched.append(name)
        content = (self.folder / name).read_bytes()
        if self.stall.is_set():
            request.send_response(200)
            request.send_header("Content-Length", str(len(content)))
            request.end_headers()
            request.wfile.write(content[: len(content) // 2])
            request.wfile.flush()
            self.stalled.set()
            while self.stall.is_set():
                time.sleep(0.02)
            return
        self.send(request, self.damage(content), "application/octet-stream")

    @staticmethod
    def send(request, content, kind):
        request.send_response(200)
        request.send_header("Content-Type", kind)
        request.send_header("Content-Length", str(len(content)))
        request.end_headers()
        request.wfile.write(content)
