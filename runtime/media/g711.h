// SPDX-License-Identifier: Apache-2.0
// G.711 to 16 bits, as ITU-T G.191 has it: by table. Pure.
#pragma once
#include <array>
#include <cstdint>

namespace gsp::rt {

constexpr int16_t sample_of_pcmu(uint8_t byte) {
    const int code = ~byte & 0xff, magnitude = ((((code & 0x0f) << 3) + 0x84) << ((code & 0x70) >> 4)) - 0x84;
    return static_cast<int16_t>(code & 0x80 ? -magnitude : magnitude);
}

constexpr int16_t sample_of_pcma(uint8_t byte) {
    const int code = byte ^ 0x55, step = (code & 0x0f) << 4, segment = (code & 0x70) >> 4;
    const int magnitude = segment == 0 ? step + 8 : (step + 0x108) << (segment - 1);
    return static_cast<int16_t>(code & 0x80 ? magnitude : -magnitude);
}

using G711Table = std::array<int16_t, 256>;
constexpr G711Table g711_table(int16_t (*sample)(uint8_t)) {
    G711Table table{};
    for (uint32_t i = 0; i < table.size(); ++i) table[i] = sample(static_cast<uint8_t>(i));
    return table;
}
inline constexpr G711Table kSamplesOfPcmu = g711_table(sample_of_pcmu), kSamplesOfPcma = g711_table(sample_of_pcma);

}  // namespace gsp::rt
