// SPDX-License-Identifier: Apache-2.0
// What media takes from SDP: where to, of which kind, and what is an offer.
#include "runtime/media/sdp.h"

#include <gtest/gtest.h>

#include <string>

#include "runtime/media/offer_answer.h"

namespace {

using namespace gsp::rt;

sip::Message parsed(const std::string& text) {
    sip::Message message;
    EXPECT_EQ(sip::parse(text, message), sip::ParseStatus::Ok);
    return message;
}

std::string response(const std::string& type, const std::string& body) {
    return "SIP/2.0 200 OK\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\nContent-Type: " + type +
           "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string target(std::string_view sdp, size_t kind) {
    auto targets = read_stream_targets(sdp);
    return !targets ? targets.error().text : (*targets)[kind].family ? endpoint_text((*targets)[kind]) : "none";
}

constexpr const char* kNoAddress = "SDP without the address of its media (c=IN IP4 or c=IN IP6)";

TEST(Sdp, TargetsOfStreams) {
    const std::string body =
        "v=0\r\no=- 1 1 IN IP4 9.9.9.9\r\nc=IN IP4 10.0.0.1\r\nt=0 0\r\nm=audio 0 RTP/AVP 0\r\na=x m=audio 5\r\n"
        "m=audio 4000 RTP/AVP 8\r\nm=video 4002/2 RTP/AVP 99\r\n";
    EXPECT_EQ(target(body, 0), "10.0.0.1:4000");
    EXPECT_EQ(target(body, 1), "10.0.0.1:4002");
    EXPECT_EQ(target("c=IN IP6 ::1\r\nm=video 6 RTP/AVP 1\r\n", 0), "none");
    EXPECT_EQ(target("c=IN IP6 ::1\r\nm=video 6 RTP/AVP 1\r\n", 1), "[::1]:6");
    EXPECT_EQ(target("c=IN IP4 224.2.1.1/127\r\nm=audio 4000 RTP/AVP 0\r\n", 0), "224.2.1.1:4000");
    EXPECT_EQ(target("c=IN IP4 10.0.0.1\nm=audio 4000 RTP/AVP 0\n", 0), "10.0.0.1:4000");  // bare line feeds
    EXPECT_EQ(target("v=0\r\nm=audio 1 RTP/AVP 0\r\n", 0), kNoAddress);
    EXPECT_EQ(target("c=IN IP4 host.example\r\nm=audio 1 RTP/AVP 0\r\n", 0), kNoAddress);
    EXPECT_EQ(target("", 0), "a message with Content-Type application/sdp has no body");
}

TEST(Sdp, EachMediaHasItsAddress) {
    const std::string both =
        "c=IN IP4 10.0.0.1\r\nm=application 9 UDP/BFCP *\r\nc=IN IP4 10.0.0.9\r\nm=audio 4000 RTP/AVP 0\r\n"
        "m=video 4002 RTP/AVP 99\r\nc=IN IP6 ::2\r\na=x\r\n";
    EXPECT_EQ(target(both, 0), "10.0.0.1:4000");
    EXPECT_EQ(target(both, 1), "[::2]:4002");
    // Of a line that is rejected nothing counts.
    EXPECT_EQ(target("c=IN IP4 10.0.0.1\r\nm=audio 0 RTP/AVP 0\r\nc=IN IP4 10.0.0.2\r\nm=audio 8 RTP/AVP 0\r\n", 0),
              "10.0.0.1:8");
    // Without one above all, that of another kind is better than none (SIPp).
    EXPECT_EQ(target("m=audio 8 RTP/AVP 0\r\nm=video 9 RTP/AVP 99\r\nc=IN IP4 10.0.0.3\r\n", 0), "10.0.0.3:8");
}

TEST(Sdp, RejectedAndOnHold) {
    EXPECT_EQ(target("c=IN IP4 10.0.0.1\r\nm=audio 0 RTP/AVP 0\r\nm=video 9 RTP/AVP 99\r\n", 0), "none");
    EXPECT_EQ(target("c=IN IP4 10.0.0.1\r\nm=audio 0 RTP/AVP 0\r\nm=video 9 RTP/AVP 99\r\n", 1), "10.0.0.1:9");
    EXPECT_EQ(target("c=IN IP4 0.0.0.0\r\nm=audio 4000 RTP/AVP 0\r\n", 0), "0.0.0.0:4000");
    EXPECT_EQ(target("c=IN IP4 10.0.0.1\r\nm=audio 4000 RTP/AVP 0\r\nc=IN IP6 ::\r\n", 0), "[::]:4000");
    EXPECT_TRUE(is_wildcard(*resolve("::", 4000)));
}

TEST(Sdp, WhatSaysThatItIsSdp) {
    const std::string sdp = "c=IN IP4 10.0.0.1\r\nm=audio 8 RTP/AVP 0\r\n";
    for (const char* type : {"application/sdp", "application/sdp;charset=utf-8", "Application/SDP",
                             "application/sdp ; x=y", "multipart/mixed;boundary=application/sdp"}) {
        const std::string text = response(type, sdp);
        EXPECT_TRUE(has_stream_sdp(parsed(text))) << type;
    }
    for (const char* type : {"text/plain", "application/sdpx", "multipart/mixed", ""}) {
        const std::string text = response(type, sdp);
        EXPECT_FALSE(has_stream_sdp(parsed(text))) << type;
    }
    const std::string head = "SIP/2.0 200 OK\r\nCall-ID: 1\r\nContent-Type: application/sdp\r\n";
    const std::string unknown = head + "\r\n" + sdp, none = head + "Content-Length: 0\r\n\r\n", empty = head + "\r\n";
    EXPECT_TRUE(has_stream_sdp(parsed(unknown)));  // up to the end of the datagram (RFC 3261 18.3)
    EXPECT_FALSE(has_stream_sdp(parsed(none)));
    EXPECT_FALSE(has_stream_sdp(parsed(empty)));
}

TEST(Sdp, AsAPartOfABody) {
    const std::string sdp = "v=0\r\nc=IN IP4 10.0.0.1\r\nm=audio 8 RTP/AVP 0";
    const std::string other = "Content-Type: text/plain\r\n\r\nm=audio 9 RTP/AVP 0\r\nc=IN IP4 10.0.0.2\r\n";
    const std::string part = "Content-Disposition: session\r\ncontent-type:Application/SDP; a=b\r\n\r\n" + sdp + "\r\n";
    EXPECT_EQ(sdp_part("--x\r\n" + other + "--x\r\n" + part + "--x--\r\n"), sdp + "\r");
    EXPECT_EQ(sdp_part("--x\r\n" + part + "--x\r\n" + other + "--x--\r\n"), sdp + "\r");
    EXPECT_EQ(sdp_part("--x\n" + other + "--x\nContent-Type: application/sdp\n\n" + sdp + "\n--x--"), sdp);
    EXPECT_EQ(sdp_part("m=audio 9 RTP/AVP 0\r\n--x\r\n" + other + "--x\r\n" + part + "--x--\r\n"), sdp + "\r");  // a preamble
    EXPECT_EQ(sdp_part(sdp), sdp);
    for (const std::string& odd :
         {"--x\r\n" + other + "--x--", std::string("--"), std::string("--x"), std::string("--x\r\n\r\n")})
        EXPECT_EQ(sdp_part(odd), odd);  // as it is
    const std::string text = response("multipart/mixed;boundary=x", "--x\r\n" + other + "--x\r\n" + part + "--x--\r\n");
    const sip::Message message = parsed(text);
    ASSERT_TRUE(has_stream_sdp(message));
    EXPECT_EQ(target(sdp_part(message.body_text()), 0), "10.0.0.1:8");
}

TEST(Sdp, TargetsOfCaptures) {
    const std::string body =
        "c=IN IP4 10.0.0.2\r\nm=image 7 udptl t38\r\nm=audio 0 RTP/AVP 8\r\nm=audio 4000 RTP/AVP 8\r\nc=IN IP4 "
        "10.0.0.3\r\n";
    const CaptureTargets targets = read_capture_targets(body, 4);
    EXPECT_EQ(endpoint_text(targets[0]), "10.0.0.3:4000");
    EXPECT_EQ(endpoint_text(targets[1]), "10.0.0.2:7");
    EXPECT_EQ(targets[2], Address{});
    EXPECT_EQ(read_capture_ports(body), (CapturePorts{4000, 7, 0}));
    EXPECT_EQ(read_capture_targets(body, 6)[0].family, 0);
    EXPECT_EQ(read_capture_targets(body, 6)[0].port, 4000);
    EXPECT_TRUE(has_capture_sdp(parsed(response("anything", body))));
    const auto request = [](const std::string& method) { return method + " sip:a SIP/2.0\r\nCall-ID: 1\r\n\r\nbody"; };
    for (const char* method : {"INVITE", "ACK", "PRACK", "UPDATE"}) {
        const std::string bytes = request(method);
        EXPECT_TRUE(has_capture_sdp(parsed(bytes))) << method;
    }
    const std::string info = request("INFO");
    EXPECT_FALSE(has_capture_sdp(parsed(info)));
}

TEST(OfferAnswer, InRequestsAndResponses) {
    OfferAnswer order;
    EXPECT_FALSE(order.take(SdpSide::Own, SdpMessage::Request));
    EXPECT_TRUE(order.take(SdpSide::Peer, SdpMessage::Response));  // 183
    EXPECT_TRUE(order.take(SdpSide::Peer, SdpMessage::Response));  // 200
    EXPECT_FALSE(order.take(SdpSide::Peer, SdpMessage::Request));  // UPDATE
    EXPECT_TRUE(order.take(SdpSide::Own, SdpMessage::Response));
}

TEST(OfferAnswer, AnInviteWithoutOne) {
    OfferAnswer order;
    order.take(SdpSide::Own, SdpMessage::Request);
    order.take(SdpSide::Peer, SdpMessage::Response);
    order.expect_offer();                                           // a re-INVITE
    EXPECT_FALSE(order.take(SdpSide::Peer, SdpMessage::Response));  // so its 200 has it
    EXPECT_EQ(order.offered_by(), SdpSide::Peer);
    EXPECT_TRUE(order.take(SdpSide::Own, SdpMessage::Ack));
}

TEST(OfferAnswer, Prack) {
    OfferAnswer order;
    order.expect_offer();
    EXPECT_FALSE(order.take(SdpSide::Peer, SdpMessage::Response));  // a reliable 183 with the offer
    EXPECT_TRUE(order.take(SdpSide::Own, SdpMessage::Prack));
    order = {};
    order.take(SdpSide::Own, SdpMessage::Request);
    EXPECT_TRUE(order.take(SdpSide::Peer, SdpMessage::Response));  // … with the answer
    EXPECT_FALSE(order.take(SdpSide::Own, SdpMessage::Prack));     // so this is a new offer
    EXPECT_TRUE(order.take(SdpSide::Peer, SdpMessage::Response));
}

}  // namespace
