// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>

namespace gsp::rt {

// Raises the number of files that this process may have open as far as it goes without further rights (`ulimit -n`, from
// soft to hard). The limit; nothing if it is not known.
std::optional<uint64_t> raise_file_limit();

}  // namespace gsp::rt
