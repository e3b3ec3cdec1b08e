// What libtorch knows of a tensor and tch 0.26 does not tell: the name of its grad_fn and what stands behind it, its layout,
// kinds that tch has no name for, and devices it takes for MPS (meta).

#include <algorithm>
#include <string>
#include <unordered_map>
#include <vector>

#include <ATen/core/TensorBase.h>
#include <c10/core/ScalarType.h>
#include <torch/csrc/autograd/function.h>

#include "seam.h"

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

// Why a tensor cannot be computed with as a dense one on a real device, in the order of `Unusual` in `tensor::unusual`;
// 0: it can. For a storage that is too small, what the shape needs and what is there, in bytes. Asked of every argument
// that comes from Python, so it makes nothing.
extern "C" char *atencion_tensor_unusual(const at::TensorBase *tensor, int *number, int64_t *needed,
                                         int64_t *held) noexcept {
  return seam::guarded([&] {
    *number = 0;
    if (!tensor->defined()) *number = 1;
    else if (tensor->is_nested()) *number = 2;
    else if (tensor->layout() != at::kStrided) *number = 3;
    else if (tensor->is_quantized()) *number = 4;
    else if (tensor->is_meta()) *number = 5;
    if (*number != 0 || tensor->numel() == 0) return;
    int64_t last = tensor->storage_offset();
    for (int64_t d = 0; d < tensor->dim(); d++) last += (tensor->size(d) - 1) * tensor->stride(d);
    *needed = (last + 1) * static_cast<int64_t>(tensor->itemsize());
    *held = static_cast<int64_t>(tensor->storage().nbytes());
    if (*needed > *held) *number = 6;
  });
}

// Five lines (dtype, device, layout, 1 if nested, grad_fn), to be freed; null for an undefined tensor.
extern "C" char *atencion_tensor_facts(const at::TensorBase *tensor, char **out) noexcept {
  return seam::guarded([&] {
    *out = nullptr;
    if (!tensor->defined()) return;
    // std::string or std::string_view, as the version of libtorch will have it.
    std::string facts(c10::getDtypeNames(tensor->scalar_type()).first);
    facts += "\n" + tensor->device().str();
    facts += "\n" + std::to_string(static_cast<int>(tensor->layout()));
    facts += tensor->is_nested() ? "\n1\n" : "\n0\n";
    facts += grad_fn(*tensor);
    *out = seam::copied(facts.c_str());
  });
}

// The functions of the graph behind a tensor, and the most of them that stand one behind the other. Not by recursion: a
// recurrence over thousands of words is as deep as it is long.
extern "C" char *atencion_autograd_graph(const at::TensorBase *tensor, int64_t *functions, int64_t *chain) noexcept {
  return seam::guarded([&] {
    *functions = *chain = 0;
    using torch::autograd::Node;
    Node *root = tensor->defined() ? tensor->grad_fn().get() : nullptr;
    if (!root) return;
    std::unordered_map<Node *, int64_t> behind;
    std::vector<Node *> open{root};
    while (!open.empty()) {
      Node *node = open.back();
      if (behind.count(node)) {
        open.pop_back();
        continue;
      }
      int64_t most = 0;
      bool ready = true;
      for (const auto &edge : node->next_edges()) {
        if (!edge.function) continue;
        const auto found = behind.find(edge.function.get());
        if (found != behind.end()) {
          most = std::max(most, found->second);
        } else {
          open.push_back(edge.function.get());
          ready = false;
        }
      }
      if (!ready) continue;
      open.pop_back();
      // Where a gradient arrives nothing was computed.
      const bool leaf = node->name().find("AccumulateGrad") != std::string::npos;
      *functions += !leaf;
      behind[node] = most + !leaf;
    }
    *chain = behind[root];
  });
}
