// What every function of the seam keeps to: no exception leaves it. It returns null, or the text of what libtorch
// threw, which Rust makes an `Error` of (src/libtorch/error.rs) and frees.
#pragma once

#include <cstdlib>
#include <cstring>
#include <exception>

namespace seam {

// malloc, because Rust gives it back with free; a machine without memory for one line gets no text but this one.
inline char *copied(const char *text) noexcept {
  const std::size_t size = std::strlen(text) + 1;
  char *copy = static_cast<char *>(std::malloc(size));
  if (!copy) std::abort();
  std::memcpy(copy, text, size);
  return copy;
}

// Runs `body`, a lambda. c10::Error is a std::exception, whose first line is libtorch's message.
template <class Body>
char *guarded(Body &&body) noexcept {
  try {
    body();
    return nullptr;
  } catch (const std::exception &error) {
    return copied(error.what());
  } catch (...) {
    return copied("libtorch threw something that is not an exception");
  }
}

}  // namespace seam
