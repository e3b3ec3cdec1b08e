// ProcessGroup: Gloo's, and its collectives. Each gives a handle on the work that it began.
#define USE_C10D_GLOO
#include <torch/csrc/distributed/c10d/ProcessGroup.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/comm.hpp>

#include <chrono>

#include "../seam.h"
#include "handles.h"

namespace {

using c10d_handles::group;
using c10d_handles::list;

void *begun(c10::intrusive_ptr<c10d::Work> work) { return new c10d_handles::Work{std::move(work)}; }

// The numbers are c10d's own.
c10d::ReduceOp reduce_op(int op) { return static_cast<c10d::ReduceOp::RedOpType>(op); }

}  // namespace

// The devices are chosen as Python's: GLOO_SOCKET_IFNAME, else the address of the host's name, else loopback.
extern "C" char *atencion_c10d_gloo(void **out, void *store, void *backend_store, int rank, int size,
                                    int64_t timeout_ms) noexcept {
  return seam::guarded([&] {
    const std::chrono::milliseconds timeout(timeout_ms);
    auto options = c10d::ProcessGroupGloo::Options::create_default(timeout);
    auto gloo =
        c10::make_intrusive<c10d::ProcessGroupGloo>(c10d_handles::store(backend_store), rank, size, std::move(options));
    gloo->setSequenceNumberForGroup();
    auto made = c10::make_intrusive<c10d::ProcessGroup>(c10d_handles::store(store), rank, size);
    const auto type = c10d::ProcessGroup::BackendType::GLOO;
    made->setBackend(c10::DeviceType::CPU, type, gloo);
    made->setBackend(c10::DeviceType::CUDA, type, gloo);
    made->setDefaultBackend(type);
    *out = new c10d_handles::Group{std::move(made)};
  });
}

extern "C" void atencion_c10d_group_free(void *handle) noexcept { delete static_cast<c10d_handles::Group *>(handle); }

extern "C" char *atencion_c10d_broadcast(void **work, void *of, const at::Tensor *x, int64_t source) noexcept {
  return seam::guarded([&] {
    std::vector<at::Tensor> tensors{*x};
    c10d::BroadcastOptions options;
    options.rootRank = source;
    *work = begun(group(of)->broadcast(tensors, options));
  });
}

extern "C" char *atencion_c10d_all_reduce(void **work, void *of, const at::Tensor *x, int op) noexcept {
  return seam::guarded([&] {
    std::vector<at::Tensor> tensors{*x};
    c10d::AllreduceOptions options;
    options.reduceOp = reduce_op(op);
    *work = begun(group(of)->allreduce(tensors, options));
  });
}

extern "C" char *atencion_c10d_all_gather(void **work, void *of, const at::Tensor *const *outputs, size_t count,
                                          const at::Tensor *x) noexcept {
  return seam::guarded([&] {
    std::vector<std::vector<at::Tensor>> lists{list(outputs, count)};
    std::vector<at::Tensor> inputs{*x};
    *work = begun(group(of)->allgather(lists, inputs));
  });
}

extern "C" char *atencion_c10d_reduce_scatter(void **work, void *of, const at::Tensor *output, const at::Tensor *x,
                                              int op) noexcept {
  return seam::guarded([&] {
    at::Tensor to = *output, from = *x;
    c10d::ReduceScatterOptions options;
    options.reduceOp = reduce_op(op);
    *work = begun(group(of)->_reduce_scatter_base(to, from, options));
  });
}

extern "C" char *atencion_c10d_barrier(void **work, void *of) noexcept {
  return seam::guarded([&] {
    c10d::BarrierOptions options;
    options.device = at::Device(at::kCPU);
    *work = begun(group(of)->barrier(options));
  });
}

// Says which ranks did not come.
extern "C" char *atencion_c10d_monitored_barrier(void *of, int64_t timeout_ms) noexcept {
  return seam::guarded([&] {
    c10d::BarrierOptions options;
    options.timeout = std::chrono::milliseconds(timeout_ms);
    group(of)->monitoredBarrier(options, true);
  });
}

extern "C" char *atencion_c10d_broadcast_coalesced(void *of, const at::Tensor *const *tensors, size_t count,
                                                   size_t buffer_size, int source) noexcept {
  return seam::guarded([&] {
    const std::vector<at::Tensor> all = list(tensors, count);
    c10d::broadcast_coalesced(group(of), all, buffer_size, source);
  });
}

extern "C" char *atencion_c10d_work_wait(void *work) noexcept {
  return seam::guarded([&] { static_cast<c10d_handles::Work *>(work)->at->wait(); });
}

extern "C" char *atencion_c10d_work_is_completed(void *work, bool *out) noexcept {
  return seam::guarded([&] { *out = static_cast<c10d_handles::Work *>(work)->at->isCompleted(); });
}

extern "C" void atencion_c10d_work_free(void *work) noexcept { delete static_cast<c10d_handles::Work *>(work); }
