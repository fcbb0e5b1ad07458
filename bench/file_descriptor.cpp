#include "bench/file_descriptor.hpp"

#include <unistd.h>

namespace sluice::bench {

file_descriptor::~file_descriptor() {
  // On Linux it is closed whatever close says.
  if (descriptor_ >= 0)
    static_cast<void>(::close(descriptor_));
}

} // namespace sluice::bench
