// SPDX-License-Identifier: Apache-2.0
#include <dlfcn.h>

#include <filesystem>
#include <string>

#include "runtime/media/ice_agents.h"

namespace gsp::rt {

namespace {

constexpr const char* kLibrary = "libgsp_ice.so";

// ../lib beside the executable's folder, where build and installation put it; else left to the dynamic linker.
std::string library_path() {
    std::error_code error;
    const auto executable = std::filesystem::read_symlink("/proc/self/exe", error);
    if (error) return kLibrary;
    const auto beside = executable.parent_path().parent_path() / "lib" / kLibrary;
    return std::filesystem::exists(beside, error) ? beside.string() : kLibrary;
}

}  // namespace

Result<const IceApi*> open_ice_library() {
    void* const library = dlopen(library_path().c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    const auto entry = library ? reinterpret_cast<decltype(&gsp_ice_api)>(dlsym(library, "gsp_ice_api")) : nullptr;
    if (!entry) return Error{std::string("ICE cannot be used: ") + dlerror()};
    return entry();
}

}  // namespace gsp::rt
