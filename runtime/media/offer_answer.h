// SPDX-License-Identifier: Apache-2.0
// Which SDP of a call is an offer and which answers it (RFC 3264). Pure.
#pragma once
#include <cstdint>
#include <optional>

namespace gsp::rt {

enum class SdpSide : uint8_t { Own, Peer };
// Of the message that carries the SDP: a response or an ACK answers an offer of the other side, if there was one.
enum class SdpMessage : uint8_t { Request, Ack, Response };

class OfferAnswer {
public:
    // True: it is an answer. There may be several (183, 200).
    bool take(SdpSide side, SdpMessage message) {
        const bool answers = message != SdpMessage::Request && offered_by_ && *offered_by_ != side;
        if (!answers && message != SdpMessage::Ack) offered_by_ = side;
        return answers;
    }
    std::optional<SdpSide> offered_by() const { return offered_by_; }  // the last offer

private:
    std::optional<SdpSide> offered_by_;
};

}  // namespace gsp::rt
