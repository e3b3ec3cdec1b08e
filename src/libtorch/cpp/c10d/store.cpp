// TCPStore: where the processes of a group find each other, and leave each other notes.
#include <c10/util/Logging.h>
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>

#include <chrono>
#include <cstdlib>
#include <string>
#include <vector>

#include "../seam.h"
#include "handles.h"

namespace {

// Keeps the types of the two: a PrefixStore has no waitForWorkers.
struct RootStore {
  c10::intrusive_ptr<c10d::TCPStore> tcp;
};

std::vector<uint8_t> bytes(const uint8_t *from, size_t length) { return {from, from + length}; }

// What goes wrong comes back as an error; c10d would print it too, with a page of frames for each try.
void quiet() {
  constexpr int kFatal = 3;
  if (!std::getenv("TORCH_CPP_LOG_LEVEL")) FLAGS_caffe2_log_level = kFatal;
}

}  // namespace

// Connects, or serves; waits for nobody, so that wrong numbers of ranks are found before they make everyone wait.
extern "C" char *atencion_c10d_tcp_store(void **out, const char *host, uint16_t port, size_t workers, bool serves,
                                         bool shared, int64_t timeout_ms) noexcept {
  return seam::guarded([&] {
    quiet();
    c10d::TCPStoreOptions options;
    options.port = port;
    options.isServer = serves;
    options.numWorkers = workers;
    options.waitWorkers = false;
    options.multiTenant = shared;
    options.timeout = std::chrono::milliseconds(timeout_ms);
    *out = new RootStore{c10::make_intrusive<c10d::TCPStore>(host, options)};
  });
}

extern "C" void atencion_c10d_tcp_store_free(void *store) noexcept { delete static_cast<RootStore *>(store); }

extern "C" char *atencion_c10d_wait_for_workers(void *store) noexcept {
  return seam::guarded([&] { static_cast<RootStore *>(store)->tcp->waitForWorkers(); });
}

// One with a connection of its own may be asked while another waits.
extern "C" char *atencion_c10d_prefix_store(void **out, void *store, const char *prefix, bool own_connection) noexcept {
  return seam::guarded([&] {
    c10::intrusive_ptr<c10d::Store> inner = static_cast<RootStore *>(store)->tcp;
    if (own_connection) inner = inner->clone();
    *out = new c10d_handles::Store{c10::make_intrusive<c10d::PrefixStore>(prefix, inner)};
  });
}

extern "C" void atencion_c10d_store_free(void *store) noexcept { delete static_cast<c10d_handles::Store *>(store); }

extern "C" char *atencion_c10d_store_set(void *store, const char *key, const uint8_t *value, size_t length) noexcept {
  return seam::guarded([&] { c10d_handles::store(store)->set(key, bytes(value, length)); });
}

// Waits for the key as long as it may. The bytes are malloc's, since Rust gives them back with free.
extern "C" char *atencion_c10d_store_get(void *store, const char *key, int64_t timeout_ms, uint8_t **out,
                                         size_t *length) noexcept {
  return seam::guarded([&] {
    auto &of = c10d_handles::store(store);
    of->wait({key}, std::chrono::milliseconds(timeout_ms));
    const std::vector<uint8_t> value = of->get(key);
    *out = static_cast<uint8_t *>(std::malloc(value.size() + 1));
    if (!*out) throw std::bad_alloc();
    std::memcpy(*out, value.data(), value.size());
    *length = value.size();
  });
}

extern "C" char *atencion_c10d_store_check(void *store, const char *key, bool *out) noexcept {
  return seam::guarded([&] { *out = c10d_handles::store(store)->check({key}); });
}

extern "C" char *atencion_c10d_store_add(void *store, const char *key, int64_t by, int64_t *out) noexcept {
  return seam::guarded([&] { *out = c10d_handles::store(store)->add(key, by); });
}

extern "C" char *atencion_c10d_store_set_timeout(void *store, int64_t timeout_ms) noexcept {
  return seam::guarded([&] { c10d_handles::store(store)->setTimeout(std::chrono::milliseconds(timeout_ms)); });
}
