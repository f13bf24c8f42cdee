// SPDX-License-Identifier: Apache-2.0
#include "driver/cli/rate_profile.h"

#include <cerrno>
#include <cstring>
#include <fstream>

#include "driver/cli/values.h"

namespace gsp::driver {

namespace {

constexpr double kLongest = 1e9, kFastest = 1e9;  // seconds; calls per period, as -r

std::string trimmed(const std::string& text) {
    const size_t first = text.find_first_not_of(" \t\r");
    return first == text.npos ? std::string() : text.substr(first, text.find_last_not_of(" \t\r") + 1 - first);
}

std::string read_point(const std::string& line, std::vector<rt::RatePoint>& points) {
    const size_t comma = line.find(',');
    if (comma == line.npos || line.find(',', comma + 1) != line.npos) return "expected `seconds,rate`";
    double seconds = 0, rate = 0;
    if (std::string problem = read_number(trimmed(line.substr(0, comma)), 0, kLongest, seconds); !problem.empty())
        return "seconds: " + problem;
    if (std::string problem = read_number(trimmed(line.substr(comma + 1)), 0, kFastest, rate); !problem.empty())
        return "rate: " + problem;
    const auto ns = static_cast<uint64_t>(seconds * rt::kSecond);
    if (points.empty() && ns != 0) return "the first line is for second 0";
    if (!points.empty() && ns < points.back().ns) return "this is earlier than the line before";
    points.push_back({ns, rate});
    return {};
}

}  // namespace

std::string read_rate_profile(rt::RateConfig& config, const std::string& path) {
    if (!config.profile.empty()) return "one profile only";
    std::ifstream in(path);
    if (!in) return "cannot read '" + path + "': " + std::strerror(errno);
    std::vector<rt::RatePoint> points;
    size_t number = 0;
    for (std::string line; std::getline(in, line);) {
        ++number;
        line = trimmed(line);
        if (line.empty() || line.front() == '#') continue;
        if (std::string problem = read_point(line, points); !problem.empty())
            return path + ":" + std::to_string(number) + ": " + problem;
    }
    if (points.empty() || points.back().ns == 0) return path + " has no line behind second 0";
    config.profile = std::move(points);
    return {};
}

std::string check_plan(const rt::RunConfig& run) {
    const rt::RateConfig& rate = run.rate;
    const bool profile = !rate.profile.empty(), poisson = rate.arrival != rt::Arrival::Uniform;
    if (rate.users && (profile || poisson || run.knee.on))
        return "with -users calls start as others end: -rate_profile, -arrival and -find_knee make no sense";
    if (profile + (rate.increase != 0) + run.knee.on > 1)
        return "-rate_profile, -rate_increase and -find_knee exclude each other";
    if (run.knee.on && (rate.rate == 0 || run.knee.stage_ns == 0))
        return "-find_knee needs a rate to begin with (-r) and a time for its stages (-knee_stage)";
    return {};
}

}  // namespace gsp::driver
