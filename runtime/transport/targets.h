// SPDX-License-Identifier: Apache-2.0
// The addresses of the remote host, and the one that new calls go to (RFC 3263 4.3: the next one when one cannot be
// reached). One worker owns it.
#pragma once
#include <cstddef>
#include <span>

#include "runtime/transport/transport.h"

namespace gsp::rt {

class Targets {
public:
    enum class Step : uint8_t {
        None,      // nobody is concerned: it was not the one in use, or there is no other
        Next,      // the next one is in use
        FromFirst  // none is left: the first one is in use again
    };

    // `all`, in order, outlives this; empty: `only` is the only one.
    Targets(std::span<const Address> all, const Address& only) : all_(all), only_(only) {}

    const Address& current() const { return all_.empty() ? only_ : all_[at_]; }
    Step failed(const Address& address) {
        if (all_.size() < 2 || !(address == current())) return Step::None;
        at_ = (at_ + 1) % all_.size();
        return at_ == 0 ? Step::FromFirst : Step::Next;
    }

private:
    std::span<const Address> all_;
    const Address& only_;
    size_t at_ = 0;
};

}  // namespace gsp::rt
