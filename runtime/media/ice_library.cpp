// SPDX-License-Identifier: Apache-2.0
#include <dlfcn.h>

#include <string>

#include "runtime/base/library_path.h"
#include "runtime/media/ice_agents.h"

namespace gsp::rt {

Result<const IceApi*> open_ice_library() {
    void* const library = dlopen(library_path("libgsp_ice.so").c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    const auto entry = library ? reinterpret_cast<decltype(&gsp_ice_api)>(dlsym(library, "gsp_ice_api")) : nullptr;
    if (!entry) return Error{std::string("ICE cannot be used: ") + dlerror()};
    return entry();
}

}  // namespace gsp::rt
