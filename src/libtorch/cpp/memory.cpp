// A bound on the memory of a thread's tensors. libtorch's CPU allocator is wrapped once; while a thread has a bound, what
// it allocates is counted until it is freed, on whatever thread, and what would go beyond is refused before it is there.
#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>
#include <c10/util/Exception.h>

#include <atomic>
#include <memory>

#include "seam.h"

namespace {

struct Budget {
  std::size_t most;
  std::atomic<std::size_t> held{0};
};

thread_local std::shared_ptr<Budget> budget;

struct Block {
  c10::DataPtr inner;
  std::shared_ptr<Budget> budget;
  std::size_t size;
};

void free_block(void *context) {
  auto *block = static_cast<Block *>(context);
  block->budget->held -= block->size;
  delete block;
}

class Bounded final : public c10::Allocator {
 public:
  explicit Bounded(c10::Allocator *inner) : inner_(inner) {}

  c10::DataPtr allocate(std::size_t size) override {
    auto bound = budget;
    if (!bound || size == 0) return inner_->allocate(size);
    TORCH_CHECK(size <= bound->most && bound->held + size <= bound->most, "atencion: beyond the memory bound");
    auto block = std::make_unique<Block>(Block{inner_->allocate(size), bound, size});
    bound->held += size;
    void *data = block->inner.get();
    return {data, block.release(), &free_block, c10::Device(c10::DeviceType::CPU)};
  }

  c10::DeleterFnPtr raw_deleter() const override { return inner_->raw_deleter(); }

  void copy_data(void *to, const void *from, std::size_t count) const override { default_copy_data(to, from, count); }

 private:
  c10::Allocator *inner_;
};

}  // namespace

// Gives the thread a bound of so many bytes, or none (0); what it had is what `before` becomes, to be put back.
extern "C" char *atencion_memory_bound(std::size_t most, void **before) noexcept {
  return seam::guarded([&] {
    static Bounded bounded(c10::GetCPUAllocator());
    static const bool installed = (c10::SetCPUAllocator(&bounded), true);
    (void)installed;
    *before = new std::shared_ptr<Budget>(budget);
    budget = nullptr;
    if (most > 0) {
      budget = std::make_shared<Budget>();
      budget->most = most;
    }
  });
}

extern "C" void atencion_memory_bound_end(void *before) noexcept {
  auto *kept = static_cast<std::shared_ptr<Budget> *>(before);
  budget = *kept;
  delete kept;
}
