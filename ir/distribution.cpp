// SPDX-License-Identifier: Apache-2.0
#include "ir/distribution.h"

#include <array>
#include <boost/math/distributions/gamma.hpp>
#include <boost/math/distributions/negative_binomial.hpp>
#include <cmath>
#include <cstdio>

namespace gsp::ir {
namespace {

constexpr double kP = 0.99;
constexpr double kZ = 2.3263478740408408;  // 99 % of a standard normal lie below

// SIPp's short form of a duration: 500ms, 12.5s, 1:30, 2:00:00.
std::string time_text(double ms) {
    char text[48];
    if (ms < 10'000) {
        std::snprintf(text, sizeof text, "%dms", static_cast<int>(ms));
    } else if (ms < 60'000) {
        std::snprintf(text, sizeof text, "%.1fs", std::floor(ms / 100) / 10);
    } else {
        const auto s = static_cast<unsigned long long>(ms / 1000);
        if (s < 3600)
            std::snprintf(text, sizeof text, "%llu:%02llu", s / 60, s % 60);
        else
            std::snprintf(text, sizeof text, "%llu:%02llu:%02llu", s / 3600, s / 60 % 60, s % 60);
    }
    return text;
}

std::string call_text(const char* name, const double* p, int n) {
    std::string out = name;
    for (int i = 0; i < n; ++i) {
        char number[64];
        std::snprintf(number, sizeof number, "%c%.3f", i ? ',' : '(', p[i]);
        out += number;
    }
    return out + ")";
}

struct Meaning {
    double (*percentile)(const double* p);
    std::string (*fault)(const double* p);
    std::string (*text)(const double* p);
};

std::string fine(const double*) {
    return {};
}
std::string positive(const double* p, int n) {
    for (int i = 0; i < n; ++i)
        if (!(p[i] > 0)) return "its parameters must be greater than 0";
    return {};
}

// In the order of distributions.def.
constexpr std::array<Meaning, GSP_DIST_COUNT> kMeanings = {{
    {[](const double* p) { return p[0]; }, fine, [](const double* p) { return time_text(p[0]); }},
    {[](const double* p) { return p[0] + (p[1] - p[0]) * kP; },
     [](const double* p) { return p[0] <= p[1] ? std::string() : "`min` is greater than `max`"; },
     [](const double* p) { return time_text(p[0]) + "/" + time_text(p[1]); }},
    {[](const double* p) { return p[0] + kZ * p[1]; },
     [](const double* p) { return p[1] >= 0 ? std::string() : "`stdev` is negative"; },
     [](const double* p) { return call_text("N", p, 2); }},
    {[](const double* p) { return std::exp(p[0] + kZ * p[1]); },
     [](const double* p) { return p[1] >= 0 ? std::string() : "`stdev` is negative"; },
     [](const double* p) { return call_text("LN", p, 2); }},
    {[](const double* p) { return -p[0] * std::log1p(-kP); },
     [](const double* p) { return p[0] >= 0 ? std::string() : "`mean` is negative"; },
     [](const double* p) { return call_text("Exp", p, 1); }},
    {[](const double* p) { return p[0] * std::pow(-std::log1p(-kP), 1 / p[1]); },
     [](const double* p) { return positive(p, 2); }, [](const double* p) { return call_text("Wb", p, 2); }},
    {[](const double* p) { return p[1] / std::pow(1 - kP, 1 / p[0]); }, [](const double* p) { return positive(p, 2); },
     [](const double* p) { return call_text("P", p, 2); }},
    {[](const double* p) {
         return p[0] == 0 ? p[2] - p[1] * std::log1p(-kP) : p[2] + p[1] * (std::pow(1 - kP, -p[0]) - 1) / p[0];
     },
     [](const double* p) { return p[1] > 0 ? std::string() : "`scale` must be greater than 0"; },
     [](const double* p) { return call_text("P", p, 3); }},
    {[](const double* p) { return boost::math::quantile(boost::math::gamma_distribution<>(p[0], p[1]), kP); },
     [](const double* p) { return positive(p, 2); }, [](const double* p) { return call_text("G", p, 2); }},
    {[](const double* p) {
         return boost::math::quantile(boost::math::negative_binomial_distribution<>(p[0], p[1]), kP);
     },
     [](const double* p) {
         return p[0] > 0 && p[1] > 0 && p[1] <= 1 ? std::string() : "`n` must be greater than 0 and `p` in (0, 1]";
     },
     [](const double* p) { return call_text("NB", p, 2); }},
}};

constexpr DistributionRow kRows[] = {
#define DISTRIBUTION(name, parameters) {#name, parameters},
#include "runtime/abi/distributions.def"
#undef DISTRIBUTION
};

}  // namespace

std::span<const DistributionRow> distribution_rows() {
    return kRows;
}

std::string distribution_fault(const Distribution& d) {
    for (double p : d.parameters)
        if (!std::isfinite(p)) return "its parameters must be finite";
    return kMeanings[d.kind].fault(d.parameters);
}
double percentile99(const Distribution& d) {
    return kMeanings[d.kind].percentile(d.parameters);
}
std::string screen_text(const Distribution& d) {
    return kMeanings[d.kind].text(d.parameters);
}

}  // namespace gsp::ir
