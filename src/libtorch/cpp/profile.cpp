// Which operators a piece of code calls, how often, and how long they take: torch.profiler's table, without its traces.
#include <ATen/record_function.h>

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "seam.h"

namespace {

using Clock = std::chrono::steady_clock;

struct Row {
  int64_t calls = 0, nanoseconds = 0;
};

// One at a time and a thread: what a callback that knows no context of its own can reach.
thread_local std::map<std::string, Row> *table = nullptr;
// Time within the operators that the running ones have called.
thread_local std::vector<int64_t> within;

struct Started : at::ObserverContext {
  Clock::time_point at = Clock::now();
};

std::unique_ptr<at::ObserverContext> begin(const at::RecordFunction &) {
  within.push_back(0);
  return std::make_unique<Started>();
}

void end(const at::RecordFunction &function, at::ObserverContext *context) {
  if (!table || within.empty()) return;
  const auto took = Clock::now() - static_cast<Started *>(context)->at;
  const int64_t all = std::chrono::duration_cast<std::chrono::nanoseconds>(took).count();
  Row &row = (*table)[function.name()];
  row.calls++;
  row.nanoseconds += all - within.back();
  within.pop_back();
  if (!within.empty()) within.back() += all;
}

}  // namespace

extern "C" char *atencion_profile_begin(uint64_t *handle) noexcept {
  return seam::guarded([&] {
    TORCH_CHECK(!table, "operators are being counted already");
    table = new std::map<std::string, Row>;
    within.clear();
    auto callback = at::RecordFunctionCallback(begin, end).scopes({at::RecordScope::FUNCTION});
    *handle = at::addThreadLocalCallback(callback);
  });
}

// Calls `each` with the name, the calls and the nanoseconds of each operator itself, without those that it calls.
extern "C" void atencion_profile_end(uint64_t handle, void *to,
                                     void (*each)(void *, const char *, int64_t, int64_t)) noexcept {
  at::removeCallback(handle);
  for (const auto &[name, row] : *table) each(to, name.c_str(), row.calls, row.nanoseconds);
  delete table;
  table = nullptr;
}
