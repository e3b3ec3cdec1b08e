// What Rust holds: pointers to these.
#pragma once

#include <torch/csrc/distributed/c10d/ProcessGroup.hpp>
#include <torch/csrc/distributed/c10d/Store.hpp>
#include <torch/csrc/distributed/c10d/Work.hpp>

#include <vector>

namespace c10d_handles {

struct Store {
  c10::intrusive_ptr<c10d::Store> at;
};

struct Group {
  c10::intrusive_ptr<c10d::ProcessGroup> at;
};

struct Work {
  c10::intrusive_ptr<c10d::Work> at;
};

inline c10::intrusive_ptr<c10d::Store> &store(void *handle) { return static_cast<Store *>(handle)->at; }
inline c10::intrusive_ptr<c10d::ProcessGroup> &group(void *handle) { return static_cast<Group *>(handle)->at; }

// A list as Rust gives it.
inline std::vector<at::Tensor> list(const at::Tensor *const *tensors, size_t count) {
  std::vector<at::Tensor> all;
  all.reserve(count);
  for (size_t i = 0; i < count; i++) all.push_back(*tensors[i]);
  return all;
}

}  // namespace c10d_handles
