// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/file_limit.h"

#include <sys/resource.h>

namespace gsp::rt {

std::optional<uint64_t> raise_file_limit() {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return {};
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    return limit.rlim_max;
}

}  // namespace gsp::rt
