// SPDX-License-Identifier: Apache-2.0
// Which SDP of a call is an offer and which answers it (RFC 3264). Pure.
#pragma once
#include <cstdint>
#include <optional>

namespace gsp::rt {

enum class SdpSide : uint8_t { Own, Peer };
// Of the message that carries the SDP. A response or an ACK answers an offer of the other side, if there was one; a
// PRACK one that no answer came to yet, else it brings a new one (RFC 3262 5); other requests always do.
enum class SdpMessage : uint8_t { Request, Ack, Prack, Response };

class OfferAnswer {
public:
    // True: it is an answer. There may be several (183, 200).
    bool take(SdpSide side, SdpMessage message) {
        const bool may = message == SdpMessage::Prack ? is_open_ : message != SdpMessage::Request;
        const bool answers = may && offered_by_ && *offered_by_ != side;
        if (!answers && message != SdpMessage::Ack) offered_by_ = side;
        is_open_ = !answers;
        return answers;
    }
    // An INVITE without SDP: what comes next is an offer, whoever makes it (RFC 3264 5).
    void expect_offer() { offered_by_.reset(); }
    std::optional<SdpSide> offered_by() const { return offered_by_; }  // the last offer

private:
    std::optional<SdpSide> offered_by_;
    bool is_open_ = false;  // and has no answer yet
};

}  // namespace gsp::rt
