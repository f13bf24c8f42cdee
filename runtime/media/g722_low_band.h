// SPDX-License-Identifier: Apache-2.0
// What G.722 carries below 4 kHz, decoded without the filters that join both bands: enough to know how loud it is. ITU-T
// G.722, 6.2: blocks INVQAL, LOGSCL, SCALEL, PREDIC and RECONS of the lower band, by the four upper bits of its codes.
#pragma once
#include <array>
#include <cstdint>

namespace gsp::rt {

class G722LowBand {
public:
    static constexpr int kLoudest = 16384;
    int sample(uint8_t octet);  // of the next 125 µs

private:
    void adapt_poles(int partial);
    void adapt_zeros(int difference);
    void adapt_scale(uint32_t code);
    int scale_ = 32, log_scale_ = 0;
    std::array<int, 2> poles_{}, signals_{}, partials_{};  // the latest first
    std::array<int, 6> zeros_{}, differences_{};
};

}  // namespace gsp::rt
