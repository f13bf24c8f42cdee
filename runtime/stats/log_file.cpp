// SPDX-License-Identifier: Apache-2.0
#include "runtime/stats/log_file.h"

namespace gsp::rt {

std::string log_file_name(const RunConfig& config, const std::string& given, const std::string& ending) {
    if (!given.empty()) return given;
    return config.scenario_name + "_" + std::to_string(config.pid) + "_" + ending;
}

}  // namespace gsp::rt
