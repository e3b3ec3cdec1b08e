// The kernels of packed.h on a vector of 16 floats and one of 16 integers, `vec`, which each unit that includes this
// brings along. Nothing of ATen is included: a function of its headers that was compiled for AVX2 here could be the one
// that the linker keeps for all.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "packed.h"

namespace packed {
namespace {

// How many bytes before they are needed weights are asked for.
constexpr int64_t kAhead = 2048;

// One row of weights, 16 outputs, as float32.
template <Format F>
inline vec::Floats weights_at(const uint8_t *w, int64_t k) {
  if (F == kFloat32) return vec::load(reinterpret_cast<const float *>(w) + kPanel * k);
  if (F == kFloat16) return vec::load_half(reinterpret_cast<const uint16_t *>(w) + kPanel * k);
  return vec::load_bfloat16(reinterpret_cast<const uint16_t *>(w) + kPanel * k);
}

template <Format F>
constexpr int64_t row_bytes() {
  return F == kFloat32 ? 4 * kPanel : 2 * kPanel;
}

// R rows of x with one panel: sums[r][16] += x[r] . w for the inputs 0 .. count - 1. One row alone would wait for each
// of its sums, so its inputs take turns on several.
template <Format F, int R>
void floats(const uint8_t *w, const float *x, int64_t stride, int64_t count, float *sums) {
  constexpr int kTurns = R == 1 ? 4 : R == 2 ? 2 : 1;
  vec::Floats sum[kTurns][R];
  for (int t = 0; t < kTurns; t++)
    for (int r = 0; r < R; r++) sum[t][r] = t == 0 ? vec::load(sums + kPanel * r) : vec::zero();
  int64_t k = 0;
  for (; k + kTurns <= count; k += kTurns) {
    for (int b = 0; b < kTurns * row_bytes<F>(); b += 64) vec::prefetch(w + row_bytes<F>() * k + b + kAhead);
    for (int t = 0; t < kTurns; t++) {
      const vec::Floats weight = weights_at<F>(w, k + t);
      for (int r = 0; r < R; r++) sum[t][r] = vec::add_product(sum[t][r], weight, x[r * stride + k + t]);
    }
  }
  for (; k < count; k++) {
    const vec::Floats weight = weights_at<F>(w, k);
    for (int r = 0; r < R; r++) sum[0][r] = vec::add_product(sum[0][r], weight, x[r * stride + k]);
  }
  for (int r = 0; r < R; r++) {
    for (int t = 1; t < kTurns; t++) sum[0][r] = vec::add(sum[0][r], sum[t][r]);
    vec::store(sums + kPanel * r, sum[0][r]);
  }
}

// As `floats`, with integers, for one block of inputs, whose x have one scale a row.
template <int R>
void bytes(const uint8_t *w, const int16_t *x, int64_t stride, int64_t count, const float *scales, int64_t scale_stride,
           float *sums) {
  vec::Ints sum[R];
  for (int r = 0; r < R; r++) sum[r] = vec::no_ints();
  for (int64_t k = 0; k < count; k += 2) {
    vec::prefetch(w + kPanel * k + kAhead);
    const vec::Pairs weight = vec::load_pairs(reinterpret_cast<const int8_t *>(w) + kPanel * k);
    for (int r = 0; r < R; r++) sum[r] = vec::add_pairs(sum[r], weight, x + r * stride + k);
  }
  for (int r = 0; r < R; r++) {
    const vec::Floats before = vec::load(sums + kPanel * r);
    vec::store(sums + kPanel * r, vec::add_product(before, vec::to_floats(sum[r]), scales[r * scale_stride]));
  }
}

// As `floats`, with integers, group by group.
template <int R>
void nibbles(const uint8_t *w, const int8_t *x, int64_t stride, int64_t groups, const float *scales, const float *x_sums,
             float *sums) {
  for (int64_t g = 0; g < groups; g++, w += kGroupBytes) {
    vec::Shorts sum[R];
    for (int r = 0; r < R; r++) sum[r] = vec::no_shorts();
    for (int q = 0; q < kGroup / 4; q++) {
      const vec::Nibbles weight = vec::load_nibbles(w + 4 * kPanel + 2 * kPanel * q);
      // 15 * 127 * 2 * 8 is less than 2^15: the sums of a group fit into 16 bits.
      for (int r = 0; r < R; r++) sum[r] = vec::add_quads(sum[r], weight, x + r * stride + kGroup * g + 4 * q);
    }
    for (int b = 0; b < kGroupBytes; b += 64) vec::prefetch(w + b + kAhead);
    const vec::Floats scale = vec::load_half(reinterpret_cast<const uint16_t *>(w));
    const vec::Floats minimum = vec::load_half(reinterpret_cast<const uint16_t *>(w) + kPanel);
    for (int r = 0; r < R; r++) {
      const int64_t at = r * (stride / kGroup) + g;
      vec::Floats all = vec::load(sums + kPanel * r);
      all = vec::add_product(all, vec::multiply(vec::to_floats(vec::widened(sum[r])), scale), scales[at]);
      vec::store(sums + kPanel * r, vec::add_product(all, minimum, x_sums[at]));
    }
  }
}

// All rows of a call with one panel, and of it the inputs begin .. end - 1.
struct Part {
  const Call &call;
  const uint8_t *panel;
  float *scratch;
  int64_t begin, end;

  template <int R>
  void rows(int64_t row) const {
    float *sums = scratch + kPanel * row;
    const int64_t count = end - begin, stored = stored_inputs(call.format, call.k), at = row * stored + begin;
    switch (call.format) {
      case kFloat32: return floats<kFloat32, R>(panel + row_bytes<kFloat32>() * begin, call.x + at, stored, count, sums);
      case kFloat16: return floats<kFloat16, R>(panel + row_bytes<kFloat16>() * begin, call.x + at, stored, count, sums);
      case kBFloat16:
        return floats<kBFloat16, R>(panel + row_bytes<kBFloat16>() * begin, call.x + at, stored, count, sums);
      case kInt8: {
        const int64_t blocks = (stored + kBlock - 1) / kBlock;
        const float *scales = call.x_scales + row * blocks + begin / kBlock;
        return bytes<R>(panel + kPanel * begin, call.x16 + at, stored, count, scales, blocks, sums);
      }
      case kInt4:
        return nibbles<R>(panel + kGroupBytes * (begin / kGroup), call.x8 + at, stored, count / kGroup,
                          call.x_scales + at / kGroup, call.x_sums + at / kGroup, sums);
    }
  }

  void all() const {
    int64_t row = 0;
    for (; row + vec::kRows <= call.m; row += vec::kRows) rows<vec::kRows>(row);
    switch (call.m - row) {
      case 5: return rows<5>(row);
      case 4: return rows<4>(row);
      case 3: return rows<3>(row);
      case 2: return rows<2>(row);
      case 1: return rows<1>(row);
    }
  }
};

// So many inputs of a panel are taken at a time that they are still in the first cache for the next rows.
inline int64_t depth(const Call &call) {
  if (call.format == kInt8) return kBlock;
  return call.m <= vec::kRows ? std::max<int64_t>(stored_inputs(call.format, call.k), 1) : 256;
}

void run(const Call &call, int64_t first, int64_t last, float *scratch) {
  const int64_t stored = stored_inputs(call.format, call.k), size = panel_bytes(call.format, call.k);
  const int64_t step = depth(call);
  for (int64_t panel = first; panel < last; panel++) {
    std::fill_n(scratch, kPanel * call.m, 0.0f);
    for (int64_t begin = 0; begin < stored; begin += step)
      Part{call, call.weights + size * panel, scratch, begin, std::min(begin + step, stored)}.all();
    const int64_t n = kPanel * panel, width = std::min(kPanel, call.n - n);
    for (int64_t r = 0; r < call.m; r++) {
      for (int64_t i = 0; i < width; i++) {
        float y = scratch[kPanel * r + i];
        if (call.scales) y *= call.scales[n + i];
        if (call.bias) y += call.bias[n + i];
        call.out[r * call.n + n + i] = y;
      }
    }
  }
}

// The largest magnitude; NaN where there is one. Bits of positive floats are in the floats' order, and a compiler makes
// vectors of a maximum of integers.
inline float largest(const float *x, int64_t count) {
  int32_t most = 0;
  for (int64_t j = 0; j < count; j++) {
    int32_t bits;
    std::memcpy(&bits, x + j, sizeof bits);
    most = std::max(most, bits & 0x7fffffff);
  }
  float value;
  std::memcpy(&value, &most, sizeof value);
  return value;
}

// Rounds to the nearest by adding what leaves no room for a fraction: `lrint` is a call for each number.
inline int32_t nearest(float x) { return static_cast<int32_t>((x + 12582912.0f) - 12582912.0f); }

// Returns the scale.
template <class Int>
float rounded(const float *x, int64_t count, float most, Int *to) {
  const float top = largest(x, count);
  const float inverse = top > 0 ? most / top : 0;
  for (int64_t j = 0; j < count; j++) to[j] = static_cast<Int>(nearest(x[j] * inverse));
  return top / most;
}

void to_shorts(const float *x, int64_t k, int64_t first, int64_t last, int16_t *to, float *scales) {
  const int64_t stored = stored_inputs(kInt8, k), blocks = (stored + kBlock - 1) / kBlock;
  for (int64_t r = first; r < last; r++) {
    for (int64_t b = 0; b < blocks; b++) {
      const int64_t begin = kBlock * b;
      scales[r * blocks + b] = rounded(x + r * k + begin, std::min(kBlock, k - begin), 32767, to + r * stored + begin);
    }
    std::fill(to + r * stored + k, to + (r + 1) * stored, int16_t(0));
  }
}

void to_bytes(const float *x, int64_t k, int64_t first, int64_t last, int8_t *to, float *scales, float *sums) {
  const int64_t stored = stored_inputs(kInt4, k), groups = stored / kGroup;
  for (int64_t r = first; r < last; r++) {
    for (int64_t g = 0; g < groups; g++) {
      const int64_t begin = kGroup * g, count = std::min(kGroup, k - begin);
      int8_t *group = to + r * stored + begin;
      const float scale = rounded(x + r * k + begin, count, 127, group);
      int32_t sum = 0;
      for (int64_t j = 0; j < count; j++) sum += group[j];
      scales[r * groups + g] = scale;
      sums[r * groups + g] = scale * static_cast<float>(sum);
    }
    std::fill(to + r * stored + k, to + (r + 1) * stored, int8_t(0));
  }
}

// e^x for x <= 0, to a unit in the last place or two: 2^n times a polynomial for what is left between -ln 2 / 2 and
// ln 2 / 2, in operations that a compiler makes vectors of. Source: the coefficients are those of Cephes' expf.
inline float exponential(float x) {
  x = std::max(x, -87.0f);
  const float shifted = x * 1.44269504088896341f + 12582912.0f, n = shifted - 12582912.0f;
  const float r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.0f;
  const int32_t bits = (static_cast<int32_t>(n) + 127) << 23;
  float power;
  std::memcpy(&power, &bits, sizeof power);
  return p * power;
}

inline float dot(const float *x, const float *y, int64_t count) {
  float sum = 0;
#pragma omp simd reduction(+ : sum)
  for (int64_t i = 0; i < count; i++) sum += x[i] * y[i];
  return sum;
}

void attend(const Attention &call, int64_t first, int64_t last, float *scratch) {
  for (int64_t at = first; at < last; at++) {
    const int64_t text = at / call.heads, head = at % call.heads, shared = head / call.groups;
    const float *q = call.q + text * call.q_text + head * call.q_head;
    const float *k = call.k + text * call.k_text + shared * call.k_head;
    const float *v = call.v + text * call.v_text + shared * call.v_head;
    float *out = call.out + at * call.head_dim;
    float most = -3.402823466e38f;
    for (int64_t s = 0; s < call.keys; s++) {
      scratch[s] = call.scale * dot(q, k + s * call.k_token, call.head_dim);
      most = std::max(most, scratch[s]);
    }
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t s = 0; s < call.keys; s++) {
      scratch[s] = exponential(scratch[s] - most);
      sum += scratch[s];
    }
    std::fill_n(out, call.head_dim, 0.0f);
    for (int64_t s = 0; s < call.keys; s++) {
      const float share = scratch[s] / sum;
      const float *row = v + s * call.v_token;
#pragma omp simd
      for (int64_t i = 0; i < call.head_dim; i++) out[i] += share * row[i];
    }
  }
}

// 16 outputs side by side, for loops that a compiler makes vectors of.
struct Lanes {
  float at[kPanel];
};

template <class Value>
inline Lanes lanes(Value &&value) {
  Lanes all;
#pragma omp simd
  for (int i = 0; i < kPanel; i++) all.at[i] = value(i);
  return all;
}

// As float16 has them.
inline Lanes halved(const Lanes &x) {
  uint16_t half[kPanel];
  vec::store_half(half, vec::load(x.at));
  Lanes wide;
  vec::store(wide.at, vec::load_half(half));
  return wide;
}

// To the nearest, halves to the even one; a NaN keeps its first bits, of which one is set.
inline uint16_t to_bfloat16(float x) {
  uint32_t bits;
  std::memcpy(&bits, &x, sizeof bits);
  return static_cast<uint16_t>((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}

// Each output's largest weight becomes 127.
void pack_bytes(const float *weights, int64_t k, uint8_t *panel, float *scales) {
  Lanes most = lanes([](int) { return 0.0f; });
  for (int64_t j = 0; j < k; j++)
    most = lanes([&](int i) { return std::max(most.at[i], std::abs(weights[kPanel * j + i])); });
  const Lanes inverse = lanes([&](int i) { return most.at[i] > 0 ? 127 / most.at[i] : 0.0f; });
  vec::store(scales, vec::load(lanes([&](int i) { return most.at[i] / 127; }).at));
  std::memset(panel, 0, panel_bytes(kInt8, k));
  for (int64_t j = 0; j < k; j++) {
    int8_t *to = reinterpret_cast<int8_t *>(panel) + kPanel * (j / 2 * 2) + j % 2;
    for (int i = 0; i < kPanel; i++)
      to[2 * i] = static_cast<int8_t>(nearest(weights[kPanel * j + i] * inverse.at[i]));
  }
}

// What 32 weights of each output become: w = step * q + low, 0 <= q <= 15.
struct Group {
  Lanes step, low, error;
  Lanes q[kGroup];

  // The nearest q for these, rounded as they are stored, and the squared errors.
  void round(const float *w, int64_t count, const Lanes &exact_step, const Lanes &exact_low) {
    step = halved(exact_step);
    low = halved(exact_low);
    const Lanes inverse = lanes([&](int i) { return step.at[i] > 0 ? 1 / step.at[i] : 0.0f; });
    error = lanes([](int) { return 0.0f; });
    for (int64_t j = 0; j < count; j++, w += kPanel) {
      q[j] = lanes([&](int i) {
        const float exact = std::min(std::max((w[i] - low.at[i]) * inverse.at[i], 0.0f), 15.0f);
        return (exact + 12582912.0f) - 12582912.0f;
      });
      error = lanes([&](int i) {
        const float miss = step.at[i] * q[j].at[i] + low.at[i] - w[i];
        return error.at[i] + miss * miss;
      });
    }
  }

  // The step and low that fit these q best, by least squares, and q anew for those.
  void fit(const float *w, int64_t count, const Group &before) {
    const float n = static_cast<float>(count);
    Lanes q1 = lanes([](int) { return 0.0f; }), w1 = q1, qq = q1, qw = q1;
    for (int64_t j = 0; j < count; j++) {
      const float *row = w + kPanel * j;
      const Lanes &was = before.q[j];
      q1 = lanes([&](int i) { return q1.at[i] + was.at[i]; });
      w1 = lanes([&](int i) { return w1.at[i] + row[i]; });
      qq = lanes([&](int i) { return qq.at[i] + was.at[i] * was.at[i]; });
      qw = lanes([&](int i) { return qw.at[i] + was.at[i] * row[i]; });
    }
    const Lanes better = lanes([&](int i) {
      const float spread = n * qq.at[i] - q1.at[i] * q1.at[i];
      return spread > 0 ? (n * qw.at[i] - q1.at[i] * w1.at[i]) / spread : before.step.at[i];
    });
    round(w, count, better, lanes([&](int i) { return (w1.at[i] - better.at[i] * q1.at[i]) / n; }));
  }

  // Of each output what has the smaller error.
  void take(const Group &other, int64_t count) {
    const Lanes better = lanes([&](int i) { return other.error.at[i] < error.at[i] ? 1.0f : 0.0f; });
    const auto choose = [&](Lanes &to, const Lanes &from) {
      to = lanes([&](int i) { return better.at[i] != 0 ? from.at[i] : to.at[i]; });
    };
    choose(step, other.step);
    choose(low, other.low);
    choose(error, other.error);
    for (int64_t j = 0; j < count; j++) choose(q[j], other.q[j]);
  }
};

// From the least to the largest weight in 15 steps; then, twice, the best line through the steps, and the steps anew.
constexpr int kTurns = 1;

void pack_nibbles(const float *weights, int64_t k, uint8_t *panel) {
  std::memset(panel, 0, panel_bytes(kInt4, k));
  Group best, next;
  for (int64_t begin = 0; begin < k; begin += kGroup, panel += kGroupBytes) {
    const float *w = weights + kPanel * begin;
    const int64_t count = std::min(kGroup, k - begin);
    Lanes least, most;
    std::memcpy(&least, w, sizeof least);
    most = least;
    for (int64_t j = 1; j < count; j++) {
      const float *row = w + kPanel * j;
      least = lanes([&](int i) { return std::min(least.at[i], row[i]); });
      most = lanes([&](int i) { return std::max(most.at[i], row[i]); });
    }
    best.round(w, count, lanes([&](int i) { return (most.at[i] - least.at[i]) / 15; }), least);
    for (int turn = 0; turn < kTurns; turn++) {
      next.fit(w, count, best);
      best.take(next, count);
    }
    vec::store_half(reinterpret_cast<uint16_t *>(panel), vec::load(best.step.at));
    vec::store_half(reinterpret_cast<uint16_t *>(panel) + kPanel, vec::load(best.low.at));
    for (int64_t j = 0; j < count; j++) {
      uint8_t *to = panel + 4 * kPanel + 2 * kPanel * (j / 4) + j % 4;
      for (int i = 0; i < kPanel / 2; i++) {
        const int lower = static_cast<int>(best.q[j].at[i]), upper = static_cast<int>(best.q[j].at[i + kPanel / 2]);
        to[4 * i] = static_cast<uint8_t>(lower | upper << 4);
      }
    }
  }
}

void pack(Format format, const float *weights, int64_t k, uint8_t *panel, float *scales) {
  auto *halves = reinterpret_cast<uint16_t *>(panel);
  switch (format) {
    case kFloat32: std::memcpy(panel, weights, panel_bytes(kFloat32, k)); break;
    case kFloat16:
      for (int64_t j = 0; j < k; j++) vec::store_half(halves + kPanel * j, vec::load(weights + kPanel * j));
      break;
    case kBFloat16:
      for (int64_t at = 0; at < kPanel * k; at++) halves[at] = to_bfloat16(weights[at]);
      break;
    case kInt8: pack_bytes(weights, k, panel, scales); break;
    case kInt4: pack_nibbles(weights, k, panel); break;
  }
}

}  // namespace
}  // namespace packed
