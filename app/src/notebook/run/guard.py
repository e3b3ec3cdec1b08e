"""Stands between `atencion verify --run` and the notebook, so that nothing the notebook starts outlives the program.

guard.py NOTEBOOK BESIDE PYTHON. Its first line of standard input is the job, as JSON; after that, the pipe is the line of
life: however the program ends (an error, a signal, SIGKILL), the pipe is closed, and all that runs below this process
is ended and its folder removed. On Linux this process is the reaper of all of them: a child that detached itself, in a
session of its own, comes back to it when its parent dies. Python's standard library alone.
"""

import json
import os
import secrets
import select
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time

LINUX = sys.platform.startswith("linux")
PR_SET_DUMPABLE, PR_SET_CHILD_SUBREAPER = 4, 36
# How often it looks whether the driver has ended, and for how long it ends what will not end, in seconds.
LOOK, PATIENCE = 0.05, 10.0
PREFIX = "atencion-run-"


def prctl(option, value):
    if LINUX:
        try:
            import ctypes

            ctypes.CDLL(None).prctl(option, value, 0, 0, 0)
        except (ImportError, OSError, AttributeError):
            pass  # A Python without ctypes: what detached itself is then not found.


def tell(secret, /, **event):
    line = f"{secret} {json.dumps(event)}\n" if secret else json.dumps(event) + "\n"
    try:
        os.write(1, line.encode())
    except OSError:
        pass  # Nobody listens any more: the line of life says the same.


def parents():
    """The parent of each process of the system."""
    if not LINUX:
        table = subprocess.run(["ps", "-axo", "pid=,ppid="], capture_output=True, text=True, check=False).stdout
        return dict(map(int, line.split()) for line in table.splitlines())
    found = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat", "rb") as file:
                # The name of the program stands in brackets and may hold brackets itself.
                state, parent = file.read().rpartition(b")")[2].split()[:2]
        except (OSError, ValueError):
            continue
        if state != b"Z":
            found[int(name)] = int(parent)
    return found


def below(ancestor):
    """The processes below one, the nearest first."""
    table = parents()
    family = [ancestor]
    for each in family:
        family += [process for process, parent in table.items() if parent == each and process not in family]
    return family[1:]


def reap():
    """Takes note of those that have ended."""
    ended = {}
    try:
        while True:
            process, status = os.waitpid(-1, os.WNOHANG)
            if not process:
                return ended
            ended[process] = status
    except ChildProcessError:
        return ended


def end_all():
    """Ends every process below this one; those that they start meanwhile, too."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        alive = below(os.getpid())
        for process in alive:
            try:
                os.kill(process, signal.SIGKILL)
            except OSError:
                pass
        reap()
        if not alive:
            return
        time.sleep(0.005)


def remove(folder):
    """Removes it, also where a cell took away the right to."""

    def allow_and_retry(function, path, _):
        for each in (os.path.dirname(path), path):
            try:
                os.chmod(each, stat.S_IRWXU)
            except OSError:
                pass
        try:
            function(path)
        except OSError:
            pass

    shutil.rmtree(folder, onerror=allow_and_retry)
    shutil.rmtree(folder, ignore_errors=True)


def sandboxed(command, folder, beside):
    """The same command where it can write to that folder alone, has no network and sees no other process."""
    return [
        "bwrap", "--die-with-parent", "--new-session", "--unshare-pid", "--unshare-net", "--unshare-ipc",
        "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--bind", folder, folder, "--chdir", beside,
        "--", *command,
    ]  # fmt: skip


def start(job, secret, folder, notebook, beside, python):
    """The driver, with the pipe to the program in its hands alone, and not as standard output: cells write to that."""
    shutil.copyfile(notebook, os.path.join(folder, "notebook.ipynb"))
    for name in ("driver.py", "recorder.py"):
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(job[name])
    pipe = os.dup(1)
    told, tells = os.pipe()
    command = [python, os.path.join(folder, "driver.py"), folder, beside, str(job["seconds"]), str(pipe), str(told)]
    if job["sandbox"]:
        command = sandboxed(command, folder, beside)
    # What a library leaves in the temporary folder goes with ours.
    environment = {**os.environ, "JUPYTER_RUNTIME_DIR": folder, "TMPDIR": folder,
                   "IPYTHONDIR": os.path.join(folder, "ipython")}  # fmt: skip
    driver = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env=environment, pass_fds=(pipe, told), start_new_session=True,
    )  # fmt: skip
    os.close(pipe)
    os.close(told)
    # Neither an argument nor the environment: those any process of this user can read.
    os.write(tells, secret.encode())
    os.close(tells)
    return driver


def program_is_there():
    """Waits a moment; false once the line of life is closed."""
    readable, _, _ = select.select([0], [], [], LOOK)
    return not readable or bool(os.read(0, 1))


def watch(job, secret, folder, notebook, beside, python):
    driver = start(job, secret, folder, notebook, beside, python)
    while program_is_there():
        ended = reap()
        if driver.pid in ended:
            end_all()
            tell(secret, event="end", status=ended[driver.pid])
            break
    else:
        return
    while program_is_there():
        reap()


def main():
    # Handlers, not SIG_IGN: what is ignored would be ignored by the kernel as well, which must be interruptible.
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(number, lambda *_: None)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    job = json.loads(sys.stdin.buffer.readline() or "null")
    if job is None:
        return
    prctl(PR_SET_CHILD_SUBREAPER, 1)
    prctl(PR_SET_DUMPABLE, 0)
    secret = secrets.token_hex(32)
    try:
        folder = tempfile.mkdtemp(prefix=PREFIX)
    except OSError as error:
        tell("", failed=f"no temporary folder can be made: {error.strerror}")
        return
    try:
        tell("", secret=secret, folder=folder)
        watch(job, secret, folder, *sys.argv[1:4])
    except Exception as error:
        tell(secret, event="failed", message=str(error)[:300])
    finally:
        signal.signal(signal.SIGTERM, lambda *_: None)
        end_all()
        remove(folder)


main()
