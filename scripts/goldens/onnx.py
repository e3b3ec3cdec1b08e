"""The ONNX project's own node tests of attention, normalisation, softmax and the losses, as tests/golden/onnx/*.

Needs `pip install onnx==1.23.2 ml_dtypes` (Apache-2.0). Inputs and expected outputs are computed by ONNX's own numpy
code when its tests are collected; nothing here computes an expected value. The `_expanded` twins (the same data,
the operator spelled out in primitive ones) are left out.
"""

import json
import pathlib

OPERATORS = {
    "onnx_attention": ["Attention", "RotaryEmbedding"],
    "onnx_functions": ["LayerNormalization", "RMSNormalization", "Gelu", "Softmax", "LogSoftmax"],
    "onnx_losses": ["SoftmaxCrossEntropyLoss", "NegativeLogLikelihoodLoss"],
}
# Data that ONNX keeps from exporting real PyTorch modules.
FROM_PYTORCH = ["test_LogSoftmax", "test_Softmax", "test_log_softmax_dim3", "test_log_softmax_lastdim",
                "test_softmax_functional_dim3", "test_softmax_lastdim"]


def make(folder):
    try:
        import onnx
        from onnx.backend.test.case.node import collect_testcases
    except ImportError:
        print("onnx: left as it is; to make it, pip install onnx==1.23.2 ml_dtypes")
        return
    found = [case(test) for test in collect_testcases(None) if wanted(test)]
    found += [from_pytorch(onnx, name) for name in FROM_PYTORCH]
    for file, operators in OPERATORS.items():
        write(folder / file, [c for c in found if c[0]["op"] in operators])


def wanted(test):
    nodes = test.model.graph.node
    operators = sum(OPERATORS.values(), [])
    return "_expanded" not in test.name and len(nodes) == 1 and nodes[0].op_type in operators


def case(test):
    node = test.model.graph.node[0]
    inputs, outputs = test.data_sets[0]
    return record(test.name, node, opset(test.model), named(node.input, inputs), named(node.output, outputs),
                  test.rtol, test.atol)


def named(names, values):
    """(slot, name, value): an optional argument that is left out keeps its slot."""
    slots = [(slot, name) for slot, name in enumerate(names) if name]
    return [(slot, name, array(value)) for (slot, name), value in zip(slots, values, strict=True)]


def array(value):
    import numpy
    import onnx

    return onnx.numpy_helper.to_array(value) if isinstance(value, onnx.TensorProto) else numpy.asarray(value)


def opset(model):
    return {entry.domain: entry.version for entry in model.opset_import}


def record(name, node, versions, inputs, outputs, rtol, atol):
    tensors = {f"{name}/{side}/{slot}": value
               for side, values in (("in", inputs), ("out", outputs)) for slot, _, value in values}
    bfloat16 = any(value.dtype.name == "bfloat16" for _, _, value in outputs)
    entry = {
        "name": name,
        "op": node.op_type,
        "attributes": attributes(node, versions),
        "inputs": {label: f"{name}/in/{slot}" for slot, label, _ in inputs},
        "outputs": {label: f"{name}/out/{slot}" for slot, label, _ in outputs},
        "rtol": max(rtol, 2**-6) if bfloat16 else rtol,
        "atol": atol,
    }
    return entry, tensors


def attributes(node, versions):
    import onnx

    text = lambda value: value.decode() if isinstance(value, bytes) else value
    full = {a.name: text(onnx.helper.get_attribute_value(a)) for a in node.attribute}
    schema = onnx.defs.get_schema(node.op_type, versions.get(node.domain, 1), node.domain)
    for name, attribute in schema.attributes.items():
        if name not in full and attribute.default_value.type:
            full[name] = text(onnx.helper.get_attribute_value(attribute.default_value))
    return full


def from_pytorch(onnx, name):
    folder = pathlib.Path(onnx.__file__).parent / "backend/test/data/pytorch-converted" / name
    model = onnx.load(folder / "model.onnx")
    node = model.graph.node[0]

    def tensor(file):
        proto = onnx.TensorProto()
        proto.ParseFromString((folder / "test_data_set_0" / file).read_bytes())
        return proto

    return record(f"pt_{name}", node, opset(model), named(node.input, [tensor("input_0.pb")]),
                  named(node.output, [tensor("output_0.pb")]), 1e-3, 1e-7)


def write(path, cases):
    import numpy
    from safetensors.numpy import save_file

    tensors = {key: numpy.ascontiguousarray(value).reshape(value.shape)
               for _, case in cases for key, value in case.items()}
    save_file(dict(sorted(tensors.items())), path.with_suffix(".safetensors"))
    lines = ",\n".join(json.dumps(entry) for entry, _ in cases)
    path.with_suffix(".json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")
