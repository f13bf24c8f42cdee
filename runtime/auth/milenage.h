// SPDX-License-Identifier: Apache-2.0
// Milenage, the functions f1 to f5* of AKA (3GPP TS 35.206), with its example constants and AES-128. f1* and f5* serve
// the resynchronisation of sequence numbers.
#pragma once
#include <array>
#include <cstdint>

#include "runtime/auth/crypto.h"

namespace gsp::rt::auth {

class Milenage {
public:
    using Mac = std::array<uint8_t, 8>;
    using Sqn = std::array<uint8_t, 6>;  // sequence number; also the anonymity key that hides it
    using Amf = std::array<uint8_t, 2>;  // authentication management field
    struct Macs {
        Mac f1, f1_star;
    };
    struct Keys {
        std::array<uint8_t, 8> res;  // f2
        Block ck, ik;                // f3, f4
        Sqn ak;                      // f5
    };

    Milenage(const Block& k, const Block& op, const Block& rand);
    Macs macs(const Sqn&, const Amf&) const;
    Keys keys() const;
    Sqn f5_star() const;
    const Block& opc() const { return opc_; }

private:
    Block out(unsigned rotation, uint8_t constant) const;

    Aes128 cipher_;
    Block opc_;
    Block temp_;  // E_K(RAND ^ OPc)
};

}  // namespace gsp::rt::auth
