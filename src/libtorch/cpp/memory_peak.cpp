// The most memory that a thread's tensors take at once: libtorch's own reports to its profiler. Nothing is wrapped, so that
// what takes memory by another way than at::empty, as oneDNN does, is counted as well.
#include <c10/core/Allocator.h>
#include <c10/util/ThreadLocalDebugInfo.h>

#include <algorithm>
#include <memory>

#include "seam.h"

namespace {

class Peak final : public c10::MemoryReportingInfoBase {
 public:
  void reportMemoryUsage(void *, int64_t size, size_t, size_t, c10::Device) override {
    held_ += size;
    peak = std::max(peak, held_);
  }

  bool memoryProfilingEnabled() const override { return true; }

  int64_t peak = 0;

 private:
  // Below 0 where more is given back than was taken meanwhile.
  int64_t held_ = 0;
};

auto kind() { return c10::DebugInfoKind::PROFILER_STATE; }

}  // namespace

extern "C" char *atencion_memory_peak_begin(void **peak) noexcept {
  return seam::guarded([&] {
    auto counting = std::make_shared<Peak>();
    c10::ThreadLocalDebugInfo::_push(kind(), counting);
    *peak = new std::shared_ptr<Peak>(counting);
  });
}

extern "C" int64_t atencion_memory_peak(const void *peak) noexcept {
  return (*static_cast<const std::shared_ptr<Peak> *>(peak))->peak;
}

extern "C" void atencion_memory_peak_end(void *peak) noexcept {
  c10::ThreadLocalDebugInfo::_pop(kind());
  delete static_cast<std::shared_ptr<Peak> *>(peak);
}
