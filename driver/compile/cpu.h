// SPDX-License-Identifier: Apache-2.0
// What this machine's processor is, for the cache key: code compiled for one is not used on another.
#pragma once
#include <string>

namespace gsp::driver {

std::string cpu_identity();  // opaque; equal on equal processors

}  // namespace gsp::driver
