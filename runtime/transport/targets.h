// SPDX-License-Identifier: Apache-2.0
// The addresses of the remote host, and the one that new calls go to (RFC 3263 4.3: the next one when one cannot be
// reached). Each worker of a run has one; which address is in use is the same for all.
#pragma once
#include <atomic>
#include <cstddef>
#include <span>

#include "runtime/transport/transport.h"

namespace gsp::rt {

class Targets {
public:
    enum class Step : uint8_t {
        None,      // nobody is concerned: it was not the one in use any more, or there is no other
        Next,      // the next one is in use
        FromFirst  // none is left: the first one is in use again
    };

    // `all`, in order, outlives this; empty: `only` is the only one. `at`: the index of the one in use, at first 0.
    Targets(std::span<const Address> all, const Address& only, std::atomic<size_t>& at)
        : all_(all), only_(only), at_(at) {}

    const Address& current() const { return all_.empty() ? only_ : all_[at_.load(std::memory_order_relaxed)]; }
    Step failed(const Address& address) {
        size_t at = at_.load(std::memory_order_relaxed);
        if (all_.size() < 2 || !(address == all_[at])) return Step::None;
        const size_t next = (at + 1) % all_.size();
        if (!at_.compare_exchange_strong(at, next, std::memory_order_relaxed)) return Step::None;
        return next == 0 ? Step::FromFirst : Step::Next;
    }

private:
    std::span<const Address> all_;
    const Address& only_;
    std::atomic<size_t>& at_;
};

}  // namespace gsp::rt
