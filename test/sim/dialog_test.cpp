// SPDX-License-Identifier: Apache-2.0
// What a run does of its own accord, sentence by sentence of SIPp's behaviour: to which address, what closes an aborted
// call, which ended calls are remembered, what is answered, what stops a retransmission, loss.
#include <gtest/gtest.h>

#include <optional>

#include "runtime/call/engine.h"
#include "test/sim/peer.h"
#include "test/sim/world.h"

namespace gsp::test {

using rt::Counter;
using rt::kMillisecond;
using rt::kSecond;

namespace {

using Lines = std::vector<std::string>;

std::string request_text(const std::string& method, const std::string& cseq) {
    return method +
           " sip:peer SIP/2.0\nVia: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch]\nFrom: <sip:me>;tag=me\nTo: "
           "<sip:peer>[peer_tag_param]\n"
           "Call-ID: [call_id]\nCSeq: " +
           cseq + " " + method + "\nContent-Length: 0\n\n";
}

// One call of a client whose peer is the test.
struct Dialog : ::testing::Test {
    void start(std::vector<HandStep> steps) {
        program.emplace(true, std::move(steps));
        program->set_rtds(1);
        program->finish();
        world.client_config.rate.max_calls = 1;
        world.start(&*program, nullptr);
        world.run_for(kMillisecond);
    }
    void receive(const std::string& bytes) {
        world.inject(true, bytes);
        world.run_for(kMillisecond);
    }
    void answer_invite(const std::string& status, const std::string& more = "") {
        receive(answer(world.sent[0].bytes, status, more));
    }
    Lines sent_methods() const {
        Lines lines;
        for (const Sent& s : world.sent)
            if (s.from_client) lines.push_back(s.first_line().substr(0, s.first_line().find(' ')));
        return lines;
    }
    std::string last_sent(const std::string& start) const {
        std::string found;
        for (const Sent& s : world.sent)
            if (s.from_client && s.bytes.starts_with(start)) found = s.bytes;
        return found;
    }
    uint64_t count(Counter c) { return world.client_count(c); }
    uint64_t live() { return world.client().statistics().current_calls; }

    const std::string id = "1-100@10.0.0.1";
    World world;
    std::optional<HandProgram> program;
};

std::vector<HandStep> waiting_after_200() {
    return {send(request_text("INVITE", "1")), recv_response(200), recv_request("INFO"),
            send(request_text("ACK", "1"))};
}

}  // namespace

// ---- how an aborted call is closed

TEST_F(Dialog, UnacknowledgedAnswerGetsAckAndBye) {
    start(waiting_after_200());
    answer_invite("200 OK");
    answer_invite("183 Late");
    EXPECT_EQ(sent_methods(), (Lines{"INVITE", "ACK", "BYE"}));
    EXPECT_NE(last_sent("BYE").find(";branch=z9hG4bK-100-1--1\r\n"), std::string::npos) << last_sent("BYE");
    EXPECT_NE(last_sent("BYE").find("\r\nCSeq: 2 BYE\r\n"), std::string::npos);
}

TEST_F(Dialog, AFinalErrorGetsAckOnly) {
    start(waiting_after_200());
    answer_invite("200 OK");
    answer_invite("500 Oops");
    EXPECT_EQ(sent_methods(), (Lines{"INVITE", "ACK"}));
}

TEST_F(Dialog, NothingReceivedNothingSent) {
    start({send(request_text("INVITE", "1")), recv_response(200).timeout(kSecond)});
    world.run_to_end();
    EXPECT_EQ(sent_methods(), (Lines{"INVITE"}));
    EXPECT_EQ(count(Counter::FailedTimeoutOnRecv), 1u);
}

TEST_F(Dialog, GivingUpARetransmissionClosesTheDialog) {
    start({send(request_text("INVITE", "1")), recv_response(200), send(request_text("ACK", "1")),
           send(request_text("INFO", "2")).retrans(500), recv_response(200)});
    answer_invite("200 OK");
    world.run_to_end();
    EXPECT_EQ(count(Counter::FailedMaxUDPRetrans), 1u);
    EXPECT_EQ(sent_methods().back(), "BYE");
}

TEST_F(Dialog, WithoutInviteItIsBye) {
    start({send(request_text("MESSAGE", "1")), recv_response(200), recv_request("INFO").timeout(kSecond)});
    answer_invite("200 OK");
    world.run_to_end();
    EXPECT_EQ(sent_methods(), (Lines{"MESSAGE", "BYE"}));
}

TEST_F(Dialog, ByeFollowsTheRouteSet) {
    start({send(request_text("INVITE", "1")), recv_response(200).rrs(), send(request_text("ACK", "1")),
           recv_request("INFO").timeout(kSecond)});
    answer_invite("200 OK", "Record-Route: <sip:b;lr>, <sip:a;lr>\r\nContact: <sip:target@10.0.0.9>\r\n");
    world.run_to_end();
    const std::string bye = last_sent("BYE");
    EXPECT_TRUE(bye.starts_with("BYE sip:target@10.0.0.9 SIP/2.0\r\nVia: ")) << bye;
    EXPECT_NE(bye.find("\r\nRoute: <sip:a;lr>, <sip:b;lr>\r\nFrom: <sip:me>;tag=me\r\nTo: <sip:peer>;tag=peer\r\n"),
              std::string::npos)
        << bye;
}

TEST_F(Dialog, WithoutByeACallJustEnds) {
    world.client_config.behaviour.bye = false;
    start(waiting_after_200());
    answer_invite("200 OK");
    answer_invite("500 Oops");
    EXPECT_EQ(sent_methods(), (Lines{"INVITE"}));
    EXPECT_EQ(count(Counter::FailedUnexpectedMessage), 1u);
    EXPECT_EQ(live(), 0u);
}

TEST(ServerDialog, NothingIsSentForAnAbortedCall) {
    HandProgram uas(false, uas_steps(kSecond));
    World world;
    world.start(nullptr, &uas);
    world.inject(false, request("INVITE", "id", 5));
    world.run_for(kMillisecond);
    const size_t sent = world.sent.size();
    world.inject(false, request("INFO", "id", 6));
    world.run_for(kMillisecond);
    EXPECT_EQ(world.server_count(Counter::FailedUnexpectedMessage), 1u);
    EXPECT_EQ(world.sent.size(), sent + 1);  // the INFO
}

// ---- unexpected messages

TEST_F(Dialog, TheWarningSaysWhatWasAcceptableAndWhyThisWasNot) {
    world.client_config.behaviour.abort_unexpected = false;
    start(uac_steps());
    const auto warned = [&](const std::string& bytes) {
        receive(bytes);
        const std::string text = world.last_warning(true);
        return text.substr(text.find("; ") + 2);
    };
    const std::string here = "acceptable are `100` (line 20), `180` (line 30), `200` (line 40): ";
    EXPECT_EQ(warned(answer(world.sent[0].bytes, "486 Busy")), here + "none has the status 486");
    EXPECT_EQ(warned(request("INFO", id, 3)), here + "it is a request");
    std::string ok = answer(world.sent[0].bytes, "200 OK");
    EXPECT_EQ(warned(ok.replace(ok.find("To: "), 4, "X-To: ")), here + "it has no To header");
}

TEST_F(Dialog, InAPauseNothingIsAcceptable) {
    world.client_config.behaviour.abort_unexpected = false;
    start({send(request_text("OPTIONS", "1")), pause(kSecond)});
    receive(request("INFO", id, 3));
    EXPECT_TRUE(world.last_warning(true).ends_with("INFO sip:s@10.0.0.2 SIP/2.0; no message is acceptable here"))
        << world.last_warning(true);
    EXPECT_EQ(world.client().statistics().steps[1].unexpected, 1u);
    world.run_to_end();
    EXPECT_EQ(count(Counter::SuccessfulCall), 1u);  // the pause ends as if nothing had come
}

TEST_F(Dialog, AMessageWithoutToIsUnexpected) {
    start(uac_steps());
    std::string ok = answer(world.sent[0].bytes, "200 OK");
    receive(ok.erase(ok.find("To: "), ok.find("Call-ID") - ok.find("To: ")));
    EXPECT_EQ(count(Counter::FailedUnexpectedMessage), 1u);
    EXPECT_EQ(last_sent("CANCEL").find("\r\nTo:"), std::string::npos) << last_sent("CANCEL");
}

// … even a BYE, which is not answered then.
TEST_F(Dialog, AByeWithoutToIsNotAnswered) {
    start(uac_steps());
    std::string bye = request("BYE", id, 3);
    receive(bye.erase(bye.find("To: "), bye.find("\r\n", bye.find("To: ")) + 2 - bye.find("To: ")));
    EXPECT_EQ(count(Counter::FailedUnexpectedMessage), 1u);
    EXPECT_EQ(sent_methods(), (Lines{"INVITE", "CANCEL"}));
}

TEST_F(Dialog, TheTagOfAResponseThatNoStepTakesCounts) {
    world.client_config.behaviour.abort_unexpected = false;
    start({send(request_text("INVITE", "1")), recv_response(200), pause(kSecond), send(request_text("BYE", "2"))});
    answer_invite("200 OK");
    std::string other = answer(world.sent[0].bytes, "183 Progress");
    receive(other.replace(other.find("tag=peer"), 8, "tag=fork"));
    world.run_to_end();
    EXPECT_NE(last_sent("BYE").find("<sip:peer>;tag=fork\r\n"), std::string::npos) << last_sent("BYE");
}

TEST_F(Dialog, UnexpectedByeAndCancelOnlyWarnWithoutAbort) {
    world.client_config.behaviour.abort_unexpected = false;
    start(uac_steps());
    for (const char* method : {"BYE", "CANCEL"}) receive(request(method, id, 3));
    EXPECT_EQ(sent_methods(), (Lines{"INVITE"}));
    EXPECT_EQ(world.client().statistics().steps[1].unexpected, 2u);
    EXPECT_EQ(count(Counter::Warnings), 2u);
    EXPECT_EQ(live(), 1u);
}

TEST_F(Dialog, UnexpectedCancelIsAnsweredAndFails) {
    start(uac_steps());
    receive(request("CANCEL", id, 3));
    EXPECT_EQ(sent_methods(), (Lines{"INVITE", "SIP/2.0"}));
    EXPECT_EQ(count(Counter::FailedUnexpectedMessage), 1u);
    receive(request("CANCEL", id, 3));
    EXPECT_EQ(count(Counter::OutOfCallMsgs), 1u);  // not remembered
    EXPECT_EQ(count(Counter::DeadCallMsgs), 0u);
}

// … without `bye` it is not answered.
TEST_F(Dialog, UnexpectedByeWithoutBye) {
    world.client_config.behaviour.bye = false;
    start(uac_steps());
    receive(request("BYE", id, 3));
    EXPECT_EQ(sent_methods(), (Lines{"INVITE"}));
    EXPECT_EQ(live(), 0u);
}

TEST_F(Dialog, AutomaticAnswersDisturbNeitherPauseNorLastMessage) {
    world.client_config.call.auto_answer = true;
    start({send(request_text("INVITE", "1")), recv_response(200), pause(kSecond),
           send("BYE sip:peer SIP/2.0\nX-Last: [last_CSeq:]\nCall-ID: [call_id]\nCSeq: 2 BYE\n\n")});
    answer_invite("200 OK");
    for (const char* method : {"INFO", "NOTIFY", "OPTIONS", "UPDATE"}) receive(request(method, id, 9));
    EXPECT_EQ(sent_methods(), (Lines{"INVITE", "SIP/2.0", "SIP/2.0", "SIP/2.0", "SIP/2.0"}));
    EXPECT_EQ(count(Counter::AutoAnswered), 4u);
    world.run_to_end();
    EXPECT_EQ(world.clock.now_ns / kMillisecond, 1002u);
    EXPECT_NE(last_sent("BYE").find("CSeq: 1 INVITE\r\n"), std::string::npos) << last_sent("BYE");
}

TEST_F(Dialog, WithoutAutomaticAnswersTheyAreUnexpected) {
    start(uac_steps());
    receive(request("OPTIONS", id, 9));
    EXPECT_EQ(count(Counter::FailedUnexpectedMessage), 1u);
}

// ---- ACK

TEST(ServerDialog, AnAckBeforeAnyInviteHasTheWrongNumber) {
    HandProgram uas(false, {recv_request("OPTIONS"), recv_request("ACK")});
    World world;
    world.start(nullptr, &uas);
    world.inject(false, request("OPTIONS", "id", 1));
    world.inject(false, request("ACK", "id", 1));
    world.run_for(kMillisecond);
    EXPECT_EQ(world.server_count(Counter::FailedCall), 1u);
    EXPECT_EQ(world.last_warning(false), "call id: the CSeq of an ACK is 1, that of the INVITE was 0");
    EXPECT_EQ(world.sent.size(), 2u);  // nothing of ours
    world.inject(false, request("OPTIONS", "id", 2));
    world.run_for(kMillisecond);
    EXPECT_EQ(world.server_count(Counter::IncomingCall), 2u);  // its Call-ID is free again
}

TEST(ServerDialog, TheNumberOfAnAckNeedNotBeChecked) {
    HandProgram uas(false, {recv_request("OPTIONS"), recv_request("ACK")});
    World world;
    world.server_config.behaviour.check_ack_cseq = false;
    world.start(nullptr, &uas);
    world.inject(false, request("OPTIONS", "id", 1));
    world.inject(false, request("ACK", "id", 1));
    world.run_for(kMillisecond);
    EXPECT_EQ(world.server_count(Counter::SuccessfulCall), 1u);
}

// ---- ended calls

TEST_F(Dialog, NoDeadCallsWithoutATime) {
    world.client_config.call.deadcall_wait_ns = 0;
    start(uac_steps());
    answer_invite("486 Busy Here");
    answer_invite("486 Busy Here");
    EXPECT_EQ(count(Counter::DeadCallMsgs), 0u);
    EXPECT_EQ(count(Counter::OutOfCallMsgs), 1u);
}

TEST_F(Dialog, EveryMessageForADeadCallCounts) {
    start(uac_steps());
    for (int i = 0; i < 4; ++i) answer_invite("486 Busy Here");
    receive(request("BYE", id, 3));
    EXPECT_EQ(count(Counter::DeadCallMsgs), 4u);
    EXPECT_EQ(sent_methods(), (Lines{"INVITE", "ACK"}));  // none is answered
    EXPECT_TRUE(world.last_warning(true).starts_with("discarding a message for the ended call " + id));
    EXPECT_TRUE(world.client().finished());  // they delay no end
}

// SIPp: a message that ends the last call is the last one that a run takes …
TEST_F(Dialog, TheMessageThatEndsTheRunIsTheLast) {
    start(uac_steps());
    const std::string busy = answer(world.sent[0].bytes, "486 Busy Here");
    for (int i = 0; i < 3; ++i) world.inject(true, busy);  // arrive in one turn
    world.run_to_end();
    EXPECT_EQ(count(Counter::FailedCall), 1u);
    EXPECT_EQ(count(Counter::DeadCallMsgs), 0u);
}

// … but for one that is answered at the end: what repeats it is counted.
TEST(ServerDialog, TheMessageThatIsAnsweredLastMayComeAgain) {
    HandProgram uas(false,
                    {recv_request("OPTIONS"), send("SIP/2.0 200 OK\n[last_Via:]\n[last_Call-ID:]\n[last_CSeq:]\n\n")});
    World world;
    world.server_config.rate.max_calls = 1;
    world.start(nullptr, &uas);
    for (int i = 0; i < 2; ++i) world.inject(false, request("OPTIONS", "id", 1));
    world.run_for(kMillisecond);
    EXPECT_TRUE(world.server().finished());
    EXPECT_TRUE(world.server().may_hear_more());
    EXPECT_EQ(world.server_count(Counter::DeadCallMsgs), 1u);
}

TEST(ServerDialog, ACallIdCannotBeUsedAgainSoon) {
    HandProgram uas(false, {recv_request("OPTIONS")});
    World world;
    world.start(nullptr, &uas);
    for (uint32_t cseq : {1, 2}) {
        world.inject(false, request("OPTIONS", "id", cseq));
        world.run_for(kMillisecond);
    }
    EXPECT_EQ(world.server_count(Counter::IncomingCall), 1u);
    EXPECT_EQ(world.server_count(Counter::DeadCallMsgs), 1u);
}

// ---- repeated messages

TEST_F(Dialog, ARepeatedMessageThatWasNotAnsweredIsDropped) {
    start({send(request_text("INVITE", "1")), recv_response(183), recv_response(200)});
    for (int i = 0; i < 3; ++i) answer_invite("183 Progress");
    EXPECT_EQ(world.client().statistics().steps[1].done, 1u);
    EXPECT_EQ(world.client().statistics().steps[1].retrans, 2u);
    EXPECT_EQ(sent_methods(), (Lines{"INVITE"}));
}

// SIPp: the 200 of another fork is no repetition, so its ACK does not count as one.
TEST_F(Dialog, TheAckToALateFinalIsNotCounted) {
    HandProgram uac(true, uac_steps(kSecond));
    uac.set_rtds(1);
    uac.add_late(3, 4);
    uac.finish();
    world.client_config.rate.max_calls = 1;
    world.start(&uac, nullptr);
    world.run_for(kMillisecond);
    for (const char* tag : {"tag=peer", "tag=fork"}) {
        std::string ok = answer(world.sent[0].bytes, "200 OK");
        receive(ok.replace(ok.find("tag=peer"), 8, tag));
    }
    EXPECT_EQ(sent_methods(), (Lines{"INVITE", "ACK", "ACK"}));
    EXPECT_NE(last_sent("ACK").find(";tag=fork\r\n"), std::string::npos) << last_sent("ACK");
    EXPECT_EQ(count(Counter::Retransmissions), 0u);
}

TEST_F(Dialog, WithoutRetransmissionsRepeatedMessagesAreLikeAnyOther) {
    world.client_config.retrans.enabled = false;
    start({send(request_text("INVITE", "1")), recv_response(183), recv_response(200)});
    for (int i = 0; i < 2; ++i) answer_invite("183 Progress");
    EXPECT_EQ(count(Counter::FailedUnexpectedMessage), 1u);
}

// ---- own retransmissions

TEST(ServerDialog, RequestsThatStopARetransmission) {
    for (const char* method : {"ACK", "CANCEL", "BYE", "PRACK", "INFO"}) {
        const bool stops = method != std::string("INFO");
        World other;
        HandProgram uas(false, {recv_request("INVITE"),
                                send("SIP/2.0 200 OK\n[last_Via:]\n[last_Call-ID:]\n[last_CSeq:]\n\n").retrans(500),
                                recv_request(method), recv_request("BYE")});
        other.start(nullptr, &uas);
        other.inject(false, request("INVITE", "id", 1));
        other.run_for(100 * kMillisecond);
        other.inject(false, request(method, "id", 1));
        other.run_for(kSecond);
        EXPECT_EQ(other.times_of("SIP/2.0 200", false).size(), stops ? 1u : 2u) << method;
    }
}

TEST_F(Dialog, RetransmissionsGoOnInAPause) {
    start({send(request_text("INVITE", "1")).retrans(500), pause(5 * kSecond), recv_response(200)});
    world.run_for(4 * kSecond);
    EXPECT_EQ(world.times_of("INVITE", true), (std::vector<uint64_t>{0, 500, 1500, 3500}));
}

TEST_F(Dialog, TheTimeoutLabelAtTheEndFailsTheCall) {
    world.client_config.retrans.max = 1;
    start({send(request_text("INVITE", "1")).retrans(500).go_on_timeout(2), recv_response(200)});
    world.run_to_end();
    EXPECT_EQ(count(Counter::FailedMaxUDPRetrans), 1u);
    EXPECT_EQ(world.client().statistics().steps[0].timeouts, 1u);
}

// ---- loss on purpose

TEST_F(Dialog, LostMessagesCountAsSentAndAreNot) {
    start({send(request_text("INVITE", "1")).lost(100).retrans(500), recv_response(200)});
    EXPECT_TRUE(world.sent.empty());
    EXPECT_EQ(world.client().statistics().steps[0].done, 1u);
    EXPECT_EQ(world.client().statistics().steps[0].lost, 1u);
    world.run_for(kSecond);
    EXPECT_EQ(sent_methods(), (Lines{"INVITE"}));  // its retransmission
}

TEST_F(Dialog, LostReceivedMessagesHaveNeverCome) {
    start({send(request_text("INVITE", "1")), recv_response(200).lost(100)});
    answer_invite("200 OK");
    EXPECT_EQ(world.client().statistics().steps[1].done, 0u);
    EXPECT_EQ(world.client().statistics().steps[1].lost, 1u);
    EXPECT_EQ(live(), 1u);
    EXPECT_EQ(count(Counter::Warnings), 0u);
}

TEST_F(Dialog, DefaultMessagesIgnoreLoss) {
    world.client_config.call.lost = 100;
    start({send(request_text("INVITE", "1")).lost(1e-9), recv_response(200).lost(1e-9)});
    answer_invite("486 Busy");
    EXPECT_EQ(sent_methods(), (Lines{"INVITE", "ACK"}));
}

// ---- datagrams that are no message of a call

TEST_F(Dialog, OtherBytesAreDropped) {
    start(uac_steps());
    receive("\r\n\r\n");
    receive(std::string(4, '\0'));
    EXPECT_EQ(count(Counter::Warnings), 0u);
    receive("hello, world");
    std::string ok = answer(world.sent[0].bytes, "200 OK");
    receive(ok.erase(ok.find("Call-ID"), ok.find("CSeq") - ok.find("Call-ID")));
    EXPECT_EQ(count(Counter::MalformedMessages), 2u);
    EXPECT_EQ(count(Counter::Warnings), 2u);
    EXPECT_EQ(live(), 1u);
}

// Replies go to where the first message came from, whatever Via and Contact say; with -rsa to that address.
TEST(ServerDialog, RepliesGoToTheSender) {
    for (const bool elsewhere : {false, true}) {
        HandProgram uas(false, uas_steps(kSecond));
        World world;
        if (elsewhere) world.server_sends_to = {4, 0, 5099, {10, 0, 0, 7}};
        world.start(nullptr, &uas);
        world.inject(false, request("INVITE", "id", 5, "Contact: <sip:me@192.0.2.1:99>\r\n"));
        world.run_for(kMillisecond);
        const rt::Address& to = world.sent.back().to;
        EXPECT_EQ(rt::ip_text(to), elsewhere ? "10.0.0.7" : "10.0.0.1");
        EXPECT_EQ(to.port, elsewhere ? 5099 : 5060);
    }
}

TEST(ServerDialog, WhatTheNetworkRefusesIsAWarning) {
    HandProgram uas(false, uas_steps(kSecond));
    World world;
    world.server_sends_to = {6, 0, 5099, {1}};
    world.start(nullptr, &uas);
    world.inject(false, request("INVITE", "id", 5));
    world.run_for(kMillisecond);
    EXPECT_EQ(world.last_warning(false), "Unable to send UDP message: Address family not supported by protocol");
    EXPECT_EQ(world.server_count(Counter::Warnings), 1u);
    EXPECT_EQ(world.server_count(Counter::SendErrors), 2u);
}

}  // namespace gsp::test
