// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/library_path.h"

#include <filesystem>

namespace gsp::rt {

std::string library_path(const char* name) {
    std::error_code error;
    const auto executable = std::filesystem::read_symlink("/proc/self/exe", error);
    if (error) return name;
    const auto beside = executable.parent_path().parent_path() / "lib" / name;
    return std::filesystem::exists(beside, error) ? beside.string() : name;
}

}  // namespace gsp::rt
