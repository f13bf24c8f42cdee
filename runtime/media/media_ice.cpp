// SPDX-License-Identifier: Apache-2.0
// Calls whose streams use ICE: an agent each, which has the sockets of their streams.
#include <algorithm>
#include <utility>

#include "runtime/media/media_order.h"

namespace gsp::rt {

namespace {

constexpr uint16_t kTurnPort = 3478;  // RFC 8656 3; of STUN it is the same
constexpr uint16_t kTurnTlsPort = 5349;

std::string random_word(Rng& rng, size_t letters) {  // of ice-char (RFC 8839 5.1)
    constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string word(letters, ' ');
    for (char& letter : word) letter = kLetters[rng.below(kLetters.size())];
    return word;
}

Media::IceCredentials new_credentials(Rng& rng) {
    constexpr size_t kUserLetters = 8, kPasswordLetters = 24;
    return {random_word(rng, kUserLetters), random_word(rng, kPasswordLetters)};
}

const std::string& user_of(const IceOfKinds& remote) {
    return remote[0].user.empty() ? remote[1].user : remote[0].user;
}

Result<Address> find_server(const char* option, const IceConfig::Server& server, uint16_t usual_port, int family) {
    if (server.host.empty()) return Address{};
    Result<Address> found = resolve(server.host, server.port.value_or(usual_port), family);
    if (!found) return Error{std::string(option) + ": " + found.error().text};
    return found;
}

}  // namespace

Result<void> Media::find_ice_servers() {
    const IceConfig& ice = config_.media.ice;
    ice_place_.media = media_;
    ice_place_.first_port = media_.port;
    ice_place_.last_port = config_.net.last_media_port;
    Result<Address> stun = find_server("-stun_server", ice.stun, kTurnPort, media_.family);
    if (!stun) return stun.error();
    const uint16_t usual = ice.transport == IceConfig::Turn::Tls ? kTurnTlsPort : kTurnPort;
    Result<Address> turn = find_server("-turn_server", ice.turn, usual, media_.family);
    if (!turn) return turn.error();
    ice_place_.stun = *stun;
    ice_place_.turn = *turn;
    if (ice.relay_only && !turn->family) return Error{"-ice_relay_only wants -turn_server"};
    return open_turn_tls(lanes_.front());  // so that a certificate that is missing is told at once
}

Result<void> Media::open_turn_tls(Lane& lane) const {
    const IceConfig& ice = config_.media.ice;
    if (ice.transport != IceConfig::Turn::Tls || !ice_place_.turn.family || lane.turn_tls) return {};
    Result<std::unique_ptr<TurnTls>> tls = TurnTls::open(ice_place_.turn, ice.turn.host, config_.net.tls);
    if (!tls) return tls.error();
    lane.turn_tls = std::move(*tls);
    return {};
}

// Streams are numbered as the media thread of the call does.
IceOrder Media::ice_order(IceOrder::Kind kind, CallNumber call) const {
    IceOrder order;
    order.kind = kind;
    order.first_stream = static_cast<uint32_t>((call - 1) / lanes_.size()) * kStreamsOfCall;
    return order;
}

Result<void> Media::start_ice(CallNumber call) {
    Lane& lane = lane_of(call);
    if (!lane.thread)
        if (auto started = start_thread(static_cast<uint32_t>((call - 1) % lanes_.size())); !started) return started;
    if (lane.ice) return {};
    if (auto opened = open_turn_tls(lane); !opened) return opened;
    IcePlace place = ice_place_;
    if (TurnTls* const tls = lane.turn_tls.get()) {
        place.turn = tls->local();
        place.tls_fd = tls->fd();
        place.run_tls = [tls] { tls->run(); };
    }
    Result<std::unique_ptr<IceThread>> started =
        IceThread::start(config_.media.ice, place, clock_, lane.ice_counts, *lane.thread);
    if (!started) return started.error();
    lane.ice = std::move(*started);
    return {};
}

Result<void> Media::open_ice(CallNumber call, uint8_t kinds, Rng& rng) {
    if (auto started = start_ice(call); !started) return started;
    while (ice_boards_.size() < calls_.size()) ice_boards_.emplace_back();
    if (!at(call).ice) at(call).ice = std::make_unique<Call::Ice>();
    Call::Ice& ice = *at(call).ice;
    ice.agent = ++ice_agents_;
    ice.kinds = kinds & (ice_bit(MediaKind::Audio) | ice_bit(MediaKind::Video));
    ice.own = new_credentials(rng);
    IceOrder order = ice_order(IceOrder::Kind::Open, call);
    order.lite = (kinds & kIceLite) != 0;
    order.controlling = !ice.remote && !order.lite;  // who offers is (RFC 8445 6.1.1)
    order.kinds = ice.kinds;
    order.agent = ice.agent;
    order.ssrc = at(call).ssrc;
    order.boards = &ice_boards_[call - 1];
    order.user = ice.own.user;
    order.password = ice.own.password;
    lane_of(call).ice->push(std::move(order));
    return {};
}

Result<IceState> Media::ice_ready(CallNumber call, uint8_t kinds, Rng& rng) {
    if (!uses_ice(call))
        if (auto opened = open_ice(call, kinds, rng); !opened) return opened.error();
    const Call::Ice& ice = *at(call).ice;
    for (const MediaKind kind : {MediaKind::Audio, MediaKind::Video}) {
        if (!(ice.kinds & ice_bit(kind))) continue;
        const IceState state = ice_board(call, kind).of(ice.agent);
        if (state == IceState::Gathering || state == IceState::NoCandidates) return state;
        const auto which = static_cast<uint32_t>(kind);
        if (!ice.open[which]) open_ice_stream(call, which);
    }
    tell_ice_remote(call);
    return IceState::Ready;
}

void Media::open_ice_stream(CallNumber call, uint32_t which) {
    MediaCommand order = command(MediaCommand::Kind::Open, stream_number(call, which));
    order.port = at(call).ports[which] = ice_boards_[call - 1][which].address.port;
    order.ssrc = at(call).ssrc + which;
    order.board = &boards_[call - 1][which];
    order.ice = &lane_of(call).ice->link();
    tell(std::move(order));
    at(call).ice->open[which] = true;
    tell_types(call, which);
    tell_rtcp(call, which);
    tell_bundle(call);
}

void Media::set_ice_remote(CallNumber call, IceOfKinds&& remote, Rng& rng) {
    std::unique_ptr<Call::Ice>& ice = at(call).ice;
    if (!ice) ice = std::make_unique<Call::Ice>();
    const std::string& user = user_of(remote);
    const bool changed = !ice->remote_user.empty() && !user.empty() && user != ice->remote_user;
    if (!std::exchange(ice->restarts, false) && changed) renew_ice(call, rng);
    ice->remote = std::make_unique<IceOfKinds>(std::move(remote));
    tell_ice_remote(call);
}

void Media::restart_ice(CallNumber call, Rng& rng) {
    Call::Ice& ice = *at(call).ice;
    if (!std::exchange(ice.restarts, true)) ice.before = ice.own;
    renew_ice(call, rng);
}

bool Media::go_back_in_ice(CallNumber call) {
    Call::Ice& ice = *at(call).ice;
    if (!std::exchange(ice.restarts, false)) return false;
    ice.own = std::move(ice.before);
    tell_ice_restart(call, IceOrder::Kind::GoBack);
    return true;
}

// What is rendered from now on has the new user (RFC 8839 4.4.1.1.1).
void Media::renew_ice(CallNumber call, Rng& rng) {
    at(call).ice->own = new_credentials(rng);
    tell_ice_restart(call, IceOrder::Kind::Restart);
}

void Media::tell_ice_restart(CallNumber call, IceOrder::Kind kind) {
    IceOrder order = ice_order(kind, call);
    order.user = at(call).ice->own.user;
    order.password = at(call).ice->own.password;
    lane_of(call).ice->push(std::move(order));
}

void Media::add_ice_remote(CallNumber call, IceOfKinds&& remote) {
    Call::Ice* const ice = at(call).ice.get();
    if (!ice) return;  // it comes before SDP
    if (!ice->remote) {
        ice->remote = std::make_unique<IceOfKinds>(std::move(remote));
        return tell_ice_remote(call);
    }
    for (size_t kind = 0; kind < remote.size(); ++kind) {
        IceOfKind& known = (*ice->remote)[kind];
        known.candidates.insert(known.candidates.end(), remote[kind].candidates.begin(), remote[kind].candidates.end());
        known.trickles = remote[kind].trickles;
    }
}

void Media::tell_ice_remote(CallNumber call) {
    Call::Ice& ice = *at(call).ice;
    const bool open = ice.open[0] || ice.open[1];
    if (!ice.remote || !open) return;
    IceOrder order = ice_order(IceOrder::Kind::Remote, call);
    if (const std::string& user = user_of(*ice.remote); !user.empty()) ice.remote_user = user;
    order.remote = std::move(ice.remote);
    lane_of(call).ice->push(std::move(order));
}

void Media::close_ice(CallNumber call) {
    lane_of(call).ice->push(ice_order(IceOrder::Kind::Close, call));
}

const Media::IceCredentials& Media::ice_credentials(CallNumber call) const {
    return calls_[call - 1].ice->own;
}

const char* Media::ice_fault(CallNumber call) const {
    if (!uses_ice(call)) return nullptr;
    const Call::Ice* const ice = calls_[call - 1].ice.get();
    for (const MediaKind kind : {MediaKind::Audio, MediaKind::Video})
        if ((ice->kinds & ice_bit(kind)) && !(kind == MediaKind::Video && is_bundled(call)))
            if (const char* fault = rt::ice_fault(ice_board(call, kind).of(ice->agent))) return fault;
    return nullptr;
}

}  // namespace gsp::rt
