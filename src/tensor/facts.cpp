// What libtorch knows of a tensor and tch 0.26 does not tell: the name of its grad_fn, its layout, kinds that tch
// has no name for, and devices it takes for MPS (meta).

#include <cstring>
#include <string>

#include <ATen/core/TensorBase.h>
#include <c10/core/ScalarType.h>
#include <torch/csrc/autograd/function.h>

namespace {

// The class that Python shows: its name without namespaces. Reading grad_fn of a view that was changed in place
// under no_grad throws; Python then prints "Invalid".
std::string grad_fn(const at::TensorBase &tensor) {
  try {
    const auto &node = tensor.grad_fn();
    if (!node) return "";
    const std::string name = node->name();
    const auto scope = name.rfind("::");
    return scope == std::string::npos ? name : name.substr(scope + 2);
  } catch (...) {
    return "Invalid";
  }
}

} // namespace

// Why a tensor cannot be computed with as a dense one on a real device, in the order of `Unusual` in unusual.rs; 0: it
// can. For a storage that is too small, what the shape needs and what is there, in bytes. Asked of every argument that
// comes from Python, so it makes nothing.
extern "C" int atencion_tensor_unusual(const at::TensorBase *tensor, int64_t *needed, int64_t *held) noexcept {
  try {
    if (!tensor->defined()) return 1;
    if (tensor->is_nested()) return 2;
    if (tensor->layout() != at::kStrided) return 3;
    if (tensor->is_quantized()) return 4;
    if (tensor->is_meta()) return 5;
    if (tensor->numel() == 0) return 0;
    int64_t last = tensor->storage_offset();
    for (int64_t d = 0; d < tensor->dim(); d++) last += (tensor->size(d) - 1) * tensor->stride(d);
    *needed = (last + 1) * static_cast<int64_t>(tensor->itemsize());
    *held = static_cast<int64_t>(tensor->storage().nbytes());
    return *needed > *held ? 6 : 0;
  } catch (...) {
    return 1;
  }
}

// Writes five lines (dtype, device, layout, 1 if nested, grad_fn) and returns their length, which may exceed `room`:
// then nothing is written. 0: the tensor is undefined, or libtorch threw.
extern "C" size_t atencion_tensor_facts(const at::TensorBase *tensor, char *text, size_t room) noexcept {
  try {
    if (!tensor->defined()) return 0;
    // std::string or std::string_view, as the version of libtorch will have it.
    std::string facts(c10::getDtypeNames(tensor->scalar_type()).first);
    facts += "\n" + tensor->device().str();
    facts += "\n" + std::to_string(static_cast<int>(tensor->layout()));
    facts += tensor->is_nested() ? "\n1\n" : "\n0\n";
    facts += grad_fn(*tensor);
    if (facts.size() <= room) std::memcpy(text, facts.data(), facts.size());
    return facts.size();
  } catch (...) {
    return 0;
  }
}
