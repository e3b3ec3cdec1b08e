// libtorch carries Gloo and not its headers. This is all that c10d's own header says of a context: it holds pointers to
// some, and calls one function in a body that is compiled in libtorch alone.
#pragma once

#include <chrono>

namespace gloo {

class Context {
 public:
  void setTimeout(std::chrono::milliseconds timeout);
};

}  // namespace gloo
