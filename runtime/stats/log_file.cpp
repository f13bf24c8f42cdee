// SPDX-License-Identifier: Apache-2.0
#include "runtime/stats/log_file.h"

namespace gsp::rt {

namespace {

struct NameRow {
    const char *kind, *ending, *sibling;
};

constexpr NameRow kNames[] = {
#define TRACE_FILE(id, kind, ending, sibling, ...) {kind, ending, sibling},
#include "runtime/stats/trace_files.def"
};

const NameRow& row_of(TraceFile file) {
    return kNames[static_cast<size_t>(file)];
}

// dir/name.log and _stats: dir/name_stats.log
std::string with_suffix(const std::string& base, const char* suffix) {
    const size_t slash = base.rfind('/'), dot = base.rfind('.');
    const bool has_ending = dot != base.npos && (slash == base.npos || dot > slash + 1) && dot != 0;
    if (!has_ending) return base + suffix + ".log";
    return base.substr(0, dot) + suffix + base.substr(dot);
}

std::string sibling_name(const RunConfig& config, TraceFile file) {
    const std::string& messages = config.trace[TraceFile::Messages].name;
    const std::string& errors = config.trace[TraceFile::Errors].name;
    std::string base = messages.empty() ? "gossipper_" + std::to_string(config.pid) + "_messages.log" : messages;
    if (file == TraceFile::ErrorCodes && !errors.empty()) base = errors;
    return file == TraceFile::Messages ? base : with_suffix(base, row_of(file).sibling);
}

}  // namespace

std::string default_log_stem(const RunConfig& config, TraceFile file) {
    return config.scenario_name + "_" + std::to_string(config.pid) + "_" + row_of(file).kind;
}

std::string trace_file_name(const RunConfig& config, TraceFile file) {
    if (const std::string& given = config.trace[file].name; !given.empty()) return given;
    if (config.trace.schema == TraceSchema::Gossipper) return sibling_name(config, file);
    return default_log_stem(config, file) + row_of(file).ending;
}

}  // namespace gsp::rt
