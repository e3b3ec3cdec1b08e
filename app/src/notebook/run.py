"""Runs a copy of a notebook with this Python's own kernel and writes down every tensor that its code assigns.

Called by `atencion verify --run`: run.py COPY FOLDER SECONDS WORKING_FOLDER. It tells one JSON object a line on
standard output; the numbers go to FOLDER/values.bin (raw, little-endian) and FOLDER/values.jsonl (where and what).
"""

import importlib.util
import json
import os
import sys

# Runs in the kernel. IPython calls the transformer with the syntax tree of each cell; it adds a call after each
# statement that assigns, so that values are seen in the order of the code, those of functions too.
RECORDER = r'''
def _atencion_install(folder):
    import ast, builtins, ctypes, json, os, sys

    MOST_RECORDS, MOST_NUMBERS = 5000, 1000000
    state = {"cell": 0, "records": 0}
    last = {}
    values = open(os.path.join(folder, "values.bin"), "ab")
    index = open(os.path.join(folder, "values.jsonl"), "a")

    def raw(value):
        torch, numpy = sys.modules.get("torch"), sys.modules.get("numpy")
        if torch is not None and isinstance(value, torch.Tensor) and value.numel() <= MOST_NUMBERS:
            value = value.detach().cpu().contiguous()
            size = value.numel() * value.element_size()
            data = ctypes.string_at(value.data_ptr(), size) if size else b""
            return str(value.dtype).split(".")[-1], list(value.shape), data
        if numpy is not None and isinstance(value, numpy.ndarray) and value.size <= MOST_NUMBERS:
            value = numpy.ascontiguousarray(value, dtype=value.dtype.newbyteorder("<"))
            return value.dtype.name, list(value.shape), value.tobytes()
        return None

    def seen(line, names, scope, function):
        if state["records"] >= MOST_RECORDS:
            return
        for name in names:
            try:
                found = raw(scope[name])
            except Exception:
                continue
            if found is None or len(found[1]) == 0:
                continue
            dtype, shape, data = found
            if not function:
                last[name] = hash((dtype, tuple(shape), data))
            record = {"cell": state["cell"], "line": line, "name": name, "function": function,
                      "dtype": dtype, "shape": shape, "offset": values.tell(), "bytes": len(data)}
            values.write(data)
            index.write(json.dumps(record) + "\n")
            state["records"] += 1
        values.flush()
        index.flush()

    def begin(cell):
        state["cell"] = cell

    def end():
        """What a cell changed without assigning it: in place, by a loop's variable, by exec."""
        scope = get_ipython().user_ns
        for name in [name for name in scope if not name.startswith("_")]:
            try:
                found = raw(scope[name])
            except Exception:
                continue
            if found and last.get(name) != hash((found[0], tuple(found[1]), found[2])):
                seen(0, [name], scope, "")

    ASSIGNS = (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.NamedExpr)
    SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)

    def targets(statement):
        """The names that a statement assigns, in order, and those it changes in place by an index."""
        plain, indexed = [], []

        def target(node):
            if isinstance(node, ast.Name):
                plain.append(node.id)
            elif isinstance(node, (ast.Tuple, ast.List)):
                for item in node.elts:
                    target(item)
            elif isinstance(node, ast.Starred):
                target(node.value)
            elif isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
                indexed.append(node.value.id)

        def visit(node):
            if isinstance(node, SCOPES):
                return
            if isinstance(node, ast.Assign):
                for item in node.targets:
                    target(item)
            elif isinstance(node, ASSIGNS):
                target(node.target)
            for child in ast.iter_child_nodes(node):
                visit(child)

        visit(statement)
        return plain, indexed

    def watch(body, function):
        # Where an index fills a tensor later on, its first, empty value is no result.
        later = {name for statement in body for name in targets(statement)[1]}
        watched = []
        for statement in body:
            watched.append(statement)
            if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
                statement.body = watch(statement.body, statement.name)
                continue
            plain, indexed = targets(statement)
            names = list(dict.fromkeys([name for name in plain if name not in later] + indexed))
            if names:
                call = "__atencion_seen__({}, {!r}, {}, {!r})".format(
                    statement.lineno, names, "locals()" if function else "globals()", function)
                added = ast.parse(call).body[0]
                for node in ast.walk(added):
                    ast.copy_location(node, statement)
                watched.append(added)
        return watched

    class Watch:
        def visit(self, tree):
            tree.body = watch(tree.body, "")
            return tree

    builtins.__atencion_seen__ = seen
    builtins.__atencion_begin__ = begin
    builtins.__atencion_end__ = end
    get_ipython().ast_transformers.append(Watch())
'''


def tell(**event):
    sys.stdout.write(json.dumps(event) + "\n")
    sys.stdout.flush()


def missing():
    names = ("nbformat", "nbclient", "ipykernel")
    return [name for name in names if importlib.util.find_spec(name) is None]


def own_kernel():
    """This very Python's kernel, whatever kernels are installed and whichever the notebook names."""
    from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
    from jupyter_client.manager import AsyncKernelManager

    class Own(KernelSpecManager):
        def get_kernel_spec(self, kernel_name):
            argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
            return KernelSpec(argv=argv, display_name="Python", language="python")

    return AsyncKernelManager(kernel_name="python3", kernel_spec_manager=Own())


def run(copy, folder, seconds, working_folder):
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    notebook = nbformat.read(copy, as_version=4)
    client = NotebookClient(
        notebook, km=own_kernel(), timeout=seconds, startup_timeout=60,
        allow_errors=False, shutdown_kernel="immediate",
        resources={"metadata": {"path": working_folder}})

    # nbclient puts what it ran into the notebook at that index: our own code gets a place of its own.
    cells = list(notebook.cells)
    notebook.cells.append(nbformat.v4.new_code_cell())

    def quietly(code):
        client.execute_cell(nbformat.v4.new_code_cell(code), len(cells), store_history=False)

    client.reset_execution_trackers()
    number = None
    try:
        with client.setup_kernel():
            quietly(RECORDER + "\n_atencion_install({!r})\ndel _atencion_install".format(folder))
            for number, cell in enumerate(cells):
                if cell.cell_type != "code" or not cell.source.strip():
                    continue
                tell(event="cell", cell=number)
                quietly("__atencion_begin__({})".format(number))
                client.execute_cell(cell, number)
                quietly("__atencion_end__()")
        tell(event="whole")
    except CellTimeoutError:
        tell(event="endless", cell=number)
    except DeadKernelError:
        tell(event="died", cell=number)
    except CellExecutionError as error:
        tell(event="raised", cell=number, name=error.ename, message=error.evalue)


def main():
    lacking = missing()
    if lacking:
        tell(event="missing", modules=lacking)
        return
    copy, folder, seconds, working_folder = sys.argv[1:5]
    # Connection files and IPython's history belong with the copy, not in the user's home.
    os.environ["JUPYTER_RUNTIME_DIR"] = folder
    os.environ["IPYTHONDIR"] = os.path.join(folder, "ipython")
    try:
        run(copy, folder, int(seconds), working_folder)
    except Exception as error:
        tell(event="failed", message="{}: {}".format(type(error).__name__, error))


main()
