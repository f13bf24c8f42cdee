// SPDX-License-Identifier: Apache-2.0
#include "driver/cli/sipp_options.h"

#include <gtest/gtest.h>

#include <fstream>

namespace gsp::driver {
namespace {

std::string parse(SippOptions& o, std::vector<std::string> arguments) {
    return parse_sipp_options(arguments, o);
}

std::string error_of(std::vector<std::string> arguments) {
    SippOptions o;
    return parse(o, std::move(arguments));
}

TEST(SippOptions, TraceFiles) {
    using F = rt::TraceFile;
    SippOptions o;
    const rt::TraceConfig& t = o.run.trace;
    EXPECT_EQ(parse(o, {"-trace_counts",
                        "-trace_error_codes",
                        "-trace_rtt",
                        "-rtt_freq",
                        "7",
                        "-trace_shortmsg",
                        "-shortmessage_file",
                        "s",
                        "-trace_calldebug",
                        "-calldebug_file",
                        "c",
                        "-periodic_rtd",
                        "-rfc3339",
                        "-trace_schema",
                        "gossipper",
                        "-trace_buffer",
                        "100000",
                        "-ringbuffer_files",
                        "3",
                        "-ringbuffer_size",
                        "5000000000"}),
              "");
    for (const F f : {F::Counts, F::ErrorCodes, F::ResponseTimes, F::ShortMessages, F::CallDebug}) EXPECT_TRUE(t[f].on);
    for (const F f : {F::Statistics, F::Messages, F::Errors, F::Logs, F::Screens}) EXPECT_FALSE(t[f].on);
    EXPECT_EQ(t[F::ShortMessages].name + t[F::CallDebug].name, "sc");
    EXPECT_EQ(t.rtt_block, 7u);
    EXPECT_TRUE(t.periodic_rtd && t.rfc3339 && t.schema == rt::TraceSchema::Gossipper);
    EXPECT_EQ(t.buffer_bytes, 100'000u);
    EXPECT_EQ(t.kept_files, 3u);
    EXPECT_EQ(t.rotate_bytes, 5'000'000'000u);
    EXPECT_EQ(error_of({"-trace_schema", "csv"}), "option -trace_schema: 'csv' is neither sipp nor gossipper");
    EXPECT_EQ(
        error_of({"-max_log_size", "9", "-ringbuffer_size", "9"}),
        "-max_log_size ends a log that -ringbuffer_size and -ringbuffer_files would begin anew: one or the other");
}

TEST(SippOptions, WhatARunTellsBesides) {
    SippOptions o;
    EXPECT_EQ(o.run.report.failures, 3u);
    EXPECT_EQ(
        parse(o, {"-explain_failures", "7", "-stat_period", "500ms", "-call_records_jsonl", "calls.jsonl",
                  "-health_min_success_ratio", "0.95", "-health_max_failed_calls", "0", "-health_max_timeouts", "12"}),
        "");
    EXPECT_EQ(o.run.report.failures, 7u);
    EXPECT_EQ(o.run.report.progress_every_ns, rt::kSecond / 2);
    EXPECT_TRUE(o.run.trace[rt::TraceFile::CallRecords].on);
    EXPECT_EQ(o.run.trace[rt::TraceFile::CallRecords].name, "calls.jsonl");
    EXPECT_EQ(o.run.health.min_success_ratio, 0.95);
    EXPECT_EQ(o.run.health.max_failed_calls, 0);
    EXPECT_EQ(o.run.health.max_timeouts, 12);
    EXPECT_EQ(parse(o, {"--explain-failures", "0", "-pause_ms", "20", "-recv_timeout_ms", "30"}), "");
    EXPECT_EQ(o.run.call.pause_ns, 20 * rt::kMillisecond);
    EXPECT_EQ(o.run.timeout.recv_ns, 30 * rt::kMillisecond);
    EXPECT_EQ(o.run.report.failures, 0u);
    EXPECT_EQ(error_of({"-explain_failures", "65"}), "option -explain_failures: 65 is out of range: 0 to 64");
    EXPECT_EQ(error_of({"-health_min_success_ratio", "95"}), "option -health_min_success_ratio: 95 is out of range");
    EXPECT_EQ(error_of({"-call_records_jsonl", ""}), "option -call_records_jsonl: the file name is empty");
}

TEST(SippOptions, TextsOfTrunks) {
    SippOptions o;
    EXPECT_EQ(parse(o, {"-sip_from", "a <sip:a@b>", "-sip_pai", "<sip:p@b>", "-sip_provider", "me", "-sip_extra_header",
                        "X-One: 1", "-sip_extra_header", "X-Two:"}),
              "");
    EXPECT_EQ(o.run.trunk.from + o.run.trunk.pai + o.run.trunk.provider, "a <sip:a@b><sip:p@b>me");
    EXPECT_EQ(o.run.trunk.extra, (std::vector<std::string>{"X-One: 1", "X-Two:"}));
    for (const char* bad : {"no colon", ": value", "A b: c", ""})
        EXPECT_EQ(error_of({"-sip_extra_header", bad}),
                  "option -sip_extra_header: '" + std::string(bad) + "' is not `Name: value`");
    EXPECT_EQ(error_of({"-sip_from", "a\r\nX: y"}), "option -sip_from: a line end in a header field");
}

TEST(SippOptions, LogsMayBeAppendedTo) {
    using F = rt::TraceFile;
    const std::pair<const char*, F> kOptions[] = {
        {"-message_overwrite", F::Messages},    {"-shortmessage_overwrite", F::ShortMessages},
        {"-error_overwrite", F::Errors},        {"-log_overwrite", F::Logs},
        {"-calldebug_overwrite", F::CallDebug}, {"-screen_overwrite", F::Screens}};
    for (const auto& [option, file] : kOptions) {
        SippOptions o;
        EXPECT_TRUE(o.run.trace[file].overwrite);
        EXPECT_EQ(parse(o, {option, "false", "-max_log_size", "9"}), "");
        EXPECT_FALSE(o.run.trace[file].overwrite) << option;
    }
}

TEST(SippOptions, HostAndOptionsComeInAnyOrder) {
    SippOptions o;
    EXPECT_EQ(parse(o, {"-r", "50", "10.0.0.1:5070", "--m", "7", "-sf", "dir/call.xml", "-nostdin"}), "");
    EXPECT_EQ(o.run.net.remote_host, "10.0.0.1");
    EXPECT_EQ(o.run.net.remote_port, 5070);
    EXPECT_EQ(o.run.rate.rate, 50);
    EXPECT_EQ(o.run.rate.max_calls, 7u);
    EXPECT_EQ(o.scenario_file, "dir/call.xml");
    EXPECT_EQ(o.run.scenario_name, "call");
    EXPECT_FALSE(o.run.read_keys);
}

TEST(SippOptions, HowTheRemoteHostIsLookedUp) {
    SippOptions o;
    EXPECT_EQ(parse(o, {"sip.example.com"}), "");
    EXPECT_FALSE(o.run.net.remote_port);
    EXPECT_TRUE(o.run.net.srv);
    EXPECT_EQ(parse(o, {"-no_srv", "-dns_server", "[::1]:5353", "sip.example.com"}), "");
    EXPECT_FALSE(o.run.net.srv);
    EXPECT_EQ(o.run.net.dns_host, "::1");
    EXPECT_EQ(o.run.net.dns_port, 5353);
    EXPECT_EQ(parse(o, {"-dns_server", "192.0.2.1"}), "");
    EXPECT_EQ(o.run.net.dns_host, "192.0.2.1");
    EXPECT_NE(parse(o, {"-dns_server", "192.0.2.1:x"}), "");
}

TEST(SippOptions, Workers) {
    SippOptions o;
    EXPECT_EQ(o.run.workers, 0u);
    EXPECT_EQ(parse(o, {"-workers", "3", "-pin_workers", "host"}), "");
    EXPECT_EQ(o.run.workers, 3u);
    EXPECT_TRUE(o.run.pins_workers);
    EXPECT_NE(parse(o, {"-workers", "0"}), "");
}

TEST(SippOptions, HowTheKernelIsAsked) {
    SippOptions o;
    EXPECT_EQ(o.run.net.io, rt::Io::Auto);
    for (const auto& [name, io] :
         {std::pair("epoll", rt::Io::Epoll), {"uring", rt::Io::Uring}, {"auto", rt::Io::Auto}}) {
        EXPECT_EQ(parse(o, {"-io", name}), "");
        EXPECT_EQ(o.run.net.io, io);
    }
    EXPECT_NE(parse(o, {"-io", "select"}), "");
}

TEST(SippOptions, WithoutScenarioItIsUac) {
    SippOptions o;
    EXPECT_EQ(parse(o, {"host"}), "");
    EXPECT_EQ(o.builtin, "uac");
    EXPECT_EQ(o.run.scenario_name, "uac");
}

TEST(SippOptions, ValuesMayLookLikeOptionsOrAnything) {
    SippOptions o;
    EXPECT_EQ(parse(o, {"-s", "-m", "-cid_str", "", "-key", "-a", "[1,2]", "-set", "n", "--x=y"}), "");
    EXPECT_EQ(o.run.call.service, "-m");
    EXPECT_EQ(o.run.call.call_id, "");
    ASSERT_EQ(o.run.call.keys.size(), 1u);
    EXPECT_EQ(o.run.call.keys[0], (std::pair<std::string, std::string>("-a", "[1,2]")));
    ASSERT_EQ(o.run.call.sets.size(), 1u);
    EXPECT_EQ(o.run.call.sets[0], (std::pair<std::string, std::string>("n", "--x=y")));
}

TEST(SippOptions, LastOneWinsAndRepeatedPairsAdd) {
    SippOptions o;
    EXPECT_EQ(parse(o, {"-r", "1", "-key", "a", "1", "-r", "2", "-key", "b", "2"}), "");
    EXPECT_EQ(o.run.rate.rate, 2);
    EXPECT_EQ(o.run.call.keys.size(), 2u);
}

TEST(SippOptions, TimesHaveTheUnitOfTheOption) {
    SippOptions o;
    EXPECT_EQ(
        parse(o, {"-d",  "200",  "-timeout",       "3", "-rp",           "2s", "-fd",           "1.5", "-f",      "0",
                  "-T2", "1000", "-deadcall_wait", "0", "-recv_timeout", "10", "-send_timeout", "1m",  "-gather", "2"}),
        "");
    EXPECT_EQ(o.run.call.pause_ns, 200 * rt::kMillisecond);
    EXPECT_EQ(o.run.timeout.run_ns, 3 * rt::kSecond);
    EXPECT_EQ(o.run.rate.period_ns, 2 * rt::kSecond);
    EXPECT_EQ(o.run.trace.stat_period_ns, 1500 * rt::kMillisecond);
    EXPECT_EQ(o.run.trace.screen_period_ns, 0u);
    EXPECT_EQ(o.run.retrans.t2_ns, rt::kSecond);
    EXPECT_EQ(o.run.call.deadcall_wait_ns, 0u);
    EXPECT_EQ(o.run.timeout.recv_ns, 10 * rt::kMillisecond);
    EXPECT_EQ(o.run.timeout.send_ns, 60 * rt::kSecond);
    EXPECT_EQ(o.run.net.gather_ns, 2 * rt::kMillisecond);
}

TEST(SippOptions, InjectionAuthenticationAndCircuits) {
    SippOptions o;
    EXPECT_EQ(parse(o, {"-inf", "d/a.csv", "-rxinf", "b.csv", "-infindex", "a.csv", "2", "-au", "joe", "-ap", "pw",
                        "-auth_uri", "x@y", "-tdmmap", "{1-2}{3}{4-6}{7-7}", "-max_rtp_port", "9000"}),
              "");
    ASSERT_EQ(o.run.injection.files.size(), 2u);
    EXPECT_EQ(o.run.injection.files[0].path, "d/a.csv");
    EXPECT_TRUE(o.run.injection.files[0].may_be_default);
    EXPECT_FALSE(o.run.injection.files[1].may_be_default);
    EXPECT_EQ(o.run.injection.indexes[0].second, 2u);
    EXPECT_EQ(o.run.auth.user + o.run.auth.password + o.run.auth.uri, "joepwx@y");
    EXPECT_EQ(o.run.tdm.circuits, 6u);
    EXPECT_EQ(o.run.tdm.last_y, 6u);
    EXPECT_EQ(o.run.net.last_media_port, 9000);
    EXPECT_EQ(error_of({"-infindex", "a.csv", "0"}),
              "option -infindex: 'a.csv' is no injection file given before (-inf)");
    EXPECT_EQ(error_of({"-tdmmap", "{1-2}{3}"}), "option -tdmmap: '{1-2}{3}' is not {a-b}{h}{c-d}{e-f}");
    EXPECT_EQ(error_of({"-tdmmap", "{2-1}{3}{4-6}{7-7}"}), "option -tdmmap: '{2-1}{3}{4-6}{7-7}': a range goes down");
}

TEST(SippOptions, RtpWithoutSip) {
    SippOptions o;
    EXPECT_EQ(
        parse(o, {"-rtp_send", "-rtp_addr", "[::1]:4000", "-rtp_codec", "opus/48000/2", "-rtp_pt", "111", "-rtp_freq",
                  "40", "-rtp_dur", "1000", "-rtp_ch", "2", "-rtp_streams", "5000", "-media_threads", "4"}),
        "");
    EXPECT_TRUE(o.rtp_send.on);
    EXPECT_EQ(o.rtp_send.host, "::1");
    EXPECT_EQ(o.rtp_send.port, 4000);
    EXPECT_EQ(o.rtp_send.codec, "opus/48000/2");
    EXPECT_EQ(o.rtp_send.type, 111);
    EXPECT_EQ(o.rtp_send.packet_ms, 40u);
    EXPECT_EQ(o.rtp_send.duration_ms, 1000u);
    EXPECT_EQ(o.rtp_send.channels, 2u);
    EXPECT_EQ(o.rtp_send.streams, 5000u);
    EXPECT_EQ(o.run.media.threads, 4u);
    EXPECT_EQ(error_of({"-rtp_send"}), "-rtp_send needs -rtp_addr HOST:PORT");
    EXPECT_EQ(error_of({"-rtp_addr", "host"}), "option -rtp_addr: 'host' has no port");
}

TEST(SippOptions, Media) {
    SippOptions o;
    EXPECT_EQ(parse(o, {"-rtp_echo", "-mb", "4000", "-rtp_payload", "0", "-rtp_buffsize", "90000", "-rtp_threadtasks",
                        "5", "-random_base_ssrc", "-rtpcheck_debug", "-srtpcheck_debug", "-rtcp", "-audiotolerance",
                        "0.25", "-videotolerance", "0.5", "-media_late_limit", "2.5", "-record_wav", "w", "-failed_pcap", "p",
                        "-failed_pcap_bytes", "65536", "-dtls_cert", "c.pem", "-dtls_key", "k.pem", "-dtls_profiles",
                        "SRTP_AES128_CM_SHA1_80", "-media_reject_srtp"}),
              "");
    EXPECT_EQ(o.run.media.dtls.certificate + o.run.media.dtls.key, "c.pemk.pem");
    EXPECT_EQ(o.run.media.dtls.profiles, "SRTP_AES128_CM_SHA1_80");
    EXPECT_TRUE(o.run.media.rejects_srtp);
    EXPECT_EQ(parse(o, {"-media_srtp"}), "");
    EXPECT_FALSE(o.run.media.rejects_srtp);
    EXPECT_TRUE(o.run.media.echo);
    EXPECT_EQ(o.run.media.echo_bytes, 4000u);
    EXPECT_EQ(o.run.media.payload_type, 0);
    EXPECT_EQ(o.run.media.buffer_bytes, 90000u);
    EXPECT_TRUE(o.run.media.random_ssrc);
    EXPECT_TRUE(o.run.media.check_debug);
    EXPECT_TRUE(o.run.media.srtp_debug);
    EXPECT_TRUE(o.run.media.rtcp);
    EXPECT_EQ(o.run.media.record_dir, "w");
    EXPECT_EQ(o.run.media.failed_pcap_dir, "p");
    EXPECT_EQ(o.run.media.failed_pcap_bytes, 65536u);
    EXPECT_EQ(o.run.media.audio_tolerance, 0.25);
    EXPECT_EQ(o.run.media.video_tolerance, 0.5);
    EXPECT_EQ(o.run.media.late_limit, 2.5);
    EXPECT_NE(error_of({"-media_late_limit", "101"}), "");
    EXPECT_NE(error_of({"-rtp_threadtasks", "many"}), "");
    EXPECT_NE(error_of({"-rtp_payload", "128"}), "");
}

TEST(SippOptions, Ice) {
    SippOptions o;
    EXPECT_EQ(parse(o, {"-stun_server", "stun.example.org", "-turn_server", "[2001:db8::1]:3479", "-turn_user", "u",
                        "-turn_pass", "p", "-turn_realm", "r", "-turn_transport", "tls", "-ice_relay_only"}),
              "");
    const gsp::rt::IceConfig& ice = o.run.media.ice;
    EXPECT_EQ(ice.stun.host, "stun.example.org");
    EXPECT_FALSE(ice.stun.port);
    EXPECT_EQ(ice.turn.host, "2001:db8::1");
    EXPECT_EQ(ice.turn.port, 3479);
    EXPECT_EQ(ice.user + ice.password, "up");
    EXPECT_EQ(ice.transport, gsp::rt::IceConfig::Turn::Tls);
    EXPECT_TRUE(ice.relay_only);
    ASSERT_EQ(o.notices.size(), 1u);
    EXPECT_EQ(o.notices[0].find("-turn_realm r: user and password are for the realm that the TURN server names"), 0u);
    EXPECT_EQ(error_of({"-turn_transport", "sctp"}), "option -turn_transport: 'sctp' is none of udp, tcp, tls");
    EXPECT_NE(error_of({"-turn_server", "host:port"}), "");
}

TEST(SippOptions, Compat) {
    SippOptions o;
    EXPECT_EQ(parse(o, {"-compat", "latest"}), "");
    EXPECT_EQ(o.front.compat, Compat::Latest);
    EXPECT_FALSE(o.front.diag.raised.empty());
    EXPECT_EQ(error_of({"-compat", "2.0"}), "option -compat: '2.0' is not one of sipp-3.6, sipp-3.7, latest");
}

TEST(SippOptions, Twins) {
    const std::string config = testing::TempDir() + "slaves.cfg";
    std::ofstream(config) << "m;127.0.0.1:7000\r\n# comment\ns1;127.0.0.1:7001\n";
    for (const auto& [own, peers] : {std::pair("-slave", "-slave_cfg"), std::pair("-cmd_name", "-cmd_peers")}) {
        SippOptions o;
        EXPECT_EQ(parse(o, {own, "s1", peers, config}), "");
        EXPECT_EQ(o.run.twin.slave, "s1");
        ASSERT_EQ(o.run.twin.peers.size(), 2u);
        EXPECT_EQ(o.run.twin.peers[1].second.host, "127.0.0.1");
        EXPECT_EQ(o.run.twin.peers[1].second.port, 7001);
    }
    SippOptions classic;
    EXPECT_EQ(parse(classic, {"-3pcc", "127.0.0.1:7000"}), "");
    EXPECT_EQ(classic.run.twin.address.port, 7000);
    EXPECT_EQ(error_of({"-master", "m"}), "-master and -slave need -slave_cfg");
    EXPECT_EQ(error_of({"-master", "x", "-slave_cfg", config}), "'x' is no name in the file of -slave_cfg");
    EXPECT_EQ(error_of({"-3pcc", "a:1", "-slave_cfg", config}), "-3pcc excludes -master, -slave and -slave_cfg");
    std::ofstream(config) << "m\n";
    EXPECT_NE(error_of({"-master", "m", "-slave_cfg", config}).find(":1: expected `name;host:port`"),
              std::string::npos);
}

// Every option of the table with a value that differs from its default, and the field that it fills.
TEST(SippOptions, EveryOptionFillsItsField) {
    SippOptions o;
    EXPECT_EQ(parse(o, {"-i",
                        "127.0.0.2:99",
                        "-p",
                        "5999",
                        "-bind_local",
                        "-buff_size",
                        "1000",
                        "-mi",
                        "127.0.0.3",
                        "-min_rtp_port",
                        "7000",
                        "-ci",
                        "127.0.0.1",
                        "-cp",
                        "8000",
                        "-gso",
                        "false",
                        "-gro",
                        "0",
                        "-rate_scale",
                        "2",
                        "-l",
                        "9",
                        "-users",
                        "3",
                        "-max_recv_loops",
                        "5",
                        "-max_sched_loops",
                        "6",
                        "-aa",
                        "-base_cseq",
                        "4",
                        "-lost",
                        "1.5",
                        "-dynamicStart",
                        "1",
                        "-dynamicMax",
                        "2",
                        "-dynamicStep",
                        "3",
                        "-seed",
                        "42",
                        "-timeout_error",
                        "-max_retrans",
                        "1",
                        "-max_invite_retrans",
                        "2",
                        "-max_non_invite_retrans",
                        "3",
                        "-nr",
                        "-trace_stat",
                        "-stf",
                        "a",
                        "-stat_delimiter",
                        ",",
                        "-summary_json",
                        "b",
                        "-trace_msg",
                        "-message_file",
                        "c",
                        "-trace_err",
                        "-error_file",
                        "d",
                        "-trace_logs",
                        "-log_file",
                        "e",
                        "-trace_screen",
                        "-screen_file",
                        "f",
                        "-no_cache",
                        "-O",
                        "3",
                        "-Werror",
                        "-Wno-some",
                        "-t",
                        "u1"}),
              "");
    const rt::RunConfig& r = o.run;
    EXPECT_EQ(r.net.local_ip, "127.0.0.2");
    EXPECT_EQ(r.net.local_port, 5999);
    EXPECT_TRUE(r.net.bind_local);
    EXPECT_EQ(r.net.buffer_bytes, 1000u);
    EXPECT_EQ(r.net.media_ip, "127.0.0.3");
    EXPECT_EQ(r.net.media_port, 7000);
    EXPECT_EQ(r.net.control_ip, "127.0.0.1");
    EXPECT_EQ(r.net.control_port, 8000);
    EXPECT_FALSE(r.net.gso);
    EXPECT_FALSE(r.net.gro);
    EXPECT_EQ(r.rate.scale, 2);
    EXPECT_EQ(r.rate.limit, 9u);
    EXPECT_EQ(r.rate.users, 3u);
    EXPECT_EQ(r.rate.max_recv_loops, 5u);
    EXPECT_EQ(r.rate.max_sched_loops, 6u);
    EXPECT_TRUE(r.call.auto_answer);
    EXPECT_EQ(r.call.base_cseq, 4u);
    EXPECT_EQ(r.call.lost, 1.5);
    EXPECT_EQ(r.call.dynamic_start, 1u);
    EXPECT_EQ(r.call.dynamic_max, 2u);
    EXPECT_EQ(r.call.dynamic_step, 3u);
    EXPECT_EQ(r.seed, 42u);
    EXPECT_TRUE(r.timeout.run_is_error);
    EXPECT_EQ(r.retrans.max, 1u);
    EXPECT_EQ(r.retrans.max_invite, 2u);
    EXPECT_EQ(r.retrans.max_non_invite, 3u);
    EXPECT_FALSE(r.retrans.enabled);
    using F = rt::TraceFile;
    for (const F f : {F::Statistics, F::Messages, F::Errors, F::Logs, F::Screens}) EXPECT_TRUE(r.trace[f].on);
    EXPECT_EQ(r.trace[F::Statistics].name + r.trace.stat_delimiter + r.trace.summary_json + r.trace[F::Messages].name +
                  r.trace[F::Errors].name + r.trace[F::Logs].name + r.trace[F::Screens].name,
              "a,bcdef");
    EXPECT_FALSE(o.use_cache);
    EXPECT_EQ(o.opt_level, 3);
    EXPECT_TRUE(o.front.diag.warnings_are_errors);
    EXPECT_EQ(o.front.diag.suppressed, std::vector<std::string>{"some"});
}

TEST(SippOptions, AliasAndJoinedValue) {
    SippOptions o;
    EXPECT_EQ(parse(o, {"-mp", "7002", "-O2", "-sn", "uas"}), "");
    EXPECT_EQ(o.run.net.media_port, 7002);
    EXPECT_EQ(o.opt_level, 2);
    EXPECT_EQ(o.builtin, "uas");
}

TEST(SippOptions, BehaviourOfCallsAndRate) {
    SippOptions o;
    EXPECT_EQ(parse(o, {"-rtcheck", "loose", "-pause_msg_ign", "--callid_slash_ign", "-cid_type", "UUID-compact",
                        "-sendbuffer_warn", "false", "-rate_increase", "5", "-rate_max", "20", "-rate_interval", "2",
                        "-no_rate_quit", "-bg", "-sleep", "1.5"}),
              "");
    EXPECT_TRUE(o.run.retrans.loose_repeats && o.run.call.pauses_ignore_messages && o.run.call.whole_call_ids);
    EXPECT_EQ(o.run.call.call_id_kind, rt::CallIdKind::UuidCompact);
    EXPECT_TRUE(o.run.call.unsent_default_is_fatal);
    EXPECT_EQ(o.run.rate.increase, 5u);
    EXPECT_EQ(o.run.rate.highest, 20u);
    EXPECT_EQ(o.run.rate.increase_every_ns, 2 * rt::kSecond);
    EXPECT_FALSE(o.run.rate.quit_at_highest);
    EXPECT_TRUE(o.background);
    EXPECT_EQ(o.sleep_ns, 1500 * rt::kMillisecond);
    EXPECT_EQ(parse(o, {"-rtcheck", "full", "-sendbuffer_warn", "1"}), "");
    EXPECT_FALSE(o.run.retrans.loose_repeats || o.run.call.unsent_default_is_fatal);
    EXPECT_EQ(error_of({"-rtcheck", "half"}), "option -rtcheck: 'half' is not one of full, loose");
    EXPECT_NE(error_of({"-cid_type", "guid"}).find("uuid-compact"), std::string::npos);
}

TEST(SippOptions, ScenariosBesideTheMainOne) {
    SippOptions o;
    EXPECT_EQ(parse(o, {"-oocsf", "a.xml", "-rxsn", "uas", "host"}), "");
    EXPECT_EQ(o.builtin, "uac");
    EXPECT_EQ(o.out_of_call->name, "a.xml");
    EXPECT_FALSE(o.out_of_call->builtin);
    EXPECT_EQ(o.rx->name, "uas");
    EXPECT_TRUE(o.rx->builtin);
    EXPECT_EQ(error_of({"-rxsf", "a.xml", "-rxrn", "uas"}), "option -rxrn: one scenario only: there already is a.xml");
    EXPECT_EQ(error_of({"-oocsn", ""}), "option -oocsn: the name is empty");
}

TEST(SippOptions, WatchdogAndAddresses) {
    SippOptions o;
    EXPECT_EQ(
        parse(o, {"-watchdog_interval", "100", "-watchdog_minor_threshold", "200", "-watchdog_major_threshold", "1s",
                  "-watchdog_minor_maxtriggers", "-1", "-watchdog_major_maxtriggers", "3", "-watchdog_reset", "1m",
                  "-rsa", "[::1]:5090", "-bind_to_device", "lo", "-skip_rlimit", "-timer_resol", "10"}),
        "");
    EXPECT_EQ(o.run.watchdog.interval_ns, 100 * rt::kMillisecond);
    EXPECT_EQ(o.run.watchdog.minor_ns, 200 * rt::kMillisecond);
    EXPECT_EQ(o.run.watchdog.major_ns, rt::kSecond);
    EXPECT_EQ(o.run.watchdog.most_minor, -1);
    EXPECT_EQ(o.run.watchdog.most_major, 3);
    EXPECT_EQ(o.run.watchdog.reset_ns, 60 * rt::kSecond);
    EXPECT_EQ(o.run.net.send_host, "::1");
    EXPECT_EQ(o.run.net.send_port, 5090);
    EXPECT_EQ(o.run.net.device, "lo");
    EXPECT_NE(error_of({"-timer_resol", "x"}), "");
    EXPECT_NE(error_of({"-watchdog_major_maxtriggers", "-2"}), "");
}

TEST(SippOptions, RefusedOnesSayWhatToDo) {
    EXPECT_EQ(error_of({"-timeout_global", "3"}), "option -timeout_global: this is -timeout");
    EXPECT_NE(error_of({"-trace_timeout"}).find("-trace_err"), std::string::npos);
    EXPECT_NE(error_of({"-plugin", "x.so"}).find("docs/adding_features.md"), std::string::npos);
    EXPECT_NE(error_of({"-pmtu", "1"}).find("SCTP"), std::string::npos);
}

TEST(SippOptions, DefaultBehaviours) {
    SippOptions o;
    EXPECT_EQ(parse(o, {"-default_behaviors", "all,-bye"}), "");
    EXPECT_FALSE(o.run.behaviour.bye);
    EXPECT_TRUE(o.run.behaviour.abort_unexpected && o.run.behaviour.ping_reply && o.run.behaviour.check_ack_cseq);
    EXPECT_EQ(parse(o, {"-default_behaviors", "cseq,+pingreply"}), "");
    EXPECT_FALSE(o.run.behaviour.bye || o.run.behaviour.abort_unexpected);
    EXPECT_TRUE(o.run.behaviour.ping_reply && o.run.behaviour.check_ack_cseq);
    EXPECT_EQ(parse(o, {"-nd"}), "");
    EXPECT_FALSE(o.run.behaviour.ping_reply || o.run.behaviour.check_ack_cseq);
    EXPECT_NE(error_of({"-default_behaviors", "all,bey"}).find("'bey'"), std::string::npos);
}

TEST(SippOptions, TransportsAndConnections) {
    struct {
        const char* name;
        rt::Protocol protocol;
        rt::Sockets sockets;
    } const modes[] = {
        {"u1", rt::Protocol::Udp, rt::Sockets::One},      {"un", rt::Protocol::Udp, rt::Sockets::PerCall},
        {"ui", rt::Protocol::Udp, rt::Sockets::PerIp},    {"t1", rt::Protocol::Tcp, rt::Sockets::One},
        {"tn", rt::Protocol::Tcp, rt::Sockets::PerCall},  {"l1", rt::Protocol::Tls, rt::Sockets::One},
        {"ln", rt::Protocol::Tls, rt::Sockets::PerCall},  {"w1", rt::Protocol::Ws, rt::Sockets::One},
        {"wn", rt::Protocol::Ws, rt::Sockets::PerCall},   {"ws1", rt::Protocol::Wss, rt::Sockets::One},
        {"wsn", rt::Protocol::Wss, rt::Sockets::PerCall}, {"cl", rt::Protocol::Tls, rt::Sockets::One},
        {"cln", rt::Protocol::Tls, rt::Sockets::PerCall}, {"sl", rt::Protocol::Tls, rt::Sockets::One},
        {"s1", rt::Protocol::Udp, rt::Sockets::One},      {"sn", rt::Protocol::Udp, rt::Sockets::PerCall}};
    EXPECT_EQ(std::size(modes), std::size(rt::kTransportModes));
    for (const auto& mode : modes) {
        SippOptions o;
        EXPECT_EQ(parse(o, {"-t", mode.name, "host"}), "");
        EXPECT_EQ(o.run.net.mode.name, mode.name);
        EXPECT_EQ(o.run.net.mode.protocol, mode.protocol) << mode.name;
        EXPECT_EQ(o.run.net.mode.sockets, mode.sockets) << mode.name;
        EXPECT_NE(sipp_options_help().find(std::string("\n  ") + mode.name + " "), std::string::npos) << mode.name;
    }
    SippOptions o;
    EXPECT_EQ(parse(o, {"-peer_timeout",
                        "5",
                        "-max_socket",
                        "100",
                        "-ip_field",
                        "2",
                        "-skip_rlimit",
                        "-max_reconnect",
                        "-1",
                        "-reconnect_close",
                        "false",
                        "-reconnect_sleep",
                        "50ms",
                        "-tls_cert",
                        "c.pem",
                        "-tls_key",
                        "k.pem",
                        "-tls_ca",
                        "ca.pem",
                        "-tls_crl",
                        "crl.pem",
                        "-tls_skip_verify",
                        "-tls_version",
                        "1.2",
                        "-tls_ciphers",
                        "HIGH",
                        "-tls_name",
                        "sip.test",
                        "-tls_resume",
                        "false",
                        "-tls_keylog",
                        "keys",
                        "-ws_path",
                        "/sip",
                        "host"}),
              "");
    const rt::NetConfig& net = o.run.net;
    EXPECT_EQ(net.max_sockets, 100u);
    EXPECT_EQ(net.peer_timeout_ns, 5 * rt::kSecond);
    EXPECT_EQ(net.ip_field, 2u);
    EXPECT_TRUE(net.ignores_file_limit);
    EXPECT_EQ(net.reconnect.most, -1);
    EXPECT_FALSE(net.reconnect.ends_calls);
    EXPECT_EQ(net.reconnect.sleep_ns, 50 * rt::kMillisecond);
    EXPECT_EQ(net.tls.certificate, "c.pem");
    EXPECT_EQ(net.tls.key, "k.pem");
    EXPECT_EQ(net.tls.ca, "ca.pem");
    EXPECT_EQ(net.tls.crl, "crl.pem");
    EXPECT_TRUE(net.tls.skip_verify);
    EXPECT_FALSE(net.tls.verifies());
    EXPECT_EQ(net.tls.version, "1.2");
    EXPECT_EQ(net.tls.ciphers, "HIGH");
    EXPECT_EQ(net.tls.name, "sip.test");
    EXPECT_FALSE(net.tls.resumes);
    EXPECT_EQ(net.tls.key_log, "keys");
    EXPECT_EQ(net.ws_path, "/sip");
}

TEST(SippOptions, ScenariosThatShareTheCalls) {
    SippOptions o;
    EXPECT_EQ(parse(o, {"-sf", "dir/a.xml,weight=3", "-sn", "uac", "-sf", "b.xml,weight=2"}), "");
    EXPECT_EQ(o.scenario_file, "dir/a.xml");
    EXPECT_EQ(o.run.scenario_name, "a");
    EXPECT_EQ(o.weight, 3u);
    ASSERT_EQ(o.also.size(), 2u);
    EXPECT_TRUE(o.also[0].source.builtin);
    EXPECT_EQ(o.also[0].weight, 1u);
    EXPECT_EQ(o.also[1].source.name, "b.xml");
    EXPECT_EQ(o.also[1].weight, 2u);
    EXPECT_EQ(error_of({"-sf", "a.xml,weight=0"}), "option -sf: weight: 0 is out of range: 1 to 1000000");
    EXPECT_EQ(error_of({"-sf", "a.xml,weight=x"}), "option -sf: weight: 'x' is not an integer");
    const std::vector<std::string> many(2 * 33, "-sf");
    EXPECT_EQ(error_of(many), "option -sf: at most 32 scenarios place calls in one run");
}

TEST(SippOptions, Plans) {
    const std::string path = ::testing::TempDir() + "/profile.csv";
    const auto error_in = [&](const std::string& text) {
        std::ofstream(path) << text;
        const std::string error = error_of({"-rate_profile", path});
        const std::string before = "option -rate_profile: " + path;
        return error.starts_with(before) ? error.substr(before.size()) : error;
    };
    SippOptions o;
    std::ofstream(path) << "# seconds,rate\r\n\r\n0, 10\r\n 1.5,20\r\n1.5,0\r\n";
    EXPECT_EQ(parse(o, {"-rate_profile", path, "-arrival", "poisson"}), "");
    EXPECT_EQ(o.run.rate.arrival, rt::Arrival::Poisson);
    ASSERT_EQ(o.run.rate.profile.size(), 3u);
    EXPECT_EQ(o.run.rate.profile[1].ns, 1'500'000'000u);
    EXPECT_EQ(o.run.rate.profile[1].rate, 20);
    EXPECT_EQ(error_in("0,1\n1\n"), ":2: expected `seconds,rate`");
    EXPECT_EQ(error_in("0,1\n1,2,3\n"), ":2: expected `seconds,rate`");
    EXPECT_EQ(error_in("\n1,1\n"), ":2: the first line is for second 0");
    EXPECT_EQ(error_in("0,1\n5,1\n4,1\n"), ":3: this is earlier than the line before");
    EXPECT_EQ(error_in("0,fast\n"), ":1: rate: 'fast' is not a number");
    EXPECT_EQ(error_in("0,1\n"), " has no line behind second 0");
    EXPECT_EQ(error_of({"-rate_profile", "/absent"}),
              "option -rate_profile: cannot read '/absent': No such file or directory");
    EXPECT_EQ(error_of({"-arrival", "normal"}), "option -arrival: 'normal' is not one of uniform, poisson");
    std::ofstream(path) << "0,1\n1,1\n";
    EXPECT_EQ(error_of({"-rate_profile", path, "-rate_increase", "1"}),
              "-rate_profile, -rate_increase and -find_knee exclude each other");
    EXPECT_EQ(error_of({"-rate_profile", path, "-rate_profile", path}), "option -rate_profile: one profile only");
    EXPECT_EQ(error_of({"-users", "3", "-arrival", "poisson"}),
              "with -users calls start as others end: -rate_profile, -arrival and -find_knee make no sense");
    EXPECT_EQ(error_of({"-find_knee", "-r", "0"}),
              "-find_knee needs a rate to begin with (-r) and a time for its stages (-knee_stage)");
    SippOptions knee;
    EXPECT_EQ(
        parse(knee, {"-find_knee", "-knee_stage", "2", "-knee_failed", "0.5", "-knee_retrans", "3", "-knee_p99", "40"}),
        "");
    EXPECT_TRUE(knee.run.knee.on);
    EXPECT_EQ(knee.run.knee.stage_ns, 2 * rt::kSecond);
    EXPECT_EQ(knee.run.knee.failed_percent, 0.5);
    EXPECT_EQ(knee.run.knee.retrans_percent, 3);
    EXPECT_EQ(knee.run.knee.p99_ns, 40 * rt::kMillisecond);
    SippOptions gated;
    EXPECT_EQ(parse(gated, {"-health_generator", "-health_max_rtcp_fraction_lost", "0.1", "-health_max_rtcp_jitter_ts",
                            "80", "-health_min_rtp_packets_recv", "5", "-health_min_rtp_packets_recv_per_call", "2"}),
              "");
    EXPECT_TRUE(gated.run.health.generator);
    EXPECT_EQ(gated.run.health.max_rtcp_fraction_lost, 0.1);
    EXPECT_EQ(gated.run.health.max_rtcp_jitter_ts, 80u);
    EXPECT_EQ(gated.run.health.min_rtp_packets, 5u);
    EXPECT_EQ(gated.run.health.min_rtp_packets_of_call, 2u);
}

TEST(SippOptions, ErrorsNameOptionAndValue) {
    EXPECT_EQ(error_of({"-trace_mgs"}), "unknown option -trace_mgs: did you mean -trace_msg?");
    EXPECT_EQ(error_of({"-r"}), "option -r needs a value: RATE");
    EXPECT_EQ(error_of({"-key", "a"}), "option -key needs two values: NAME VALUE");
    EXPECT_EQ(error_of({"-m", "many"}), "option -m: 'many' is not an integer");
    EXPECT_EQ(error_of({"-p", "70000"}), "option -p: 70000 is out of range: 0 to 65535");
    EXPECT_EQ(error_of({"a", "b"}), "one remote host only: 'a' and 'b' were given");
    EXPECT_EQ(error_of({"-sn", ",weight=2"}), "option -sn: the name is empty");
    EXPECT_EQ(error_of({"-users", "2", "-l", "1"}), "option -l: with -users there is no other limit");
    EXPECT_EQ(error_of({"-rp", "0"}), "option -rp: a period is at least 1 ms");
    EXPECT_EQ(error_of({"-t", "x1"}).substr(0, 41), "option -t: 'x1' is none of u1, un, ui, t1");
    EXPECT_EQ(error_of({"-tls_version", "1.4"}), "option -tls_version: '1.4' is none of 1.0, 1.1, 1.2, 1.3");
    EXPECT_NE(error_of({"host:x"}).find("'x'"), std::string::npos);
}

TEST(SippOptions, InformationComesBeforeErrors) {
    for (const char* option : {"-h", "-help", "--help", "-v"}) {
        SippOptions o;
        EXPECT_EQ(parse(o, {"-nonsense", option, "-m"}), "") << option;
        EXPECT_NE(o.show, SippOptions::Show::Nothing) << option;
    }
    SippOptions o;
    EXPECT_EQ(parse(o, {"-sd", "uas"}), "");
    EXPECT_EQ(o.show, SippOptions::Show::Builtin);
    EXPECT_EQ(o.shown_builtin, "uas");
}

TEST(SippOptions, HelpNamesEveryOption) {
    const std::string help = sipp_options_help();
    for (const char* name : {"-sf FILE", "-r RATE", "-trace_stat", "-summary_json FILE", "-key NAME VALUE"}) {
        EXPECT_NE(help.find(name), std::string::npos) << name;
    }
    EXPECT_EQ(help.find("-multihome"), std::string::npos);
}

}  // namespace
}  // namespace gsp::driver
