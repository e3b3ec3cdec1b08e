// The kernels of packed.h on a vector of 16 floats and one of 16 integers, `vec`, which each unit that includes this
// brings along. Nothing of ATen is included: a function of its headers that was compiled for AVX2 here could be the one
// that the linker keeps for all.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "packed_weights.h"

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

// As `floats`, with integers, for groups of one block of inputs, whose x have one scale a row.
template <int R>
void bytes(const uint8_t *w, const int16_t *x, int64_t stride, int64_t count, const float *scales, int64_t scale_stride,
           float *sums) {
  for (int64_t k = 0; k < count; k += kGroup, w += kByteGroupBytes) {
    vec::Ints sum[R];
    for (int r = 0; r < R; r++) sum[r] = vec::no_ints();
    for (int64_t j = 0; j < kGroup; j += 2) {
      const uint8_t *at = w + 2 * kPanel + kPanel * j;
      if (j % 4 == 0) vec::prefetch(at + kAhead);
      const vec::Pairs weight = vec::load_pairs(reinterpret_cast<const int8_t *>(at));
      for (int r = 0; r < R; r++) sum[r] = vec::add_pairs(sum[r], weight, x + r * stride + k + j);
    }
    const vec::Floats scale = vec::load_half(reinterpret_cast<const uint16_t *>(w));
    for (int r = 0; r < R; r++) {
      const vec::Floats part = vec::multiply(vec::to_floats(sum[r]), scale);
      vec::store(sums + kPanel * r, vec::add_product(vec::load(sums + kPanel * r), part, scales[r * scale_stride]));
    }
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
        return bytes<R>(panel + kByteGroupBytes * (begin / kGroup), call.x16 + at, stored, count, scales, blocks, sums);
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

// e^x for x <= 0, to a unit in the last place or two: 2^n times a polynomial for what is left between -ln 2 / 2 and
// ln 2 / 2, in operations that a compiler makes vectors of, where it stands in the loop itself. Source: the coefficients
// are those of Cephes' expf.
__attribute__((always_inline)) inline float exponential(float x) {
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

// x / 2 * (1 + tanh u), u = sqrt(2 / pi) (x + 0.044715 x^3): the same as x / (1 + e^(-2 u)), of which the exponential
// is taken of no number above 0.
__attribute__((always_inline)) inline float gelu(float x) {
  const float u = 1.5957691216057308f * (x + 0.044715f * x * x * x);
  const float e = exponential(-std::abs(u));
  return x * ((u < 0 ? e : 1.0f) / (1.0f + e));
}

// What becomes of a row's sums with one panel: `width` outputs from `n` on.
inline void finish(const Call &call, const float *sums, int64_t row, int64_t n, int64_t width) {
  float y[kPanel];
  std::memcpy(y, sums, sizeof y);
  if (call.bias)
    for (int64_t i = 0; i < width; i++) y[i] += call.bias[n + i];
  if (call.gelu) {
#pragma omp simd
    for (int64_t i = 0; i < kPanel; i++) y[i] = gelu(y[i]);
  }
  if (call.residual)
    for (int64_t i = 0; i < width; i++) y[i] += call.residual[row * call.n + n + i];
  std::memcpy(call.out + row * call.n + n, y, sizeof(float) * width);
}

void run(const Call &call, int64_t first, int64_t last, float *scratch) {
  const int64_t stored = stored_inputs(call.format, call.k), size = panel_bytes(call.format, call.k);
  const int64_t step = depth(call);
  for (int64_t panel = first; panel < last; panel++) {
    std::fill_n(scratch, kPanel * call.m, 0.0f);
    for (int64_t begin = 0; begin < stored; begin += step)
      Part{call, call.weights + size * panel, scratch, begin, std::min(begin + step, stored)}.all();
    const int64_t n = kPanel * panel, width = std::min(kPanel, call.n - n);
    for (int64_t row = 0; row < call.m; row++) {
      if (width == kPanel) {
        finish(call, scratch + kPanel * row, row, n, kPanel);
      } else {
        finish(call, scratch + kPanel * row, row, n, width);
      }
    }
  }
}

void norm(const Norm &call, int64_t first, int64_t last) {
  for (int64_t row = first; row < last; row++) {
    const float *x = call.x + row * call.k;
    float *out = call.out + row * call.k;
    float sum = 0, squares = 0;
    if (!call.by_mean_square) {
#pragma omp simd reduction(+ : sum)
      for (int64_t i = 0; i < call.k; i++) sum += x[i];
    }
    const float mean = sum / static_cast<float>(call.k);
#pragma omp simd reduction(+ : squares)
    for (int64_t i = 0; i < call.k; i++) squares += (x[i] - mean) * (x[i] - mean);
    const float inverse = 1.0f / std::sqrt(squares / static_cast<float>(call.k) + call.eps);
    if (call.bias) {
#pragma omp simd
      for (int64_t i = 0; i < call.k; i++) out[i] = (x[i] - mean) * inverse * call.weight[i] + call.bias[i];
    } else {
#pragma omp simd
      for (int64_t i = 0; i < call.k; i++) out[i] = (x[i] - mean) * inverse * call.weight[i];
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

}  // namespace
}  // namespace packed
