// How the kernels of packed.h are run: on which threads, in which room, and which of the two.
#pragma once

#include <ATen/TensorIterator.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <memory>
#include <vector>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include "packed.h"

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

// Room that a thread keeps from call to call: a token makes fifty, and each would ask for its memory anew.
template <class T, int kWhich>
T *room(std::size_t size) {
  thread_local std::vector<T> kept;
  if (kept.size() < size) kept.resize(size);
  return kept.data();
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
}  // namespace packed
