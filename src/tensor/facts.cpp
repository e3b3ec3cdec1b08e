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
