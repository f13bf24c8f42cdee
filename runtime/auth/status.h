// SPDX-License-Identifier: Apache-2.0
// How answering a challenge or checking credentials ended, with a text for each.
#pragma once
#include <array>
#include <cstdint>
#include <string_view>

namespace gsp::rt::auth {

enum class Status : uint8_t {
#define STATUS(id, text) id,
#include "runtime/auth/status.def"
#undef STATUS
};

inline constexpr std::array kStatusTexts = {
#define STATUS(id, text) std::string_view(text),
#include "runtime/auth/status.def"
#undef STATUS
};

constexpr std::string_view text_of(Status status) {
    return kStatusTexts[static_cast<size_t>(status)];
}

}  // namespace gsp::rt::auth
