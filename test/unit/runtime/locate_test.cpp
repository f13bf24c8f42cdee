// SPDX-License-Identifier: Apache-2.0
// Where a host is (RFC 3263), by names that the test has, and which address is next when one fails.
#include "runtime/transport/locate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "runtime/transport/targets.h"

namespace gsp::rt {
namespace {

constexpr const ProtocolRow& row(Protocol protocol) {
    return kProtocols[static_cast<size_t>(protocol)];
}

struct Names final : NameService {
    std::map<std::string, std::vector<NaptrRecord>> naptrs;
    std::map<std::string, std::vector<SrvRecord>> srvs;
    std::map<std::string, std::vector<std::string>> hosts;
    std::set<std::string> broken, in_file;
    std::vector<std::string> asked;

    Result<std::vector<NaptrRecord>> naptr(const std::string& name) override { return find(naptrs, "NAPTR " + name); }
    Result<std::vector<SrvRecord>> srv(const std::string& name) override { return find(srvs, "SRV " + name); }
    Result<std::vector<Address>> addresses(const std::string& host, uint16_t port, int hint) override {
        asked.push_back("A " + host);
        if (is_numeric(host)) return resolve_all(host, port, hint);
        if (!hosts.count(host)) return Error{"cannot resolve '" + host + "'"};
        std::vector<Address> all;
        for (const std::string& ip : hosts[host]) all.push_back(*resolve(ip, port));
        return all;
    }
    bool in_hosts_file(const std::string& host) override { return in_file.count(host) > 0; }

private:
    template <class Records>
    Result<typename Records::mapped_type> find(Records& all, const std::string& question) {
        asked.push_back(question);
        if (broken.count(question)) return Error{"no answer"};
        return all[question.substr(question.find(' ') + 1)];
    }
};

class Locate : public ::testing::Test {
protected:
    std::string where(const std::string& host, Protocol protocol = Protocol::Udp) {
        Rng rng(7);
        Result<Located> found = locate(host, row(protocol), 0, names_, rng);
        if (!found) return "error: " + found.error().text;
        std::string all;
        for (const Address& each : found->addresses) all += endpoint_text(each) + " ";
        notice_ = found->notice;
        return all;
    }
    Names names_;
    std::string notice_;
};

TEST_F(Locate, WithoutSrvItIsTheAddressAtThePortOfSip) {
    names_.hosts["x.example"] = {"10.0.0.1", "10.0.0.2", "10.0.0.1"};
    EXPECT_EQ(where("x.example"), "10.0.0.1:5060 10.0.0.2:5060 ");
    EXPECT_EQ(names_.asked, (std::vector<std::string>{"NAPTR x.example", "SRV _sip._udp.x.example", "A x.example"}));
    EXPECT_EQ(notice_, "");
}

TEST_F(Locate, EachTransportAsksForItsOwn) {
    names_.srvs["_sip._tcp.x.example"] = {{1, 0, 5070, "t.example"}};
    names_.srvs["_sips._tcp.x.example"] = {{1, 0, 5071, "t.example"}};
    names_.hosts["t.example"] = {"10.0.0.3"};
    names_.hosts["x.example"] = {"10.0.0.4"};
    EXPECT_EQ(where("x.example", Protocol::Tcp), "10.0.0.3:5070 ");
    EXPECT_EQ(where("x.example", Protocol::Tls), "10.0.0.3:5071 ");
    EXPECT_EQ(notice_, "SRV of _sips._tcp.x.example: 10.0.0.3:5071");
    names_.asked.clear();
    EXPECT_EQ(where("x.example", Protocol::Ws), "10.0.0.4:5060 ");
    EXPECT_EQ(names_.asked, (std::vector<std::string>{"A x.example"}));
}

TEST_F(Locate, NumbersAndNamesOfThisHostAreNotAskedFor) {
    names_.in_file = {"known.example"};
    names_.hosts = {{"known.example", {"10.0.0.1"}}, {"localhost", {"127.0.0.1"}}, {"a.LocalHost", {"127.0.0.1"}}};
    for (const char* host : {"known.example", "localhost", "a.LocalHost", "192.0.2.1", "2001:db8::1"}) where(host);
    for (const std::string& question : names_.asked) EXPECT_EQ(question.substr(0, 2), "A ") << question;
    where("mylocalhost");
    EXPECT_EQ(names_.asked.at(5), "NAPTR mylocalhost");
}

TEST_F(Locate, NaptrNamesTheSrvRecordsOfTheTransportInItsOrder) {
    names_.naptrs["x.example"] = {{20, 1, "s", "SIP+D2U", "last.example"},  {10, 9, "S", "sip+d2u", "second.example"},
                                  {10, 5, "s", "SIP+D2U", "first.example"}, {1, 1, "s", "SIP+D2T", "tcp.example"},
                                  {1, 1, "a", "SIP+D2U", "flag.example"},   {1, 1, "s", "SIP+D2U", ""}};
    for (const char* name : {"last", "second", "first", "tcp", "flag"})
        names_.srvs[std::string(name) + ".example"] = {{1, 0, 5060, name}};
    names_.hosts = {{"last", {"10.0.0.3"}}, {"second", {"10.0.0.2"}}, {"first", {"10.0.0.1"}}};
    EXPECT_EQ(where("x.example"), "10.0.0.1:5060 10.0.0.2:5060 10.0.0.3:5060 ");
}

TEST_F(Locate, WhatIsOfNoUseIsLeftOut) {
    names_.srvs["_sip._udp.x.example"] = {
        {1, 0, 0, "a"}, {2, 0, 5060, "gone"}, {3, 0, 5060, "."}, {4, 0, 5060, "a"}, {5, 0, 5060, "six"}};
    names_.hosts = {{"a", {"10.0.0.1", "2001:db8::1"}}, {"six", {"2001:db8::2", "10.0.0.6"}}};
    EXPECT_EQ(where("x.example"), "10.0.0.1:5060 10.0.0.6:5060 ");
    EXPECT_EQ(notice_, "SRV of _sip._udp.x.example: 10.0.0.1:5060 10.0.0.6:5060; cannot resolve 'gone'");
}

TEST_F(Locate, AServiceThatIsNotThereIsAnError) {
    names_.srvs["_sip._udp.x.example"] = {{0, 0, 0, "."}};
    names_.hosts["x.example"] = {"10.0.0.1"};
    EXPECT_NE(where("x.example").find("error: x.example offers no SIP over UDP"), std::string::npos);
}

TEST_F(Locate, ADnsThatFailsIsToldAndTheAddressStillCounts) {
    names_.broken = {"NAPTR x.example", "SRV _sip._udp.x.example"};
    names_.hosts["x.example"] = {"10.0.0.1"};
    EXPECT_EQ(where("x.example"), "10.0.0.1:5060 ");
    EXPECT_EQ(notice_, "no answer; no answer");
    EXPECT_EQ(where("y.example"), "error: cannot resolve 'y.example'");
    names_.hosts.clear();
    EXPECT_EQ(where("x.example"), "error: cannot resolve 'x.example'; no answer; no answer");
}

TEST_F(Locate, ThousandsOfRecordsAreNotAllUsed) {
    for (uint16_t i = 0; i < 5000; ++i)
        names_.srvs["_sip._udp.x.example"].push_back({i, 0, static_cast<uint16_t>(i + 1), "a"});
    names_.hosts["a"] = {"10.0.0.1"};
    const std::string all = where("x.example");
    EXPECT_EQ(std::count(all.begin(), all.end(), ' '), 64);
}

TEST(SrvOrder, PriorityFirstThenWeight) {
    Rng rng(11);
    std::map<std::string, int> first;
    constexpr int kRounds = 6000;
    for (int i = 0; i < kRounds; ++i) {
        const auto all = ordered({{2, 9, 1, "later"}, {1, 0, 1, "zero"}, {1, 10, 1, "ten"}, {1, 20, 1, "twenty"}}, rng);
        ASSERT_EQ(all.size(), 4u);
        ASSERT_EQ(all.back().target, "later");
        ++first[all.front().target];
    }
    // RFC 2782: a number of 0…30 is drawn, 0 is the record of weight 0.
    EXPECT_NEAR(first["zero"], kRounds / 31, 60);
    EXPECT_NEAR(first["ten"], kRounds * 10 / 31, 150);
    EXPECT_NEAR(first["twenty"], kRounds * 20 / 31, 150);
}

TEST(SrvOrder, TheSameSeedGivesTheSameOrder) {
    std::vector<SrvRecord> records;
    for (uint16_t i = 0; i < 20; ++i) records.push_back({1, i, i, std::to_string(i)});
    const auto order = [&](uint64_t seed) {
        Rng rng(seed);
        std::string all;
        for (const SrvRecord& each : ordered(records, rng)) all += each.target + " ";
        return all;
    };
    EXPECT_EQ(order(1), order(1));
    EXPECT_NE(order(1), order(2));
    Rng rng(1);
    EXPECT_TRUE(ordered({}, rng).empty());
}

TEST(Targets, TheNextIsInUseWhenTheOneInUseFails) {
    const Address a = *resolve("10.0.0.1", 5060), b = *resolve("10.0.0.2", 5060);
    const std::vector<Address> both = {a, b};
    std::atomic<size_t> at{0};
    Targets targets(both, a, at), of_another_worker(both, a, at);
    EXPECT_EQ(targets.current(), a);
    EXPECT_EQ(targets.failed(b), Targets::Step::None);
    EXPECT_EQ(targets.failed(a), Targets::Step::Next);
    EXPECT_EQ(targets.current(), b);
    EXPECT_EQ(of_another_worker.failed(a), Targets::Step::None);  // late news
    EXPECT_EQ(of_another_worker.current(), b);
    EXPECT_EQ(targets.failed(b), Targets::Step::FromFirst);
    EXPECT_EQ(targets.current(), a);
    Targets only({}, a, at);
    EXPECT_EQ(only.failed(a), Targets::Step::None);
    EXPECT_EQ(only.current(), a);
}

}  // namespace
}  // namespace gsp::rt
