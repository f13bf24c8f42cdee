// SPDX-License-Identifier: Apache-2.0
// TS 35.206 section 4.1; rotations here in bytes.
#include "runtime/auth/milenage.h"

#include <algorithm>

namespace gsp::rt::auth {

namespace {

Block operator^(const Block& a, const Block& b) {
    Block out;
    for (size_t i = 0; i < out.size(); ++i) out[i] = a[i] ^ b[i];
    return out;
}

Block rotated_left(const Block& block, unsigned bytes) {
    Block out;
    std::rotate_copy(block.begin(), block.begin() + bytes, block.end(), out.begin());
    return out;
}

template <class Part>
Part part_of(const Block& block, size_t from) {
    Part part;
    std::copy_n(block.begin() + from, part.size(), part.begin());
    return part;
}

}  // namespace

Milenage::Milenage(const Block& k, const Block& op, const Block& rand)
    : cipher_(k), opc_(cipher_.encrypt(op) ^ op), temp_(cipher_.encrypt(rand ^ opc_)) {}

// OUT2 to OUT5.
Block Milenage::out(unsigned rotation, uint8_t constant) const {
    Block in = rotated_left(temp_ ^ opc_, rotation);
    in.back() ^= constant;
    return cipher_.encrypt(in) ^ opc_;
}

Milenage::Macs Milenage::macs(const Sqn& sqn, const Amf& amf) const {
    Block in1;
    for (size_t half : {0, 8}) {
        std::copy(sqn.begin(), sqn.end(), in1.begin() + half);
        std::copy(amf.begin(), amf.end(), in1.begin() + half + sqn.size());
    }
    Block out1 = cipher_.encrypt(temp_ ^ rotated_left(in1 ^ opc_, 8)) ^ opc_;
    return {part_of<Mac>(out1, 0), part_of<Mac>(out1, 8)};
}

Milenage::Keys Milenage::keys() const {
    Block out2 = out(0, 1);
    return {part_of<std::array<uint8_t, 8>>(out2, 8), out(4, 2), out(8, 4), part_of<Sqn>(out2, 0)};
}

Milenage::Sqn Milenage::f5_star() const {
    return part_of<Sqn>(out(12, 8), 0);
}

}  // namespace gsp::rt::auth
