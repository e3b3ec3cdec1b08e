// What one token's step does besides its linear maps, on the kernels of packed.h: attention to the tokens before it, and
// normalisation.
#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <ATen/record_function.h>

#include "packed_run.h"
#include "seam.h"

namespace packed {
namespace {

// Where keys and values [B, G, S, D] lie.
void look_at(Attention &call, const at::Tensor &key, const at::Tensor &value) {
  call.k = key.const_data_ptr<float>();
  call.v = value.const_data_ptr<float>();
  call.k_text = key.stride(0);
  call.k_head = key.stride(1);
  call.k_token = key.stride(2);
  call.v_text = value.stride(0);
  call.v_head = value.stride(1);
  call.v_token = value.stride(2);
}

void attend(const Attention &call, int64_t batch, bool only_plain) {
  const Kernels &chosen = kernels(only_plain);
  const auto work = [&](int64_t first, int64_t last) {
    chosen.attend(call, first, last, room<float, 2>(call.keys));
  };
  // As many products as take a few microseconds, which is what another thread costs.
  if (batch * call.heads * call.head_dim * call.keys < (1 << 17)) {
    work(0, batch * call.heads);
  } else {
    spread(batch * call.heads, work);
  }
}

// Writes a token's keys or values, [G][D] of each text, behind those that are there.
void remember(const at::Tensor &buffer, const float *token, int64_t stride, int64_t at) {
  float *to = buffer.mutable_data_ptr<float>() + at * buffer.stride(2);
  const int64_t size = buffer.size(3);
  for (int64_t b = 0; b < buffer.size(0); b++)
    for (int64_t g = 0; g < buffer.size(1); g++)
      std::copy_n(token + b * stride + g * size, size, to + b * buffer.stride(0) + g * buffer.stride(1));
}

}  // namespace

// query [B, H, 1, D] on keys and values [B, G, S, D], H a multiple of G -> [B, 1, H, D]
at::Tensor attend(const at::Tensor &query, const at::Tensor &key, const at::Tensor &value, double scale,
                  bool only_plain) {
  const int64_t batch = query.size(0), heads = query.size(1), head_dim = query.size(3);
  at::Tensor out = at::empty({batch, 1, heads, head_dim}, at::kFloat);
  Attention call{};
  call.heads = heads;
  call.head_dim = head_dim;
  call.keys = key.size(2);
  call.groups = heads / key.size(1);
  call.q = query.const_data_ptr<float>();
  call.q_text = query.stride(0);
  call.q_head = query.stride(1);
  look_at(call, key, value);
  call.scale = static_cast<float>(scale);
  call.out = out.mutable_data_ptr<float>();
  attend(call, batch, only_plain);
  return out;
}

// A token's query, key and value side by side, [B, 1, (H + 2 G) D], and buffers [B, G, C, D], of which the tokens
// start .. start + length - 1 are there: the token is written behind them, and looks at them and itself -> [B, 1, H D]
at::Tensor attend_next(const at::Tensor &token, const at::Tensor &keys, const at::Tensor &values, int64_t heads,
                       int64_t start, int64_t length, double scale, bool only_plain) {
  const int64_t batch = keys.size(0), shared = keys.size(1), head_dim = keys.size(3);
  const int64_t width = heads * head_dim, all = width + 2 * shared * head_dim;
  const float *query = token.const_data_ptr<float>();
  at::Tensor out = at::empty({batch, 1, width}, at::kFloat);
  remember(keys, query + width, all, start + length);
  remember(values, query + width + shared * head_dim, all, start + length);
  Attention call{};
  call.heads = heads;
  call.head_dim = head_dim;
  call.keys = length + 1;
  call.groups = heads / shared;
  call.q = query;
  call.q_text = all;
  call.q_head = head_dim;
  look_at(call, keys, values);
  call.k += start * call.k_token;
  call.v += start * call.v_token;
  call.scale = static_cast<float>(scale);
  call.out = out.mutable_data_ptr<float>();
  attend(call, batch, only_plain);
  return out;
}

at::Tensor norm(const at::Tensor &input, const at::Tensor &weight, const at::Tensor *bias, double eps,
                bool by_mean_square, bool only_plain) {
  const at::Tensor x = input.contiguous();
  at::Tensor out = at::empty(x.sizes(), at::kFloat);
  Norm call{};
  call.k = weight.numel();
  call.x = x.const_data_ptr<float>();
  call.weight = weight.const_data_ptr<float>();
  call.bias = bias ? bias->const_data_ptr<float>() : nullptr;
  call.eps = static_cast<float>(eps);
  call.by_mean_square = by_mean_square;
  call.out = out.mutable_data_ptr<float>();
  const Kernels &chosen = kernels(only_plain);
  const int64_t rows = call.k > 0 ? x.numel() / call.k : 0;
  const auto work = [&](int64_t first, int64_t last) { chosen.norm(call, first, last); };
  // A few rows are done before another thread would be awake.
  if (rows < 16) {
    work(0, rows);
  } else {
    spread(rows, work);
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

extern "C" char *atencion_attend_next(at::Tensor **out, const at::Tensor *token, const at::Tensor *keys,
                                      const at::Tensor *values, int64_t heads, int64_t start, int64_t length,
                                      double scale, bool only_plain) noexcept {
  return seam::guarded([&] {
    RECORD_FUNCTION("atencion::attend_next", c10::ArrayRef<const c10::IValue>());
    *out = new at::Tensor(packed::attend_next(*token, *keys, *values, heads, start, length, scale, only_plain));
  });
}

extern "C" char *atencion_norm(at::Tensor **out, const at::Tensor *x, const at::Tensor *weight, const at::Tensor *bias,
                               double eps, bool by_mean_square, bool only_plain) noexcept {
  return seam::guarded([&] {
    RECORD_FUNCTION("atencion::norm", c10::ArrayRef<const c10::IValue>());
    *out = new at::Tensor(packed::norm(*x, *weight, bias, eps, by_mean_square, only_plain));
  });
}
