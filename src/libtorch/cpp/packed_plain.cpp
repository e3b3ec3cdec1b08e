// The kernels of packed.h in plain C++, for any processor: loops of 16 that a compiler makes vectors of.
#include <cstring>

#include "packed.h"

namespace packed {
namespace vec {
namespace {

constexpr int kRows = 4;

struct Floats {
  float at[kPanel];
};
struct Ints {
  int32_t at[kPanel];
};
struct Pairs {
  int8_t at[2 * kPanel];
};
struct Nibbles {
  uint8_t at[4 * kPanel];
};
using Shorts = Ints;

inline void prefetch(const uint8_t *) {}

template <class Value>
inline Floats each(Value &&value) {
  Floats out;
  for (int i = 0; i < kPanel; i++) out.at[i] = value(i);
  return out;
}

inline float from_bits(uint32_t bits) {
  float x;
  std::memcpy(&x, &bits, sizeof x);
  return x;
}

// Exponent and fraction in their new places, the exponent's bias mended by a product, which does right by numbers too
// small for a leading 1. Infinity and NaN have an exponent of their own.
inline float half(uint16_t bits) {
  const uint32_t sign = uint32_t(bits & 0x8000u) << 16, rest = uint32_t(bits & 0x7fffu) << 13;
  if ((bits & 0x7c00u) == 0x7c00u) return from_bits(sign | rest | 0x7f800000u);
  return from_bits(sign | 0x3f800000u) * (from_bits(rest) * from_bits(0x77800000u));
}

// To the nearest, halves to the even one. Numbers too small for a leading 1 are rounded by an addition that leaves no
// room for what float16 has not.
inline uint16_t to_half(float x) {
  uint32_t bits;
  std::memcpy(&bits, &x, sizeof bits);
  const uint32_t sign = bits >> 16 & 0x8000u;
  bits &= 0x7fffffffu;
  if (bits > 0x7f800000u) return static_cast<uint16_t>(sign | 0x7e00u);
  if (bits >= 0x47800000u) return static_cast<uint16_t>(sign | 0x7c00u);
  if (bits < 0x38800000u) {
    const float rounded = from_bits(bits) + 0.5f;
    std::memcpy(&bits, &rounded, sizeof bits);
    return static_cast<uint16_t>(sign | (bits - 0x3f000000u));
  }
  bits += 0xc8000fffu + (bits >> 13 & 1);
  return static_cast<uint16_t>(sign | bits >> 13);
}

inline Floats zero() {
  return each([](int) { return 0.0f; });
}
inline Floats load(const float *from) {
  return each([&](int i) { return from[i]; });
}
inline void store(float *to, const Floats &x) { std::memcpy(to, x.at, sizeof x.at); }
inline Floats load_half(const uint16_t *from) {
  return each([&](int i) { return half(from[i]); });
}
inline void store_half(uint16_t *to, const Floats &x) {
  for (int i = 0; i < kPanel; i++) to[i] = to_half(x.at[i]);
}
inline Floats load_bfloat16(const uint16_t *from) {
  return each([&](int i) { return from_bits(uint32_t(from[i]) << 16); });
}
inline Floats add(const Floats &x, const Floats &y) {
  return each([&](int i) { return x.at[i] + y.at[i]; });
}
inline Floats multiply(const Floats &x, const Floats &y) {
  return each([&](int i) { return x.at[i] * y.at[i]; });
}
inline Floats add_product(const Floats &sum, const Floats &w, float x) {
  return each([&](int i) { return sum.at[i] + w.at[i] * x; });
}
inline Floats to_floats(const Ints &x) {
  return each([&](int i) { return static_cast<float>(x.at[i]); });
}

inline Ints no_ints() { return {}; }
inline Pairs load_pairs(const int8_t *from) {
  Pairs pairs;
  std::memcpy(pairs.at, from, sizeof pairs.at);
  return pairs;
}
inline Ints add_pairs(Ints sum, const Pairs &w, const int16_t *x) {
  for (int i = 0; i < kPanel; i++) sum.at[i] += w.at[2 * i] * x[0] + w.at[2 * i + 1] * x[1];
  return sum;
}

inline Shorts no_shorts() { return {}; }
inline Nibbles load_nibbles(const uint8_t *from) {
  Nibbles nibbles;
  for (int i = 0; i < 2 * kPanel; i++) {
    nibbles.at[i] = from[i] & 15;
    nibbles.at[2 * kPanel + i] = from[i] >> 4;
  }
  return nibbles;
}
inline Shorts add_quads(Shorts sum, const Nibbles &w, const int8_t *x) {
  for (int i = 0; i < kPanel; i++)
    for (int j = 0; j < 4; j++) sum.at[i] += w.at[4 * i + j] * x[j];
  return sum;
}
inline Ints widened(const Shorts &x) { return x; }

}  // namespace
}  // namespace vec
}  // namespace packed

#include "packed_kernels.h"

namespace packed {
const Kernels kPlain{pack, run, norm, to_shorts, to_bytes, attend};
}  // namespace packed
