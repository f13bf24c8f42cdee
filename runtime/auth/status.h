// SPDX-License-Identifier: Apache-2.0
// How answering a challenge or checking credentials ended, with a text for each.
#pragma once
#include <cstdint>
#include <string_view>

namespace gsp::rt::auth {

enum class Status : uint8_t {
#define STATUS(id, text) id,
#include "runtime/auth/status.def"
#undef STATUS
};

constexpr std::string_view text_of(Status status) {
    switch (status) {
#define STATUS(id, text) \
    case Status::id:     \
        return text;
#include "runtime/auth/status.def"
#undef STATUS
    }
    return "unknown status";
}

}  // namespace gsp::rt::auth
