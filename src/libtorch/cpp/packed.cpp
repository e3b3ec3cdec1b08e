// Linear maps whose weights were packed once (packed.h): packing, and the call. What a token costs is one reading of all
// weights, so they lie in the order in which they are read, and in as few bits as are asked for.
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <ATen/record_function.h>
#include <c10/util/BFloat16.h>
#include <c10/util/Half.h>

#include <algorithm>
#include <cstdlib>
#include <vector>

#if defined(__linux__)
#include <sys/mman.h>
#endif

#include "packed_run.h"
#include "seam.h"

namespace packed {
namespace {

// Memory of 2 MiB pages where the system has them: a token touches all of it, and each page is looked up.
at::Tensor large(int64_t size) {
#if defined(__linux__)
  constexpr int64_t kPage = 2 << 20;
  if (size >= kPage) {
    const int64_t whole = round_up(size, kPage);
    void *data = std::aligned_alloc(kPage, whole);
    TORCH_CHECK(data, "no memory for ", size, " bytes of packed weights");
    madvise(data, whole, MADV_HUGEPAGE);
    return at::from_blob(data, {size}, [](void *memory) { std::free(memory); }, at::kByte);
  }
#endif
  return at::empty({size}, at::kByte);
}

// A weight as it is given: [N, K] by strides, so that a transposed one needs no copy.
struct Given {
  const char *data;
  at::ScalarType type;
  int64_t n, k, row, column;

  explicit Given(const at::Tensor &w)
      : data(static_cast<const char *>(w.const_data_ptr())),
        type(w.scalar_type()),
        n(w.size(0)),
        k(w.size(1)),
        row(w.stride(0)),
        column(w.stride(1)) {}

  // A panel's weights as float32, [K][16]. Outputs that there are not have weights of 0.
  template <class T>
  void copy(int64_t first, int64_t count, float *to) const {
    const T *from = reinterpret_cast<const T *>(data) + first * row;
    if (row == 1) {
      for (int64_t j = 0; j < k; j++)
        for (int64_t i = 0; i < count; i++) to[kPanel * j + i] = static_cast<float>(from[i + j * column]);
    } else {
      for (int64_t i = 0; i < count; i++)
        for (int64_t j = 0; j < k; j++) to[kPanel * j + i] = static_cast<float>(from[i * row + j * column]);
    }
  }

  void panel(int64_t index, std::vector<float> &to) const {
    const int64_t first = kPanel * index, count = std::min(kPanel, n - first);
    to.resize(kPanel * k);
    if (count < kPanel) std::fill(to.begin(), to.end(), 0.0f);
    if (type == at::kFloat) return copy<float>(first, count, to.data());
    if (type == at::kHalf) return copy<c10::Half>(first, count, to.data());
    if (type == at::kBFloat16) return copy<c10::BFloat16>(first, count, to.data());
    return copy<double>(first, count, to.data());
  }
};

// A few rows are done before other threads would be awake.
template <class Work>
void by_rows(const Call &call, Work &&work) {
  if (call.m < 16) return work(0, call.m);
  spread(call.m, work);
}

// The activations of a call in the bits that its kernel takes.
void round_activations(Call &call, const Kernels &kernels) {
  const int64_t stored = stored_inputs(call.format, call.k);
  if (call.format == kInt8) {
    auto *to = room<int16_t, 0>(call.m * stored);
    auto *scales = room<float, 0>(call.m * ((stored + kBlock - 1) / kBlock));
    by_rows(call, [&](int64_t first, int64_t last) { kernels.to_shorts(call.x, call.k, first, last, to, scales); });
    call.x16 = to;
    call.x_scales = scales;
  } else if (call.format == kInt4) {
    auto *to = room<int8_t, 0>(call.m * stored);
    auto *scales = room<float, 0>(call.m * (stored / kGroup));
    auto *sums = room<float, 1>(call.m * (stored / kGroup));
    by_rows(call, [&](int64_t first, int64_t last) { kernels.to_bytes(call.x, call.k, first, last, to, scales, sums); });
    call.x8 = to;
    call.x_scales = scales;
    call.x_sums = sums;
  }
}

}  // namespace

// Room for [N, K] in a format.
at::Tensor packed_room(const at::Tensor &w, Format format) {
  return large((w.size(0) + kPanel - 1) / kPanel * panel_bytes(format, w.size(1)));
}

// The panels first .. last - 1 of [N, K] of any floating kind and strides.
void pack(const at::Tensor &w, Format format, int64_t first, int64_t last, const at::Tensor &weights) {
  const Given given(w);
  const int64_t size = panel_bytes(format, given.k);
  auto *bytes = static_cast<uint8_t *>(weights.mutable_data_ptr());
  const Kernels &chosen = kernels(false);
  spread(last - first, [&](int64_t begin, int64_t end) {
    std::vector<float> panel;
    for (int64_t p = first + begin; p < first + end; p++) {
      given.panel(p, panel);
      chosen.pack(format, panel.data(), given.k, bytes + size * p);
    }
  });
}

at::Tensor linear(const at::Tensor &input, const at::Tensor &weights, const at::Tensor *bias, bool gelu,
                  const at::Tensor *residual, Format format, int64_t n, int64_t k, bool only_plain) {
  const at::Tensor x = input.contiguous();
  std::vector<int64_t> sizes = x.sizes().vec();
  sizes.back() = n;
  const int64_t m = k > 0 ? x.numel() / k : 0;
  at::Tensor out = at::empty(sizes, at::kFloat);
  Call call{};
  call.format = format;
  call.m = m;
  call.n = n;
  call.k = k;
  call.weights = static_cast<const uint8_t *>(weights.const_data_ptr());
  call.bias = bias ? bias->const_data_ptr<float>() : nullptr;
  call.gelu = gelu;
  call.residual = residual ? residual->const_data_ptr<float>() : nullptr;
  call.x = x.const_data_ptr<float>();
  call.out = out.mutable_data_ptr<float>();
  const Kernels &chosen = kernels(only_plain);
  round_activations(call, chosen);
  spread((n + kPanel - 1) / kPanel, [&](int64_t first, int64_t last) {
    chosen.compute(call, first, last, room<float, 2>(kPanel * m));
  });
  return out;
}

}  // namespace packed

extern "C" char *atencion_packed_room(at::Tensor **weights, const at::Tensor *w, int format) noexcept {
  return seam::guarded([&] { *weights = new at::Tensor(packed::packed_room(*w, static_cast<packed::Format>(format))); });
}

extern "C" char *atencion_pack(const at::Tensor *weights, const at::Tensor *w, int format, int64_t first,
                               int64_t last) noexcept {
  return seam::guarded([&] { packed::pack(*w, static_cast<packed::Format>(format), first, last, *weights); });
}

extern "C" char *atencion_packed_linear(at::Tensor **out, const at::Tensor *x, const at::Tensor *weights,
                                        const at::Tensor *bias, bool gelu, const at::Tensor *residual, int format,
                                        int64_t n, int64_t k, bool only_plain) noexcept {
  return seam::guarded([&] {
    TORCH_CHECK(!(at::GradMode::is_enabled() && x->requires_grad()), "packed weights have no derivative");
    RECORD_FUNCTION("atencion::packed_linear", c10::ArrayRef<const c10::IValue>());
    const auto kind = static_cast<packed::Format>(format);
    *out = new at::Tensor(packed::linear(*x, *weights, bias, gelu, residual, kind, n, k, only_plain));
  });
}
