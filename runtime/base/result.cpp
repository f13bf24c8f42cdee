// SPDX-License-Identifier: Apache-2.0
// Error texts of system calls.
#include "runtime/base/result.h"

#include <system_error>

namespace gsp::rt {

Error system_error(std::string what, int code) {
    what += ": ";
    what += std::generic_category().message(code);
    return {std::move(what), code};
}

}  // namespace gsp::rt
