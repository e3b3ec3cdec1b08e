// The kernels of packed.h for processors with AVX2, FMA and F16C. A unit of its own: build.rs compiles it for those.
#include "packed.h"

#if defined(__AVX2__) && defined(__FMA__) && defined(__F16C__)
#include <immintrin.h>

#include <cstring>

namespace packed {
namespace vec {
namespace {

// 6 rows of two registers each, two of weights and one of x: 15 of the 16 that there are.
constexpr int kRows = 6;

struct Floats {
  __m256 a, b;
};
struct Ints {
  __m256i a, b;
};
// 16 bits for each of two inputs.
struct Pairs {
  __m256i a, b;
};
// 8 bits for each of four inputs.
struct Nibbles {
  __m256i a, b;
};
// Sums of two inputs each, two for an output.
struct Shorts {
  __m256i a, b;
};

inline void prefetch(const uint8_t *at) { _mm_prefetch(reinterpret_cast<const char *>(at), _MM_HINT_T0); }

inline Floats zero() { return {_mm256_setzero_ps(), _mm256_setzero_ps()}; }
inline Floats load(const float *at) { return {_mm256_loadu_ps(at), _mm256_loadu_ps(at + 8)}; }
inline void store(float *at, Floats x) {
  _mm256_storeu_ps(at, x.a);
  _mm256_storeu_ps(at + 8, x.b);
}
inline __m128i load128(const void *at) { return _mm_loadu_si128(static_cast<const __m128i *>(at)); }
inline Floats load_half(const uint16_t *at) { return {_mm256_cvtph_ps(load128(at)), _mm256_cvtph_ps(load128(at + 8))}; }
inline void store_half(uint16_t *to, Floats x) {
  _mm_storeu_si128(reinterpret_cast<__m128i *>(to), _mm256_cvtps_ph(x.a, _MM_FROUND_TO_NEAREST_INT));
  _mm_storeu_si128(reinterpret_cast<__m128i *>(to + 8), _mm256_cvtps_ph(x.b, _MM_FROUND_TO_NEAREST_INT));
}
inline __m256 bfloat16(const uint16_t *at) {
  return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(load128(at)), 16));
}
inline Floats load_bfloat16(const uint16_t *at) { return {bfloat16(at), bfloat16(at + 8)}; }
inline Floats add(Floats x, Floats y) { return {_mm256_add_ps(x.a, y.a), _mm256_add_ps(x.b, y.b)}; }
inline Floats multiply(Floats x, Floats y) { return {_mm256_mul_ps(x.a, y.a), _mm256_mul_ps(x.b, y.b)}; }
inline Floats add_product(Floats sum, Floats w, float x) {
  const __m256 all = _mm256_set1_ps(x);
  return {_mm256_fmadd_ps(w.a, all, sum.a), _mm256_fmadd_ps(w.b, all, sum.b)};
}
inline Floats to_floats(Ints x) { return {_mm256_cvtepi32_ps(x.a), _mm256_cvtepi32_ps(x.b)}; }

inline __m256i broadcast(const void *four_bytes) {
  int32_t x;
  std::memcpy(&x, four_bytes, sizeof x);
  return _mm256_set1_epi32(x);
}

inline Ints no_ints() { return {_mm256_setzero_si256(), _mm256_setzero_si256()}; }
inline Pairs load_pairs(const int8_t *at) {
  return {_mm256_cvtepi8_epi16(load128(at)), _mm256_cvtepi8_epi16(load128(at + 16))};
}
inline Ints add_pairs(Ints sum, Pairs w, const int16_t *x) {
  const __m256i all = broadcast(x);
  return {_mm256_add_epi32(sum.a, _mm256_madd_epi16(w.a, all)), _mm256_add_epi32(sum.b, _mm256_madd_epi16(w.b, all))};
}

inline Shorts no_shorts() { return {_mm256_setzero_si256(), _mm256_setzero_si256()}; }
inline Nibbles load_nibbles(const uint8_t *at) {
  const __m256i both = _mm256_loadu_si256(reinterpret_cast<const __m256i *>(at)), low = _mm256_set1_epi8(15);
  return {_mm256_and_si256(both, low), _mm256_and_si256(_mm256_srli_epi16(both, 4), low)};
}
inline Shorts add_quads(Shorts sum, Nibbles w, const int8_t *x) {
  const __m256i all = broadcast(x);
  return {_mm256_add_epi16(sum.a, _mm256_maddubs_epi16(w.a, all)),
          _mm256_add_epi16(sum.b, _mm256_maddubs_epi16(w.b, all))};
}
inline Ints widened(Shorts x) {
  const __m256i one = _mm256_set1_epi16(1);
  return {_mm256_madd_epi16(x.a, one), _mm256_madd_epi16(x.b, one)};
}

}  // namespace
}  // namespace vec
}  // namespace packed

#include "packed_kernels.h"

namespace packed {
const Kernels kAvx2{pack, run, norm, to_shorts, to_bytes, attend};
}  // namespace packed
#elif defined(__x86_64__)
// A compiler without flags for them.
namespace packed {
const Kernels kAvx2 = kPlain;
}  // namespace packed
#endif
