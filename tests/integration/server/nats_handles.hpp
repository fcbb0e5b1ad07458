#pragma once

#include <nats/nats.h>

#include <memory>

namespace sluice::tests {

struct nats_deleter {
  void operator()(natsOptions* handle) const {
    natsOptions_Destroy(handle);
  }
  void operator()(natsConnection* handle) const {
    natsConnection_Destroy(handle);
  }
  void operator()(jsCtx* handle) const {
    jsCtx_Destroy(handle);
  }
  void operator()(natsSubscription* handle) const {
    natsSubscription_Destroy(handle);
  }
  void operator()(natsMsg* handle) const {
    natsMsg_Destroy(handle);
  }
};

/// What the library gives a test that does what the product's own connection
/// does not.
template <class T>
using handle = std::unique_ptr<T, nats_deleter>;

} // namespace sluice::tests
