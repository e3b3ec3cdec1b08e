// libtorch's warnings, kept back on a thread: they are for whoever writes the code that is run, in C++'s words.
#include <c10/util/Exception.h>

#include "seam.h"

namespace {

struct Silent final : public c10::WarningHandler {
  void process(const c10::Warning &) override {}
};

}  // namespace

// What the thread had is what `before` becomes, to be put back.
extern "C" void atencion_quiet_warnings(void **before) noexcept {
  static Silent silent;
  *before = c10::WarningUtils::get_warning_handler();
  c10::WarningUtils::set_warning_handler(&silent);
}

extern "C" void atencion_quiet_warnings_end(void *before) noexcept {
  c10::WarningUtils::set_warning_handler(static_cast<c10::WarningHandler *>(before));
}
