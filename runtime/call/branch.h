// SPDX-License-Identifier: Apache-2.0
// The branch of a Via, by which requests and responses of one transaction know each other (RFC 3261 17.1.3).
#pragma once
#include <cstdint>
#include <string_view>

#include "runtime/base/hash.h"
#include "runtime/sip/message.h"

namespace gsp::rt {

// Of the first Via of a value; 0: it has none.
inline uint64_t branch_hash(std::string_view via) {
    constexpr uint64_t kSeed = 0;  // branches are compared within one call only
    const std::string_view branch = sip::parameter(via, "branch");
    return branch.empty() ? 0 : hash_bytes(branch, kSeed) | 1;
}

}  // namespace gsp::rt
