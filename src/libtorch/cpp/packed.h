// Weights laid out for the kernels that read each of them once: what packed.cpp asks of a kernel, and what the kernels
// of packed_plain.cpp and packed_avx2.cpp, which are one text compiled twice (packed_kernels.h), promise.
//
// y[m][n] = sum over k of x[m][k] * w[n][k]: M rows, N outputs, K inputs. A panel is 16 outputs, and its weights lie in
// the order in which they are read, one input after the other, so that a thread reads its panels from the first byte to
// the last. What the last panel and the last group lack is 0.
//
//   format   one panel
//   float32  [K][16] float
//   float16  [K][16] half
//   bfloat16 [K][16] bfloat16
//   int8     [K/32] groups: [16] half scales, [16][16][2] signed bytes:  w = scale * byte
//   int4     [K/32] groups: [16] half scales, [16] half minima, [8][8][4] bytes, of which the lower four bits are of
//            output i, the upper of output i + 8, for the inputs 4q .. 4q + 3:  w = scale * bits + minimum
#pragma once

#include <cstdint>

namespace packed {

enum Format : int { kFloat32, kFloat16, kBFloat16, kInt8, kInt4 };

constexpr int64_t kPanel = 16;
// int8 and int4: inputs that share a scale.
constexpr int64_t kGroup = 32;
constexpr int64_t kByteGroupBytes = 2 * kPanel + kGroup * kPanel;
constexpr int64_t kGroupBytes = 2 * 2 * kPanel + kGroup * kPanel / 2;
// int8: inputs that share a scale of the activations; so many products of 127 and 32767 fit into 32 bits.
constexpr int64_t kBlock = 512;

inline int64_t round_up(int64_t size, int64_t to) { return (size + to - 1) / to * to; }

// K as the format stores it.
inline int64_t stored_inputs(Format format, int64_t k) {
  return format == kInt4 || format == kInt8 ? round_up(k, kGroup) : k;
}

inline int64_t panel_bytes(Format format, int64_t k) {
  const int64_t stored = stored_inputs(format, k);
  switch (format) {
    case kFloat32: return 4 * kPanel * stored;
    case kInt8: return kByteGroupBytes * (stored / kGroup);
    case kInt4: return kGroupBytes * (stored / kGroup);
    default: return 2 * kPanel * stored;
  }
}

struct Call {
  Format format;
  int64_t m, n, k;
  const uint8_t *weights;
  // [N], or null
  const float *bias;
  // Whether each output goes through gelu, in its approximation by tanh.
  bool gelu;
  // [M][N] that is added to what comes out, or null
  const float *residual;
  // The activations, by rows of K: as they are; for int8 [M][K of groups] of 16 bits, for int4 the same of 8 bits.
  const float *x;
  const int16_t *x16;
  const int8_t *x8;
  // Their scales by row: for int8 one each block, for int4 one each group, and there the sums of the group's x, too.
  const float *x_scales;
  const float *x_sums;
  // [M][N]
  float *out;
};

// One query of each head, which looks at all keys: softmax(scale * q . k) . v
struct Attention {
  int64_t heads, head_dim, keys;
  // Heads of the query that one of key and value serves.
  int64_t groups;
  const float *q, *k, *v;
  // Numbers from one text, head and token to the next; a head's own numbers lie side by side.
  int64_t q_text, q_head, k_text, k_head, k_token, v_text, v_head, v_token;
  float scale;
  // [B][H][D]
  float *out;
};

// Rows that are normalised: (x - mean) / sqrt(variance + eps) * weight + bias. By the mean square the mean counts as 0.
struct Norm {
  int64_t k;
  const float *x, *weight, *bias;
  float eps;
  bool by_mean_square;
  float *out;
};

struct Kernels {
  // A panel's weights as float32, [K][16], in their format.
  void (*pack)(Format format, const float *weights, int64_t k, uint8_t *panel);
  // Computes the panels first .. last - 1. `scratch` has room for 16 floats a row.
  void (*compute)(const Call &call, int64_t first, int64_t last, float *scratch);
  // The rows first .. last - 1 of x.
  void (*norm)(const Norm &call, int64_t first, int64_t last);
  // The rows first .. last - 1 of x, [M][K], in 16 bits: [M][K of groups], and a scale for each block.
  void (*to_shorts)(const float *x, int64_t k, int64_t first, int64_t last, int16_t *to, float *scales);
  // In 8 bits: [M][K of groups], and for each group a scale and the sum.
  void (*to_bytes)(const float *x, int64_t k, int64_t first, int64_t last, int8_t *to, float *scales, float *sums);
  // The heads first .. last - 1 of all texts' heads. `scratch` has room for a float a key.
  void (*attend)(const Attention &call, int64_t first, int64_t last, float *scratch);
};

extern const Kernels kPlain;
extern const Kernels kAvx2;

}  // namespace packed
