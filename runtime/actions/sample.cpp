// SPDX-License-Identifier: Apache-2.0
// Draws from the distributions of distributions.def, from the run's seed.
#include <algorithm>
#include <array>
#include <cmath>
#include <random>

#include "runtime/call/engine.h"

using namespace gsp::rt;

namespace {

// The run's generator as <random> wants it.
struct Bits {
    using result_type = uint64_t;
    Rng& rng;
    static constexpr result_type min() { return 0; }
    static constexpr result_type max() { return UINT64_MAX; }
    result_type operator()() { return rng.next(); }
};

template <class Distribution, class... P>
double draw(Rng& rng, P... parameters) {
    Bits bits{rng};
    return static_cast<double>(Distribution(parameters...)(bits));
}

double positive_uniform(Rng& rng) {  // (0, 1]
    return 1 - rng.uniform();
}

double fixed(Rng&, double value, double, double) {
    return value;
}
double uniform(Rng& rng, double min, double max, double) {
    return min + rng.uniform() * (max - min);
}
double normal(Rng& rng, double mean, double stdev, double) {
    return stdev > 0 ? draw<std::normal_distribution<>>(rng, mean, stdev) : mean;
}
double lognormal(Rng& rng, double mean, double stdev, double) {
    return std::exp(normal(rng, mean, stdev, 0));
}
double exponential(Rng& rng, double mean, double, double) {
    return -mean * std::log(positive_uniform(rng));
}
double weibull(Rng& rng, double lambda, double k, double) {
    return lambda * std::pow(-std::log(positive_uniform(rng)), 1 / k);
}
double pareto(Rng& rng, double k, double x_m, double) {
    return x_m / std::pow(positive_uniform(rng), 1 / k);
}
double gpareto(Rng& rng, double shape, double scale, double location) {
    const double u = positive_uniform(rng);
    return shape == 0 ? location - scale * std::log(u) : location + scale * (std::pow(u, -shape) - 1) / shape;
}
double gamma_(Rng& rng, double k, double theta, double) {
    return draw<std::gamma_distribution<>>(rng, k, theta);
}
// Its n need not be whole: a Poisson draw whose mean is a gamma draw.
double negbin(Rng& rng, double n, double p, double) {
    const double mean = p < 1 ? draw<std::gamma_distribution<>>(rng, n, (1 - p) / p) : 0;
    return mean > 0 ? draw<std::poisson_distribution<int64_t>>(rng, mean) : 0;
}

using Draw = double (*)(Rng&, double, double, double);
// In the order of distributions.def.
constexpr std::array<Draw, GSP_DIST_COUNT> kDraws = {fixed,   uniform, normal,  lognormal, exponential,
                                                     weibull, pareto,  gpareto, gamma_,    negbin};

}  // namespace

// SIPp: whole numbers; what is below 1 is 0, what is too large for an int the largest int.
double gsp_sample(gsp_worker* w, uint32_t distribution, double a, double b, double c) noexcept {
    const double drawn = kDraws[distribution](engine(w).rng, a, b, c);
    return drawn >= 1 ? std::min(std::floor(drawn), static_cast<double>(INT32_MAX)) : 0;
}

void gsp_pause_until(gsp_worker* w, gsp_call* c, double ms) noexcept {
    engine(w).extra(frame(c)).pause_until_ns =
        ms > 0 ? static_cast<uint64_t>(ms * static_cast<double>(kMillisecond)) : 0;
}

void gsp_pause_resume(gsp_worker* w, gsp_call* c) noexcept {
    CallExtra* extra = frame(c).extra;
    if (!extra || !extra->pause_until_ns) return;
    const uint64_t until = std::exchange(extra->pause_until_ns, 0);
    c->wait_ns = until > w->now_ns ? until - w->now_ns : 0;
}
