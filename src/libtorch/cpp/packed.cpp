// Linear maps whose weights were packed once (packed.h): packing, and the call. What a token costs is one reading of all
// weights, so they lie in the order in which they are read, and in as few bits as are asked for.
#include "packed.h"

#include <ATen/core/Tensor.h>
#include <ATen/TensorIterator.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <ATen/record_function.h>
#include <c10/util/BFloat16.h>
#include <c10/util/Half.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <vector>

#if defined(__x86_64__)
#include <cpuid.h>
#endif
#if defined(__linux__)
#include <sys/mman.h>
#endif

#include "seam.h"

namespace at {
int get_num_threads();
}

namespace packed {
namespace {

// Runs `work(first, last)` on parts of 0 .. count - 1, on the threads that libtorch has for its operators, so that theirs
// and these never compete. at::parallel_for would have to be compiled with the very OpenMP that libtorch has; an
// iterator over a byte a thread asks libtorch's own to do it.
class Threads {
 public:
  explicit Threads(int64_t count)
      : bytes_(at::empty({count}, at::kByte)),
        iterator_(at::TensorIteratorConfig()
                      .set_check_mem_overlap(false)
                      .check_all_same_dtype(false)
                      .resize_outputs(false)
                      .declare_static_shape(bytes_.sizes())
                      .add_owned_output(bytes_)
                      .build()) {}

  template <class Work>
  void run(int64_t count, Work &&work) {
    const char *begin = static_cast<const char *>(bytes_.data_ptr());
    const int64_t threads = bytes_.numel();
    iterator_.for_each(
        [&](char **at, const int64_t *, int64_t inner, int64_t) {
          const int64_t first = at[0] - begin;
          work(count * first / threads, count * (first + inner) / threads);
        },
        1);
  }

  int64_t count() const { return bytes_.numel(); }

 private:
  at::Tensor bytes_;
  at::TensorIterator iterator_;
};

template <class Work>
void spread(int64_t count, Work &&work) {
  const int64_t threads = std::min<int64_t>(at::get_num_threads(), count);
  if (threads <= 1) return work(0, count);
  thread_local std::unique_ptr<Threads> kept;
  if (!kept || kept->count() != threads) kept = std::make_unique<Threads>(threads);
  kept->run(count, work);
}

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

// Room that a thread keeps from call to call: a token makes fifty, and each would ask for its memory anew.
template <class T, int kWhich>
T *room(std::size_t size) {
  thread_local std::vector<T> kept;
  if (kept.size() < size) kept.resize(size);
  return kept.data();
}

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

bool has_avx2() {
#if defined(__x86_64__)
  static const bool has = [] {
    unsigned a, b, c = 0, d;
    const bool f16c = __get_cpuid(1, &a, &b, &c, &d) && (c & bit_F16C);
    return f16c && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  }();
  return has;
#else
  return false;
#endif
}

const Kernels &kernels(bool only_plain) {
#if defined(__x86_64__)
  if (!only_plain && has_avx2()) return kAvx2;
#endif
  return kPlain;
}

}  // namespace

// [N, K] of any floating kind and strides → bytes, and for int8 the outputs' scales.
void pack(const at::Tensor &w, Format format, at::Tensor &weights, at::Tensor &scales) {
  const Given given(w);
  const int64_t panels = (given.n + kPanel - 1) / kPanel, size = panel_bytes(format, given.k);
  weights = large(panels * size);
  auto *bytes = static_cast<uint8_t *>(weights.mutable_data_ptr());
  if (format == kInt8) scales = at::empty({panels * kPanel}, at::kFloat);
  float *scale = format == kInt8 ? scales.mutable_data_ptr<float>() : nullptr;
  const Kernels &chosen = kernels(false);
  spread(panels, [&](int64_t first, int64_t last) {
    std::vector<float> panel;
    for (int64_t p = first; p < last; p++) {
      given.panel(p, panel);
      chosen.pack(format, panel.data(), given.k, bytes + size * p, scale ? scale + kPanel * p : nullptr);
    }
  });
}

at::Tensor linear(const at::Tensor &input, const at::Tensor &weights, const at::Tensor *scales, const at::Tensor *bias,
                  Format format, int64_t n, int64_t k, bool only_plain) {
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
  call.scales = scales ? scales->const_data_ptr<float>() : nullptr;
  call.bias = bias ? bias->const_data_ptr<float>() : nullptr;
  call.x = x.const_data_ptr<float>();
  call.out = out.mutable_data_ptr<float>();
  const Kernels &chosen = kernels(only_plain);
  round_activations(call, chosen);
  spread((n + kPanel - 1) / kPanel, [&](int64_t first, int64_t last) {
    chosen.compute(call, first, last, room<float, 2>(kPanel * m));
  });
  return out;
}

// query [B, H, 1, D] on keys and values [B, G, S, D], H a multiple of G -> [B, 1, H, D]
at::Tensor attend(const at::Tensor &query, const at::Tensor &key, const at::Tensor &value, double scale,
                  bool only_plain) {
  const int64_t batch = query.size(0), heads = query.size(1), head_dim = query.size(3), keys = key.size(2);
  at::Tensor out = at::empty({batch, 1, heads, head_dim}, at::kFloat);
  Attention call{};
  call.heads = heads;
  call.head_dim = head_dim;
  call.keys = keys;
  call.groups = heads / key.size(1);
  call.q = query.const_data_ptr<float>();
  call.k = key.const_data_ptr<float>();
  call.v = value.const_data_ptr<float>();
  call.q_text = query.stride(0);
  call.q_head = query.stride(1);
  call.k_text = key.stride(0);
  call.k_head = key.stride(1);
  call.k_token = key.stride(2);
  call.v_text = value.stride(0);
  call.v_head = value.stride(1);
  call.v_token = value.stride(2);
  call.scale = static_cast<float>(scale);
  call.out = out.mutable_data_ptr<float>();
  const Kernels &chosen = kernels(only_plain);
  const auto work = [&](int64_t first, int64_t last) {
    chosen.attend(call, first, last, room<float, 2>(keys));
  };
  // As many products as take a few microseconds, which is what another thread costs.
  if (batch * heads * head_dim * keys < (1 << 17)) {
    work(0, batch * heads);
  } else {
    spread(batch * heads, work);
  }
  return out;
}

}  // namespace packed

extern "C" char *atencion_attend(at::Tensor **out, const at::Tensor *query, const at::Tensor *key,
                                 const at::Tensor *value, double scale, bool only_plain) noexcept {
  return seam::guarded([&] {
    RECORD_FUNCTION("atencion::attend", c10::ArrayRef<const c10::IValue>());
    *out = new at::Tensor(packed::attend(*query, *key, *value, scale, only_plain));
  });
}

extern "C" char *atencion_pack(at::Tensor **weights, at::Tensor **scales, const at::Tensor *w, int format) noexcept {
  return seam::guarded([&] {
    at::Tensor bytes, factors;
    packed::pack(*w, static_cast<packed::Format>(format), bytes, factors);
    *weights = new at::Tensor(bytes);
    *scales = factors.defined() ? new at::Tensor(factors) : nullptr;
  });
}

extern "C" char *atencion_packed_linear(at::Tensor **out, const at::Tensor *x, const at::Tensor *weights,
                                        const at::Tensor *scales, const at::Tensor *bias, int format, int64_t n,
                                        int64_t k, bool only_plain) noexcept {
  return seam::guarded([&] {
    TORCH_CHECK(!(at::GradMode::is_enabled() && x->requires_grad()), "packed weights have no derivative");
    RECORD_FUNCTION("atencion::packed_linear", c10::ArrayRef<const c10::IValue>());
    const auto kind = static_cast<packed::Format>(format);
    *out = new at::Tensor(packed::linear(*x, *weights, scales, bias, kind, n, k, only_plain));
  });
}
