// Reducer, the heart of DistributedDataParallel: buckets of gradients that are averaged while backward goes on.
#include <torch/csrc/distributed/c10d/logger.hpp>
#include <torch/csrc/distributed/c10d/reducer.hpp>

#include <algorithm>
#include <limits>
#include <memory>
#include <string>
#include <type_traits>
#include <unordered_map>
#include <vector>

#include "../seam.h"
#include "handles.h"

namespace {

using Buckets = std::vector<std::vector<size_t>>;
using Names = std::unordered_map<size_t, std::string>;
using Group = c10::intrusive_ptr<c10d::ProcessGroup>;

struct Options {
  size_t first_bucket_bytes, bucket_bytes;
  bool find_unused_parameters, gradient_as_bucket_view;
};

// The reducer tells its logger of unused parameters without looking whether there is one.
struct Logged {
  std::shared_ptr<c10d::Reducer> reducer;
  std::shared_ptr<c10d::Logger> logger;
};

// The constructor grows from release to release; what is added has the defaults of Python's class.
template <class Reducer>
std::shared_ptr<Reducer> made(const std::vector<at::Tensor> &parameters, const Buckets &buckets, const Group &group,
                              const Options &with, const Names &names) {
  using Tensors = std::vector<at::Tensor>;
  using Flags = std::vector<bool>;
  using Caps = std::vector<int64_t>;
  const Flags sparse(parameters.size(), false);
  const auto cap = static_cast<int64_t>(with.bucket_bytes), first = static_cast<int64_t>(with.first_bucket_bytes);
  const bool find = with.find_unused_parameters, view = with.gradient_as_bucket_view;
  if constexpr (std::is_constructible_v<Reducer, Tensors, Buckets, Group, Flags, int64_t, bool, bool, Names, int64_t,
                                        bool, bool, Caps>) {
    return std::make_shared<Reducer>(parameters, buckets, group, sparse, cap, find, view, names, first, false, false,
                                     Caps{});
  } else {
    // 2.11 takes the size limit of each bucket as well, as compute_bucket_assignment_by_size gives them.
    const std::vector<size_t> limits(buckets.size(), with.bucket_bytes);
    if constexpr (std::is_constructible_v<Reducer, Tensors, Buckets, Group, Flags, int64_t, bool, bool, Names, int64_t,
                                          bool, bool>) {
      return std::make_shared<Reducer>(parameters, buckets, group, sparse, cap, find, view, names, first, false,
                                       false);
    } else {
      return std::make_shared<Reducer>(parameters, buckets, limits, group, sparse, cap, find, view, names, first,
                                       false, false);
    }
  }
}

// As Python's: one bucket at first, or none are rebuilt and the first is the smaller one.
std::vector<size_t> size_limits(const Options &with) {
  if (!with.find_unused_parameters) return {static_cast<size_t>(std::numeric_limits<int64_t>::max())};
  if (with.first_bucket_bytes < with.bucket_bytes) return {with.first_bucket_bytes, with.bucket_bytes};
  return {with.bucket_bytes};
}

c10d::Reducer &reducer(void *handle) { return *static_cast<Logged *>(handle)->reducer; }

}  // namespace

extern "C" char *atencion_c10d_reducer(void **out, void *of, const at::Tensor *const *parameters,
                                       const char *const *names, size_t count, size_t first_bucket_bytes,
                                       size_t bucket_bytes, bool find_unused_parameters,
                                       bool gradient_as_bucket_view) noexcept {
  return seam::guarded([&] {
    const Options with{first_bucket_bytes, bucket_bytes, find_unused_parameters, gradient_as_bucket_view};
    const std::vector<at::Tensor> all = c10d_handles::list(parameters, count);
    Names known;
    for (size_t i = 0; i < count; i++) known.emplace(i, names[i]);
    Buckets buckets =
        std::get<0>(c10d::compute_bucket_assignment_by_size(all, size_limits(with), std::vector<bool>(count, false)));
    // Gradients come about in the reverse order of the forward pass.
    std::reverse(buckets.begin(), buckets.end());
    auto reducer = made<c10d::Reducer>(all, buckets, c10d_handles::group(of), with, known);
    auto logger = std::make_shared<c10d::Logger>(reducer);
    reducer->set_logger(logger);
    *out = new Logged{std::move(reducer), std::move(logger)};
  });
}

extern "C" void atencion_c10d_reducer_free(void *handle) noexcept {
  std::free(seam::guarded([&] { delete static_cast<Logged *>(handle); }));
}

extern "C" char *atencion_c10d_prepare_for_forward(void *handle) noexcept {
  return seam::guarded([&] { reducer(handle).prepare_for_forward(); });
}

extern "C" char *atencion_c10d_rebuild_buckets(void *handle, bool *out) noexcept {
  return seam::guarded([&] { *out = reducer(handle).rebuild_buckets(); });
}

extern "C" char *atencion_c10d_prepare_for_backward(void *handle, const at::Tensor *const *outputs,
                                                    size_t count) noexcept {
  return seam::guarded([&] { reducer(handle).prepare_for_backward(c10d_handles::list(outputs, count)); });
}

// How many bytes each bucket has, in the order in which they are reduced.
extern "C" char *atencion_c10d_bucket_bytes(void *handle, size_t *out, size_t room, size_t *count) noexcept {
  return seam::guarded([&] {
    const auto buckets = reducer(handle).get_grad_buckets();
    *count = buckets.size();
    for (size_t i = 0; i < buckets.size() && i < room; i++) out[i] = buckets[i].getBuffer().nbytes();
  });
}
