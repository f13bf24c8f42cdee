// SPDX-License-Identifier: Apache-2.0
// The clock of OpenSSL's DTLS timers, set by a test: in this program, gettimeofday() is ours. While there is no
// OpensslClock it is the system's time.
#pragma once
#include <cstdint>

class OpensslClock {
public:
    OpensslClock();
    ~OpensslClock();
    OpensslClock(const OpensslClock&) = delete;
    OpensslClock& operator=(const OpensslClock&) = delete;
    uint64_t now_ns() const;
    void advance(uint64_t ns);
};
