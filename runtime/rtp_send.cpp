// SPDX-License-Identifier: Apache-2.0
#include "runtime/rtp_send.h"

#include <csignal>
#include <cstdio>
#include <ctime>
#include <vector>

#include "runtime/media/media.h"
#include "runtime/run_network.h"

namespace gsp::rt {

namespace {

constexpr int kBehind = 1, kFatal = 255;

int fail(const Error& error) {
    std::fprintf(stderr, "-rtp_send: %s\n", error.text.c_str());
    return kFatal;
}

// The signals that end it are taken in wait(), by no other thread.
class Ending {
public:
    Ending() {
        sigemptyset(&signals_);
        for (const int signal : {SIGINT, SIGTERM, SIGUSR1}) sigaddset(&signals_, signal);
        pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
    }
    bool wait(uint64_t ns) {  // true: a signal came
        const timespec time{static_cast<time_t>(ns / kSecond), static_cast<long>(ns % kSecond)};
        return sigtimedwait(&signals_, nullptr, &time) > 0;
    }

private:
    sigset_t signals_;
};

std::string request_of(const RtpSendConfig& send) {
    return "synthetic,codec=" + send.codec + (send.type ? ",pt=" + std::to_string(*send.type) : "") +
           ",freq_ms=" + std::to_string(send.packet_ms) + ",dur_ms=" + std::to_string(send.duration_ms) +
           ",channels=" + std::to_string(send.channels);
}

Counters counts_of(const Media& media) {
    Counters counts;
    media.put_counts(counts);
    return counts;
}

int report(const Counters& counts) {
    const uint64_t sent = counts[Counter::RtpPacketsSent], late = counts[Counter::RtpPacketsLate],
                   unsent = counts[Counter::RtpPacketsUnsent];
    const auto number = [](uint64_t n) { return static_cast<unsigned long long>(n); };
    std::printf("done sent=%llu octets=%llu rtcp_sr=%llu errors=%llu late_2ms=%llu late_5ms=%llu unsent=%llu\n",
                number(sent), number(counts[Counter::RtpBytesSent] - sizeof(RtpHeader) * sent),
                number(counts[Counter::RtcpSenderReports]), number(counts[Counter::RtpSendErrors]),
                number(counts[Counter::RtpPacketsLateBy2ms]), number(late), number(unsent));
    if ((late + unsent) * 100 <= sent) return 0;
    std::printf("the media thread was the bottleneck\n");
    return kBehind;
}

}  // namespace

int send_rtp(const RtpSendConfig& send, const RunConfig& config) {
    Ending ending;
    SystemClock clock;
    Result<Address> to = resolve(send.host, send.port);
    if (!to) return fail(to.error());
    Result<Address> local = config.net.media_ip.empty() ? find_local(config.net, *to) : resolve(config.net.media_ip, 0);
    if (!local) return fail(local.error());
    local->port = config.net.media_port;
    Result<std::unique_ptr<Media>> media = Media::open(config, *local, clock, config.seed);
    if (!media) return fail(media.error());
    const std::string request = request_of(send);
    std::vector<Media::CallNumber> calls;
    for (uint32_t i = 0; i < send.streams; ++i) {
        calls.push_back((*media)->open_call());
        (*media)->set_stream_targets(calls.back(), {*to, Address{}});
        if (auto started = (*media)->stream(calls.back(), "", request); !started) return fail(started.error());
    }
    std::printf("sending %u streams of %s to %s\n", send.streams, send.codec.c_str(), endpoint_text(*to).c_str());
    std::fflush(stdout);

    constexpr uint64_t kLook = 20 * kMillisecond;
    const uint64_t packets = uint64_t{(send.duration_ms + send.packet_ms - 1) / send.packet_ms} * send.streams;
    const uint64_t began_ns = clock.read_ns();
    const auto is_over = [&] {
        if (config.timeout.run_ns && clock.read_ns() - began_ns >= config.timeout.run_ns) return true;
        const Counters counts = counts_of(**media);
        return packets && counts[Counter::RtpPacketsSent] + counts[Counter::RtpSendErrors] >= packets;
    };
    while (!ending.wait(kLook) && !is_over()) continue;
    for (const Media::CallNumber call : calls) (*media)->close_call(call);
    if (auto ended = (*media)->shut_down(); !ended) return fail(ended.error());
    return report(counts_of(**media));
}

}  // namespace gsp::rt
