// SPDX-License-Identifier: Apache-2.0
// SRTP and SRTCP of one stream (RFC 3711), by libsrtp: one direction, all SSRCs. The media thread's.
#pragma once
#include <array>
#include <cstddef>
#include <memory>
#include <span>

#include "runtime/media/srtp_suite.h"

struct srtp_ctx_t_;

namespace gsp::rt {

class SrtpContext {
public:
    enum class Direction : uint8_t { Out, In };
    static bool available();  // libsrtp could be set up; any thread
    static std::unique_ptr<SrtpContext> create(const SrtpKey&, Direction);  // nullptr: libsrtp cannot
    ~SrtpContext();
    SrtpContext(const SrtpContext&) = delete;
    SrtpContext& operator=(const SrtpContext&) = delete;
    // A new key for the same packets: their numbers go on, with the count of their overflows (RFC 3711 3.3.1).
    bool change(const SrtpKey&);

    static constexpr size_t kTrailer = 16 + 4;  // most bytes that protection adds, with those of a master key index
    // In place, 4-byte aligned; the first `size` bytes are the packet, protection needs room for kTrailer more and for
    // the index. The new size; 0: refused (no RTP, or forged, or it came before, or no master key may be used any
    // more).
    size_t protect(std::span<char> room, size_t size);
    size_t unprotect(std::span<char> packet);
    size_t protect_rtcp(std::span<char> room, size_t size);
    size_t unprotect_rtcp(std::span<char> packet);

private:
    explicit SrtpContext(Direction direction) : direction_(direction) {}
    void note(const SrtpKey&);
    bool spend(bool rtcp);
    const Direction direction_;
    srtp_ctx_t_* session_ = nullptr;
    size_t mki_bytes_ = 0;
    uint32_t master_ = 0, n_masters_ = 1;  // the one in use for what is sent
    struct Left {
        uint64_t rtp, rtcp;  // packets, of its lifetime
    };
    std::array<Left, std::tuple_size_v<decltype(SrtpKey::masters)>> left_{};
};

}  // namespace gsp::rt
