// SPDX-License-Identifier: Apache-2.0
// Header and method names to ids and back.
#include "runtime/sip/names.h"

namespace gsp::rt::sip {

std::string_view header_name(Header id) {
    size_t index = static_cast<size_t>(id);
    return index < kHeaders ? kHeaderNames[index] : std::string_view();
}

Header find_header(std::string_view name) {
    return lookup_header(name);
}

uint32_t find_method(std::string_view name) {
    return lookup_method(name);
}

std::string_view method_name(uint32_t id) {
    return id - 1u < kMethods ? kMethodNames[id - 1] : std::string_view();
}

}  // namespace gsp::rt::sip
