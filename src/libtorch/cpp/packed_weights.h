// Weights as the kernels read them (packed.h), on the `vec` of the unit that includes this; see packed_kernels.h.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "packed.h"

namespace packed {
namespace {

// Rounds to the nearest by adding what leaves no room for a fraction: `lrint` is a call for each number.
inline int32_t nearest(float x) { return static_cast<int32_t>((x + 12582912.0f) - 12582912.0f); }

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

// Of each output the largest of 32 weights becomes 127.
void pack_bytes(const float *weights, int64_t k, uint8_t *panel) {
  std::memset(panel, 0, panel_bytes(kInt8, k));
  for (int64_t begin = 0; begin < k; begin += kGroup, panel += kByteGroupBytes) {
    const float *w = weights + kPanel * begin;
    const int64_t count = std::min(kGroup, k - begin);
    Lanes most = lanes([](int) { return 0.0f; });
    for (int64_t j = 0; j < count; j++)
      most = lanes([&](int i) { return std::max(most.at[i], std::abs(w[kPanel * j + i])); });
    const Lanes scale = halved(lanes([&](int i) { return most.at[i] / 127; }));
    const Lanes inverse = lanes([&](int i) { return scale.at[i] > 0 ? 1 / scale.at[i] : 0.0f; });
    vec::store_half(reinterpret_cast<uint16_t *>(panel), vec::load(scale.at));
    int8_t *to = reinterpret_cast<int8_t *>(panel) + 2 * kPanel;
    for (int64_t j = 0; j < count; j++) {
      // The scale as it is stored may be a little too small for the largest.
      const Lanes q = lanes([&](int i) { return std::min(std::max(w[kPanel * j + i] * inverse.at[i], -127.0f), 127.0f); });
      for (int i = 0; i < kPanel; i++) to[kPanel * (j / 2 * 2) + 2 * i + j % 2] = static_cast<int8_t>(nearest(q.at[i]));
    }
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

void pack(Format format, const float *weights, int64_t k, uint8_t *panel) {
  auto *halves = reinterpret_cast<uint16_t *>(panel);
  switch (format) {
    case kFloat32: std::memcpy(panel, weights, panel_bytes(kFloat32, k)); break;
    case kFloat16:
      for (int64_t j = 0; j < k; j++) vec::store_half(halves + kPanel * j, vec::load(weights + kPanel * j));
      break;
    case kBFloat16:
      for (int64_t at = 0; at < kPanel * k; at++) halves[at] = to_bfloat16(weights[at]);
      break;
    case kInt8: pack_bytes(weights, k, panel); break;
    case kInt4: pack_nibbles(weights, k, panel); break;
  }
}

}  // namespace
}  // namespace packed
