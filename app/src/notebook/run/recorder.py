"""Runs in the kernel, and writes down every tensor that the notebook's code assigns.

IPython calls the transformer with the syntax tree of each cell; it adds a call after each statement that assigns, so
that values are seen in the order of the code, those of functions too. Each record is sealed: what a cell writes into
the same files counts for nothing.
"""


def _atencion_install(folder, secret):
    import ast, builtins, ctypes, hashlib, json, os, sys

    MOST_RECORDS, MOST_NUMBERS, MOST_BYTES = 5000, 1_000_000, 1 << 29
    state = {"cell": 0, "records": 0, "bytes": 0}
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
            if state["bytes"] + len(data) > MOST_BYTES:
                continue
            record = json.dumps({"cell": state["cell"], "line": line, "name": name, "function": function,
                                 "dtype": dtype, "shape": shape, "offset": values.tell(), "bytes": len(data)})
            seal = hashlib.sha256(secret.encode() + record.encode() + data).hexdigest()
            values.write(data)
            index.write(seal + " " + record + "\n")
            state["records"] += 1
            state["bytes"] += len(data)
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
