// SPDX-License-Identifier: Apache-2.0
#include "runtime/media/g722_low_band.h"

#include <algorithm>

namespace gsp::rt {

namespace {

// Tables of the recommendation: differences (QM4), steps of the logarithmic scale (WL), powers of two (ILB).
constexpr std::array<int, 16> kDifferences = {0,     -20456, -12896, -8968, -6288, -4240, -2584, -1200,
                                              20456, 12896,  8968,   6288,  4240,  2584,  1200,  0};
constexpr std::array<int, 16> kLogSteps = {-60,  3042, 1198, 538, 334, 172, 58,  -30,
                                           3042, 1198, 538,  334, 172, 58,  -30, -60};
constexpr std::array<int, 32> kPowers = {2048, 2093, 2139, 2186, 2233, 2282, 2332, 2383, 2435, 2489, 2543,
                                         2599, 2656, 2714, 2774, 2834, 2896, 2960, 3025, 3091, 3158, 3228,
                                         3298, 3371, 3444, 3520, 3597, 3676, 3756, 3838, 3922, 4008};

int saturated(int value) {
    return std::clamp(value, -32768, 32767);
}

int product(int a, int b) {  // of numbers with 15 bits behind the point
    return a * b >> 15;
}

bool same_sign(int a, int b) {
    return (a < 0) == (b < 0);
}

template <size_t n>
void push(std::array<int, n>& latest, int value) {
    for (size_t i = n - 1; i > 0; --i) latest[i] = latest[i - 1];
    latest[0] = value;
}

}  // namespace

int G722LowBand::sample(uint8_t octet) {
    const uint32_t code = octet >> 2 & 0x0f;
    int by_zeros = 0, by_poles = 0;
    for (size_t i = 0; i < zeros_.size(); ++i) by_zeros += product(zeros_[i], 2 * differences_[i]);
    for (size_t i = 0; i < poles_.size(); ++i) by_poles += product(poles_[i], 2 * signals_[i]);
    const int difference = product(scale_, kDifferences[code]);
    const int partial = saturated(difference + by_zeros), signal = saturated(partial + by_poles);
    adapt_poles(partial);
    adapt_zeros(difference);
    adapt_scale(code);
    push(signals_, signal);
    return signal;
}

void G722LowBand::adapt_poles(int partial) {
    const bool as_before = same_sign(partial, partials_[0]), as_before_that = same_sign(partial, partials_[1]);
    const int first = saturated(4 * poles_[0]);
    const int second =
        (std::min(as_before ? -first : first, 32767) >> 7) + (as_before_that ? 128 : -128) + product(poles_[1], 32512);
    poles_[1] = std::clamp(second, -12288, 12288);
    const int most = 15360 - poles_[1];
    poles_[0] = std::clamp((as_before ? 192 : -192) + product(poles_[0], 32640), -most, most);
    push(partials_, partial);
}

void G722LowBand::adapt_zeros(int difference) {
    const int step = difference == 0 ? 0 : 128;
    for (size_t i = 0; i < zeros_.size(); ++i)
        zeros_[i] = (same_sign(difference, differences_[i]) ? step : -step) + product(zeros_[i], 32640);
    push(differences_, difference);
}

void G722LowBand::adapt_scale(uint32_t code) {
    log_scale_ = std::clamp((log_scale_ * 127 >> 7) + kLogSteps[code], 0, 18432);
    const int shift = 8 - (log_scale_ >> 11), power = kPowers[static_cast<size_t>(log_scale_ >> 6 & 31)];
    scale_ = (shift < 0 ? power << -shift : power >> shift) * 4;
}

}  // namespace gsp::rt
