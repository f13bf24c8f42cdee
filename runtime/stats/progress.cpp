// SPDX-License-Identifier: Apache-2.0
#include "runtime/stats/progress.h"

#include <utility>

#include "runtime/base/clock.h"
#include "runtime/stats/time_text.h"

namespace gsp::rt {

std::string progress_line(const Statistics& s) {
    std::string line;
    const auto add = [&](const char* name, const std::string& value) {
        line += (line.empty() ? "" : " ") + std::string(name) + "=" + value;
    };
    const auto ms = [](double ns) { return fixed_text(ns / static_cast<double>(kMillisecond), 3) + "ms"; };
    const uint64_t calls = total_calls(s.counters), ns = s.now_ns - s.start_ns;
    add("calls", std::to_string(calls));
    add("success", std::to_string(s.counters[Counter::SuccessfulCall]));
    add("failed", std::to_string(s.counters[Counter::FailedCall]));
    add("active", std::to_string(s.current_calls));
    add("cps",
        fixed_text(ns ? static_cast<double>(calls) * static_cast<double>(kSecond) / static_cast<double>(ns) : 0, 2));
    add("avg_call", ms(s.call_length.all.mean_ns()));
    add("avg_invite", ms(s.rtds.empty() ? 0 : s.rtds[0].all.mean_ns()));
    add("retransmits", std::to_string(s.counters[Counter::Retransmissions]));
    add("timeouts", std::to_string(timeouts(s)));
    constexpr std::pair<const char*, Counter> kMedia[] = {{"rtp_sent", Counter::RtpPacketsSent},
                                                          {"rtp_recv", Counter::RtpPacketsReceived},
                                                          {"rtcp_sr", Counter::RtcpSenderReports},
                                                          {"rtcp_rr", Counter::RtcpReceiverReports},
                                                          {"rtcp_in", Counter::RtcpPacketsReceived}};
    for (const auto& [name, counter] : kMedia) add(name, std::to_string(s.counters[counter]));
    return line + "\n";
}

}  // namespace gsp::rt
