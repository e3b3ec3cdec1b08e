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
#include <cmath>
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

  template <class T>
  void copy(int64_t first, int64_t count, float *rows) const {
    const T *from = reinterpret_cast<const T *>(data) + first * row;
    if (column == 1) {
      for (int64_t i = 0; i < count; i++)
        for (int64_t j = 0; j < k; j++) rows[i * k + j] = static_cast<float>(from[i * row + j]);
    } else {
      for (int64_t j = 0; j < k; j++)
        for (int64_t i = 0; i < count; i++) rows[i * k + j] = static_cast<float>(from[i * row + j * column]);
    }
  }

  // The weights of a panel's outputs, as float32, row by row: [16][K]. Outputs that there are not have weights of 0.
  void panel(int64_t index, std::vector<float> &rows) const {
    const int64_t first = kPanel * index, count = std::min(kPanel, n - first);
    rows.assign(kPanel * k, 0.0f);
    if (type == at::kFloat) return copy<float>(first, count, rows.data());
    if (type == at::kHalf) return copy<c10::Half>(first, count, rows.data());
    if (type == at::kBFloat16) return copy<c10::BFloat16>(first, count, rows.data());
    return copy<double>(first, count, rows.data());
  }
};

template <class T>
void pack_floats(const float *rows, int64_t k, uint8_t *panel) {
  T *to = reinterpret_cast<T *>(panel);
  for (int64_t j = 0; j < k; j++)
    for (int64_t i = 0; i < kPanel; i++) to[kPanel * j + i] = static_cast<T>(rows[i * k + j]);
}

// Each output's largest weight becomes 127.
void pack_bytes(const float *rows, int64_t k, uint8_t *panel, float *scales) {
  const int64_t stored = stored_inputs(kInt8, k);
  std::fill_n(panel, panel_bytes(kInt8, k), 0);
  for (int64_t i = 0; i < kPanel; i++) {
    float largest = 0;
    for (int64_t j = 0; j < k; j++) largest = std::max(largest, std::fabs(rows[i * k + j]));
    const float scale = largest / 127;
    scales[i] = scale;
    if (scale == 0) continue;
    for (int64_t j = 0; j < stored; j++) {
      const float w = j < k ? rows[i * k + j] : 0;
      const auto byte = static_cast<int8_t>(std::lrint(w / scale));
      panel[kPanel * (j / 2 * 2) + 2 * i + j % 2] = static_cast<uint8_t>(byte);
    }
  }
}

// What 32 weights become: w = scale * q + minimum, 0 <= q <= 15.
struct Group {
  c10::Half scale, minimum;
  uint8_t q[kGroup];

  // The nearest q for this scale and minimum; returns the sum of the squared errors.
  float round(const float *w, int64_t count) {
    const float step = scale, low = minimum;
    float error = 0;
    for (int64_t j = 0; j < count; j++) {
      const float exact = step > 0 ? (w[j] - low) / step : 0;
      q[j] = static_cast<uint8_t>(std::lrint(std::min(std::max(exact, 0.0f), 15.0f)));
      const float miss = step * q[j] + low - w[j];
      error += miss * miss;
    }
    return error;
  }

  // The scale and minimum that fit these q best, by least squares.
  void fit(const float *w, int64_t count) {
    float sum_q = 0, sum_w = 0, sum_qq = 0, sum_qw = 0;
    for (int64_t j = 0; j < count; j++) {
      sum_q += q[j];
      sum_w += w[j];
      sum_qq += static_cast<float>(q[j]) * q[j];
      sum_qw += q[j] * w[j];
    }
    const float spread = count * sum_qq - sum_q * sum_q;
    if (spread <= 0) return;
    const float step = (count * sum_qw - sum_q * sum_w) / spread;
    scale = step;
    minimum = (sum_w - step * sum_q) / count;
  }
};

// From the least to the largest weight in 15 steps; then, as long as the error falls, the best line through the steps,
// and the steps anew.
Group grouped(const float *w, int64_t count) {
  const auto [least, most] = std::minmax_element(w, w + count);
  Group best{(*most - *least) / 15, *least, {}};
  float error = best.round(w, count);
  Group next = best;
  for (int turn = 0; turn < 4; turn++) {
    next.fit(w, count);
    const float now = next.round(w, count);
    if (!(now < error)) break;
    best = next;
    error = now;
  }
  return best;
}

void pack_nibbles(const float *rows, int64_t k, uint8_t *panel) {
  std::fill_n(panel, panel_bytes(kInt4, k), 0);
  for (int64_t begin = 0; begin < k; begin += kGroup, panel += kGroupBytes) {
    auto *scales = reinterpret_cast<c10::Half *>(panel);
    for (int64_t i = 0; i < kPanel; i++) {
      const Group group = grouped(rows + i * k + begin, std::min(kGroup, k - begin));
      scales[i] = group.scale;
      scales[kPanel + i] = group.minimum;
      for (int64_t j = 0; j < kGroup; j++) {
        uint8_t &place = panel[4 * kPanel + 2 * kPanel * (j / 4) + 4 * (i % 8) + j % 4];
        place = static_cast<uint8_t>(place | group.q[j] << (i < 8 ? 0 : 4));
      }
    }
  }
}

// The activations of a call in the bits that its kernel takes.
struct Rounded {
  at::Tensor x, scales, sums;

  Rounded(Call &call, const Kernels &kernels) {
    const int64_t stored = stored_inputs(call.format, call.k);
    const auto room = [&](int64_t columns, at::ScalarType type) { return at::empty({call.m, columns}, type); };
    if (call.format == kInt8) {
      x = room(stored, at::kShort);
      scales = room((stored + kBlock - 1) / kBlock, at::kFloat);
      auto *to = x.mutable_data_ptr<int16_t>();
      auto *factors = scales.mutable_data_ptr<float>();
      rows(call, [&](int64_t first, int64_t last) { kernels.to_shorts(call.x, call.k, first, last, to, factors); });
      call.x16 = to;
      call.x_scales = factors;
    } else if (call.format == kInt4) {
      x = room(stored, at::kChar);
      scales = room(stored / kGroup, at::kFloat);
      sums = room(stored / kGroup, at::kFloat);
      auto *to = x.mutable_data_ptr<int8_t>();
      auto *factors = scales.mutable_data_ptr<float>();
      auto *added = sums.mutable_data_ptr<float>();
      rows(call, [&](int64_t first, int64_t last) { kernels.to_bytes(call.x, call.k, first, last, to, factors, added); });
      call.x8 = to;
      call.x_scales = factors;
      call.x_sums = added;
    }
  }

  // A few are done before other threads would be awake.
  template <class Work>
  static void rows(const Call &call, Work &&work) {
    if (call.m < 16) return work(0, call.m);
    spread(call.m, work);
  }
};

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
  spread(panels, [&](int64_t first, int64_t last) {
    std::vector<float> rows;
    for (int64_t p = first; p < last; p++) {
      given.panel(p, rows);
      uint8_t *panel = bytes + size * p;
      switch (format) {
        case kFloat32: pack_floats<float>(rows.data(), given.k, panel); break;
        case kFloat16: pack_floats<c10::Half>(rows.data(), given.k, panel); break;
        case kBFloat16: pack_floats<c10::BFloat16>(rows.data(), given.k, panel); break;
        case kInt8: pack_bytes(rows.data(), given.k, panel, scale + kPanel * p); break;
        case kInt4: pack_nibbles(rows.data(), given.k, panel); break;
      }
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
  const Rounded rounded(call, chosen);
  spread((n + kPanel - 1) / kPanel, [&](int64_t first, int64_t last) {
    thread_local std::vector<float> scratch;
    scratch.resize(std::max<std::size_t>(scratch.size(), kPanel * m));
    chosen.compute(call, first, last, scratch.data());
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
    thread_local std::vector<float> scratch;
    scratch.resize(std::max<std::size_t>(scratch.size(), keys));
    chosen.attend(call, first, last, scratch.data());
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
