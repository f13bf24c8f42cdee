// SPDX-License-Identifier: Apache-2.0
// Texts, variables and actions, run inside calls.
#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

#include "runtime/call/engine.h"
#include "runtime/load.h"
#include "test/sim/world.h"

namespace gsp::test {

using rt::Counter;
using rt::kMillisecond;

namespace {

const char* const kInvite =
    "INVITE sip:s@10.0.0.2 SIP/2.0\r\nv: SIP/2.0/UDP first;branch=1,\r\n  SIP/2.0/UDP folded;branch=2\r\nVia: "
    "SIP/2.0/UDP third\r\n"
    "From: <sip:a@10.0.0.1>;tag=1\r\nTo: <sip:s@10.0.0.2>\r\nX-Own:  a value \r\nCall-ID: id\r\nCSeq: 41 "
    "INVITE\r\n\r\no=body line\r\n";

// Renders `text` in a server call that took kInvite; `prepare` runs in a nop before.
std::string rendered(const std::string& text, Action prepare = nullptr) {
    HandProgram uas(false, {recv_request("INVITE"), nop(std::move(prepare)), send("SIP/2.0 200 OK\n" + text)});
    static const gsp_text own{"x-own:", 6};
    uas.kept_names = &own;
    uas.n_kept_names = 1;
    uas.flags |= GSP_PROGRAM_KEEP_MESSAGE;
    uas.set_vars(3, 0, 0);
    World world;
    world.server_config.call.keys = {{"mine", "key value"}};
    world.start(nullptr, &uas);
    world.inject(false, kInvite);
    world.run_for(kMillisecond);
    return world.sent.back().bytes.substr(std::string("SIP/2.0 200 OK\r\n").size());
}

// Runs `ereg` on kInvite in a server call and returns its status; `check` sees the call afterwards.
uint32_t run_ereg(const std::string& pattern, gsp_ereg ereg, const Action& check = nullptr, bool posix = false,
                  Action prepare = nullptr) {
    uint32_t status = 99;
    HandProgram uas(false,
                    {recv_request("INVITE").does([&](gsp_worker* w, gsp_call* c, const gsp_event* ev) -> uint32_t {
                        if (prepare) prepare(w, c, ev);
                        status = gsp_act_ereg(w, c, ev, &ereg);
                        if (check) check(w, c, ev);
                        return GSP_OK;
                    })});
    uas.set_vars(3, 0, 0);
    uas.add_regex(pattern, 3, posix);
    World world;
    world.start(nullptr, &uas);
    world.inject(false, kInvite);
    world.run_for(kMillisecond);
    return status;
}

std::string text_of(gsp_worker* w, gsp_call* c, uint32_t slot) {
    gsp_value* v = &rt::engine(w).variable(rt::frame(c), slot);
    return v->tag >= GSP_STR ? std::string(v->str, v->len) : "(not a text)";
}

}  // namespace

TEST(Text, LastHeaders) {
    EXPECT_EQ(rendered("[last_Via:]"),
              "Via: SIP/2.0/UDP first;branch=1,\n  SIP/2.0/UDP folded;branch=2, SIP/2.0/UDP third");
    EXPECT_EQ(rendered("[last_v]"), "v: SIP/2.0/UDP first;branch=1,\n  SIP/2.0/UDP folded;branch=2, SIP/2.0/UDP third");
    EXPECT_EQ(rendered("[last_X-OWN:]"), "X-OWN: a value");
    EXPECT_EQ(rendered("[last_Request_URI] [last_cseq_number]"), "sip:s@10.0.0.2 41");
    EXPECT_EQ(rendered("[last_message]"), kInvite);
}

TEST(Text, NothingLeavesNoEmptyLine) {
    EXPECT_EQ(rendered("[last_Route:]\n  A: b\n[$0]\n\nbody"), "A: b\r\nbody");
    EXPECT_EQ(rendered("[last_Route:]tail\nA: b"), "tail\r\nA: b");
}

TEST(Text, RunKeywords) {
    EXPECT_EQ(rendered("[transport] [local_ip]:[local_port] [media_ip] [pid] [service] [remote_host] [users] [mine]"),
              "UDP 10.0.0.2:5061 10.0.0.2 101 service 10.0.0.1 -1 key value");
}

// The room for the length holds what an earlier message left there; a line end is no sign that the line is empty.
TEST(Text, ALengthIsPrintedWhereverEarlierMessagesHadLineEnds) {
    for (size_t shift = 0; shift < 4; ++shift) {
        HandProgram uas(false, {recv_request("INVITE"), send("SIP/2.0 180 OK\n\n" + std::string(200, '\n')),
                                recv_request("ACK"),
                                send("SIP/2.0 200 OK\nX: " + std::string(40 + shift, 'x') + "\nl: [len]\n\nbody")});
        World world;
        world.start(nullptr, &uas);
        for (const char* method : {"INVITE", "ACK"}) {
            world.inject(false, std::string(method) + " sip:s SIP/2.0\r\nTo: t\r\nCall-ID: i\r\nCSeq: 1 INVITE\r\n\r\n");
            world.run_for(kMillisecond);
        }
        EXPECT_TRUE(world.sent.back().bytes.ends_with("\r\nl:     4\r\n\r\nbody")) << world.sent.back().bytes;
    }
}

TEST(Text, CallKeywords) {
    EXPECT_EQ(
        rendered("[call_id] [call_number] [userid] [branch] [msg_index] [cseq]|[peer_tag_param]|[auto_media_port]"),
        "id 1 0 z9hG4bK-101-1-2 2 41||6000");
    EXPECT_EQ(rendered("[dynamic_id] [dynamic_id]"), "10000 10004");
    EXPECT_EQ(rendered("[date]"), "Tue, 14 Nov 2023 22:13:20 GMT");
    EXPECT_EQ(rendered("[clock_tick]"), "0");
    std::string stamp = rendered("[timestamp]");  // local time
    EXPECT_EQ(stamp.size(), 10 + 1 + 15 + 1 + 17u);
    EXPECT_EQ(stamp.substr(26), "\t1700000000.000100");
}

TEST(Text, LengthIsPatched) {
    EXPECT_EQ(rendered("L: [len]\n\n12345678\n"), "L:    10\r\n\r\n12345678\r\n");
    EXPECT_EQ(rendered("L: [len]\n\n"), "L:     0\r\n\r\n");
    EXPECT_EQ(rendered("L: [len] [len]\nl: [len]\n\n1234"), "L:     4     4\r\nl:     4\r\n\r\n1234");
}

TEST(Text, Variables) {
    auto set = [](gsp_worker* w, gsp_call* c, const gsp_event*) -> uint32_t {
        gsp_var_set_num(w, c, 0, 1.5);
        gsp_var_set_bool(w, c, 1, 1);
        gsp_var_set_num(w, c, 2, 0);
        return GSP_OK;
    };
    EXPECT_EQ(rendered("[$0] [$1] [$2]|", set), "1.500000 true |");
}

TEST(Text, TimestampIsRfc3339IfToldSo) {
    setenv("TZ", "UTC", 1);
    tzset();
    HandProgram uac(true, {send("OPTIONS x SIP/2.0\n[timestamp]\n\n")});
    World world;
    world.client_config.trace.rfc3339 = true;
    world.client_config.rate.max_calls = 1;
    world.start(&uac, nullptr);
    world.run_for(kMillisecond);
    ASSERT_FALSE(world.sent.empty());
    EXPECT_NE(world.sent[0].bytes.find("\n2023-11-14T22:13:20."), std::string::npos) << world.sent[0].bytes;
}

TEST(Text, UnknownKeywordIsRefused) {
    HandProgram uac(true, {send("OPTIONS [nosuch] SIP/2.0\n\n")});
    World world;
    auto trace = rt::Trace::open(world.client_config, 0);
    rt::RunText text{world.client_config, {}, {}, {}, {}, 6000};
    auto transport = world.network.open(rt::Address{4, 0, 7000, {10, 0, 0, 9}});
    const rt::Scenarios scenarios{uac};
    rt::RunState state(world.client_config, scenarios);
    auto worker = rt::Worker::create(scenarios, world.client_config, text, state, {}, world.clock, **transport,
                                     **trace);
    ASSERT_FALSE(worker.ok());
    EXPECT_EQ(worker.error().text, "unknown keyword `[nosuch]`: neither built in nor given with -key");
}

TEST(Text, GlobalsAreSetFromTheCommandLine) {
    HandProgram uac(true, {send("OPTIONS x SIP/2.0\n[$" + std::to_string(uint32_t{GSP_SCOPE_GLOBAL} | 0) + "]\n\n")});
    uac.set_vars(0, 0, 1);
    uac.add_global("name", 0);
    World world;
    world.client_config.call.sets = {{"name", "value"}};
    world.client_config.rate.max_calls = 1;
    world.start(&uac, nullptr);
    world.run_to_end();
    EXPECT_EQ(world.sent.at(0).bytes, "OPTIONS x SIP/2.0\r\nvalue\r\n\r\n");
}

TEST(Ereg, AssignsGroupsThatTookPart) {
    const uint32_t slots[] = {0, 1, 2};
    gsp_ereg ereg{0, GSP_IN_MSG, GSP_EREG_CHECK, 1, {}, 0, 3, slots};
    EXPECT_EQ(run_ereg("CSeq: ([0-9]+) (X)?", ereg,
                       [](gsp_worker* w, gsp_call* c, const gsp_event*) -> uint32_t {
                           EXPECT_EQ(text_of(w, c, 0), "CSeq: 41 ");
                           EXPECT_EQ(text_of(w, c, 1), "41");
                           EXPECT_EQ(text_of(w, c, 2), "(not a text)");
                           return GSP_OK;
                       }),
              GSP_OK);
}

TEST(Ereg, SearchesPartsOfTheMessage) {
    const uint32_t slots[] = {0};
    auto whole = [](const std::string& expected) {
        return [expected](gsp_worker* w, gsp_call* c, const gsp_event*) -> uint32_t {
            EXPECT_EQ(text_of(w, c, 0), expected);
            return GSP_OK;
        };
    };
    gsp_ereg header{0, GSP_IN_HDR, GSP_EREG_CHECK, 1, {"CSeq:", 5}, 0, 1, slots};
    EXPECT_EQ(run_ereg(".*", header, whole(" 41 INVITE")), GSP_OK);
    header.header = {"Via:", 4};
    EXPECT_EQ(run_ereg(".*", header, whole(" SIP/2.0/UDP third")), GSP_OK);
    header.header = {"tag=", 4};
    EXPECT_EQ(run_ereg(".*", header, whole("1")), GSP_OK);
    header.flags |= GSP_EREG_START_LINE;
    EXPECT_EQ(run_ereg(".*", header), GSP_HEADER_NOT_FOUND);
    gsp_ereg second{0, GSP_IN_HDR, GSP_EREG_CASE_INDEP, 2, {"BRANCH=", 7}, 0, 1, slots};
    EXPECT_EQ(run_ereg(".*", second, whole("2")), GSP_OK);
    gsp_ereg body{0, GSP_IN_BODY, GSP_EREG_CHECK_INVERSE, 1, {}, 0, 1, slots};
    EXPECT_EQ(run_ereg("o=[a-z]*", body, whole("o=body")), GSP_REGEX_MATCH);
    EXPECT_EQ(run_ereg("o=[0-9]+", body), GSP_OK);
    body.flags = GSP_EREG_CHECK;
    EXPECT_EQ(run_ereg("o=[0-9]+", body), GSP_REGEX_NO_MATCH);
}

TEST(Ereg, MayOverwriteItsOwnSubject) {
    const uint32_t slots[] = {0, 1, 2};
    gsp_ereg ereg{0, GSP_IN_VAR, 0, 1, {}, 0, 3, slots};
    auto fill = [](gsp_worker* w, gsp_call* c, const gsp_event*) -> uint32_t {
        rt::engine(w).set_text(rt::engine(w).variable(rt::frame(c), 0), GSP_STR, "alpha beta gamma");
        return GSP_OK;
    };
    for (bool posix : {false, true}) {
        EXPECT_EQ(run_ereg(
                      "(b[a-z]+) (g[a-z]+)", ereg,
                      [](gsp_worker* w, gsp_call* c, const gsp_event*) -> uint32_t {
                          EXPECT_EQ(text_of(w, c, 0), "beta gamma");
                          EXPECT_EQ(text_of(w, c, 1), "beta");
                          EXPECT_EQ(text_of(w, c, 2), "gamma");
                          return GSP_OK;
                      },
                      posix, fill),
                  GSP_OK);
    }
}

TEST(Ereg, CannotHang) {
    const uint32_t slots[] = {1};
    gsp_ereg ereg{0, GSP_IN_VAR, GSP_EREG_CHECK, 1, {}, 0, 1, slots};
    auto fill = [](gsp_worker* w, gsp_call* c, const gsp_event*) -> uint32_t {
        rt::engine(w).set_text(rt::engine(w).variable(rt::frame(c), 0), GSP_STR, std::string(60, 'a') + "!");
        return GSP_OK;
    };
    EXPECT_EQ(run_ereg("^(a|aa|a*)*$", ereg, nullptr, false, fill), GSP_REGEX_NO_MATCH);
}

TEST(Variables, Actions) {
    HandProgram* program = nullptr;
    uint32_t text = 0;
    auto act = [&](gsp_worker* w, gsp_call* c, const gsp_event* ev) -> uint32_t {
        gsp_act_assignstr(w, c, ev, 0, text);
        EXPECT_EQ(text_of(w, c, 0), " 12.5");
        EXPECT_EQ(gsp_act_strcmp(w, c, 0, text, GSP_NO_VAR), 0);
        gsp_act_todouble(w, c, ev, 1, 0);
        EXPECT_EQ(rt::engine(w).variable(rt::frame(c), 1).num, 12.5);
        EXPECT_EQ(gsp_act_strcmp(w, c, 0, GSP_NONE, 1), 1);  // a number reads as an empty text
        rt::engine(w).set_text(rt::engine(w).variable(rt::frame(c), 0), GSP_STR, "12x");
        gsp_act_todouble(w, c, ev, 1, 0);
        EXPECT_EQ(rt::engine(w).variable(rt::frame(c), 1).num, 12.5);  // unchanged, with a warning
        gsp_act_gettimeofday(w, c, 1, 2);
        EXPECT_EQ(rt::engine(w).variable(rt::frame(c), 1).num, 1'700'000'000);
        EXPECT_EQ(rt::engine(w).variable(rt::frame(c), 2).num, 0);
        gsp_act_warning(w, c, ev, text);
        gsp_act_stop(w, 0);
        return GSP_TEST_MATCH;
    };
    HandProgram uac(true, {nop(act)});
    program = &uac;
    text = program->add_text(" 12.5");
    uac.set_vars(3, 0, 0);
    World world;
    world.start(&uac, nullptr);
    world.run_to_end();
    EXPECT_EQ(world.client_count(Counter::FailedTestShouldntMatch), 1u);
    EXPECT_EQ(world.client_count(Counter::Warnings), 2u);
    EXPECT_EQ(world.last_warning(true), " 12.5");
}

TEST(Load, ChecksVersionsAndImports) {
    HandProgram program(true, {nop(nullptr)});
    EXPECT_TRUE(rt::check_program(program).ok());
    auto functions = rt::abi_functions();
    ASSERT_GT(functions.size(), 20u);
    const gsp_import good{functions[0].name, functions[0].signature};
    program.imports = &good;
    program.n_imports = 1;
    EXPECT_TRUE(rt::check_program(program).ok());
    const gsp_import bad[] = {{functions[0].name, 1}, {"gsp_gone", 1}};
    program.imports = bad;
    program.n_imports = 2;
    auto checked = rt::check_program(program);
    ASSERT_FALSE(checked.ok());
    EXPECT_NE(checked.error().text.find(std::string(functions[0].name) + ": signature differs"), std::string::npos);
    EXPECT_NE(checked.error().text.find("gsp_gone: "), std::string::npos);
    program.frame_hash ^= 1;
    EXPECT_FALSE(rt::check_program(program).ok());
    EXPECT_FALSE(rt::SharedProgram::load("/nonexistent/x.so").ok());
}

}  // namespace gsp::test
