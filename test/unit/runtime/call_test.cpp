// SPDX-License-Identifier: Apache-2.0
// The parts of the call engine that stand alone: frames, dead calls, kept messages, the pacer, number output.
#include <gtest/gtest.h>

#include <map>

#include "runtime/base/rng.h"
#include "runtime/call/call_pool.h"
#include "runtime/call/dead_calls.h"
#include "runtime/call/kept_message.h"
#include "runtime/call/writer.h"
#include "runtime/worker/pacer.h"

namespace gsp::rt {

TEST(CallFrame, TimersAreFoundFromTheirNodes) {
    CallPool pool(GSP_FRAME_HEADER + 24);
    Call& call = pool.take();
    EXPECT_EQ(Call::at(call.wait, Call::kWaitOffset), &call);
    EXPECT_EQ(Call::at(call.retrans, Call::kRetransOffset), &call);
    EXPECT_EQ(reinterpret_cast<char*>(call.vars()) - reinterpret_cast<char*>(&call), GSP_FRAME_HEADER);
}

TEST(CallPool, ReusesFramesAndKeepsAddresses) {
    CallPool pool(GSP_FRAME_HEADER);
    std::vector<Call*> taken;
    for (int i = 0; i < 1000; ++i) taken.push_back(&pool.take());
    for (uint32_t i = 0; i < 1000; ++i) EXPECT_EQ(&pool.at(i), taken[i]);
    taken[5]->number = 7;
    pool.release(*taken[5]);
    EXPECT_EQ(pool.live(), 999u);
    EXPECT_EQ(&pool.take(), taken[5]);
    EXPECT_EQ(taken[5]->number, 0u);
    EXPECT_EQ(pool.size(), 1000u);
}

TEST(DeadCalls, AgreeWithAMap) {
    DeadCalls dead(100);
    std::map<uint64_t, uint64_t> expires;
    Rng rng(3);
    for (uint64_t now = 1; now < 20000; ++now) {
        uint64_t hash = 1 + rng.below(300);
        dead.expire(now);
        if (rng.below(2)) {
            dead.add(hash, now);
            expires[hash] = now + 100;
        }
        uint64_t asked = 1 + rng.below(300);
        bool known = expires.count(asked) && expires[asked] > now;
        ASSERT_EQ(dead.touch(asked, now), known) << now;
        if (known) expires[asked] = now + 100;
    }
    dead.expire(1'000'000);
    dead.expire(2'000'000);
    EXPECT_EQ(dead.size(), 0u);
    DeadCalls off(0);
    off.add(1, 1);
    EXPECT_FALSE(off.touch(1, 1));
}

TEST(KeptMessage, KeepsOnlyWhatIsAskedFor) {
    gsp_program program{};
    const uint64_t kept[2] = {uint64_t{1} << static_cast<int>(sip::Header::CSeq), 0};
    const gsp_text names[] = {{"X-One", 5}};
    program.kept_headers = kept;
    program.kept_names = names;
    program.n_kept_names = 1;
    sip::Message message;
    ASSERT_EQ(sip::parse("SIP/2.0 200 OK\r\nVia: a\r\nt: <sip:x>\r\nx-one: 1\r\nX-One: 2\r\nX-Two: 3\r\nCall-ID: "
                         "i\r\nCSeq: 9 BYE\r\n\r\n",
                         message),
              sip::ParseStatus::Ok);
    StringPool pool;
    PoolText block;
    MessageKeeper(program).keep(message, pool, block);
    KeptMessage last(block.view());
    EXPECT_EQ(last.status(), 200u);
    EXPECT_EQ(last.cseq(), 9u);
    EXPECT_EQ(last.first(sip::Header::To), "<sip:x>");
    EXPECT_EQ(last.first(sip::Header::CSeq), "9 BYE");
    EXPECT_EQ(last.first(sip::Header::Via), "");
    std::string own;
    last.each(sip::Header::Unknown, "X-ONE", [&](std::string_view value) { own += value; });
    last.each(sip::Header::Unknown, "X-Two", [&](std::string_view value) { own += value; });
    EXPECT_EQ(own, "12");
    EXPECT_EQ(last.text(), "");
    block.clear(pool);
    EXPECT_EQ(pool.bytes_in_use(), 0u);
}

// Neighbours are copied at once, others one by one; folded lines without their CR.
TEST(KeptMessage, KeepsNeighboursAndOthersAlike) {
    gsp_program program{};
    program.flags = GSP_PROGRAM_CLIENT;  // Via, From, To
    MessageKeeper keeper(program);
    StringPool pool;
    PoolText block;
    auto message = std::make_unique<sip::Message>();
    const auto check = [&](const std::string& header, const std::string& cseq) {  // the later ones are of a known kind
        const std::string bytes = "SIP/2.0 180 Ringing\r\n" + header + "CSeq: " + cseq + " INVITE\r\n\r\n";
        ASSERT_EQ(sip::parse(bytes, *message), sip::ParseStatus::Ok);
        EXPECT_EQ(message->kind != 0, cseq != "7");
        keeper.keep(*message, pool, block);
        const KeptMessage last(block.view());
        std::string vias;
        last.each(sip::Header::Via, "", [&](std::string_view value) { vias += value; });
        EXPECT_EQ(vias, "v1v" + cseq) << header;
        EXPECT_EQ(last.first(sip::Header::From), "<sip:alice@one.example.com>;tag=from") << header;
        EXPECT_EQ(last.first(sip::Header::To), "<sip:bob@two.example.com>;tag=to") << header;
        EXPECT_EQ(last.first(sip::Header::CallId), "") << header;
        EXPECT_EQ(last.status(), 180u);
        EXPECT_EQ(std::to_string(last.cseq()), cseq);
    };
    for (const std::string header : {"Via: v1\r\nVia: v2\r\nf: <sip:alice@one.example.com>;tag=from\r\nTo: "
                               "<sip:bob@two.example.com>;tag=to\r\nCall-ID: i\r\n",
                               "Via: v1\r\nCall-ID: i\r\nVia: v2\r\nFrom: <sip:alice@one.example.com>;tag=from\r\nX: a "
                               "long one, so that copying it along is too much, with words, words, words and more "
                               "words\r\nTo: <sip:bob@two.example.com>;tag=to\r\n",
                               "Call-ID: i\r\nTo: <sip:bob@two.example.com>;tag=to\r\nFrom: "
                               "<sip:alice@one.example.com>;tag=from\r\nVia: v1\r\nVia: v2\r\n"}) {
        for (const std::string cseq : {"7", "8", "9"}) {
            std::string own = header;
            own[own.find("v2") + 1] = cseq[0];
            check(own, cseq);
        }
    }
    sip::Message folded;
    ASSERT_EQ(sip::parse("SIP/2.0 200 OK\r\nVia: v1,\r\n v2\r\nFrom: f\r\nTo: t\r\nCall-ID: i\r\n\r\n", folded),
              sip::ParseStatus::Ok);
    keeper.keep(folded, pool, block);
    EXPECT_EQ(KeptMessage(block.view()).first(sip::Header::Via), "v1,\n v2");
    EXPECT_EQ(KeptMessage(block.view()).first(sip::Header::To), "t");
    block.clear(pool);
    EXPECT_EQ(pool.bytes_in_use(), 0u);
}

TEST(Pacer, ANewRateKeepsTheWayAlreadyCovered) {
    RateConfig config;
    config.rate = 1;
    Pacer pacer(config, kSecond, 1, 0);
    EXPECT_EQ(pacer.next_planned_ns(), 0u);
    pacer.take();
    EXPECT_EQ(pacer.next_planned_ns(), kSecond);
    pacer.set_rate(2, kSecond / 2);  // half of the way is left: a quarter of a second at the new rate
    EXPECT_EQ(pacer.next_planned_ns(), kSecond * 3 / 4);
    pacer.set_rate(0, kSecond * 3 / 4);
    EXPECT_EQ(pacer.next_planned_ns(), UINT64_MAX);
    EXPECT_EQ(pacer.due(100 * kSecond), 0u);
}

TEST(Pacer, FewerUsersRetireAsTheyEnd) {
    RateConfig config;
    config.users = 2;
    Pacer pacer(config, kSecond, 1, 0);
    EXPECT_EQ(pacer.take_user(), 2u);
    EXPECT_EQ(pacer.take_user(), 1u);
    EXPECT_EQ(pacer.take_user(), 0u);
    pacer.set_users(1);
    pacer.release_user(2);
    EXPECT_EQ(pacer.take_user(), 0u);
    pacer.set_users(3);
    EXPECT_EQ(pacer.take_user(), 2u);
    EXPECT_EQ(pacer.take_user(), 3u);
}

TEST(Writer, StopsForGoodWhenSomethingDoesNotFit) {
    std::vector<char> buffer(8);
    Writer writer(buffer.data(), buffer.data() + buffer.size());
    writer << "ab" << int64_t{-12} << uint32_t{7};
    ASSERT_EQ(writer.end(), buffer.data() + 6);
    EXPECT_EQ(std::string_view(buffer.data(), 6), "ab-127");
    writer << "long"
           << "x";
    EXPECT_EQ(writer.end(), nullptr);
}

}  // namespace gsp::rt
