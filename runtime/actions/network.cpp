// SPDX-License-Identifier: Apache-2.0
// Actions on where a call sends.
#include <strings.h>

#include <charconv>
#include <string>

#include "runtime/call/engine.h"

using namespace gsp::rt;

namespace {

bool equal_case(std::string_view a, std::string_view b) {
    return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace

namespace gsp::rt {

// Names are looked up once; a look-up blocks, as in SIPp.
const Address* Engine::find_host(std::string_view host) {
    auto it = hosts_.find(host);
    if (it == hosts_.end()) {
        Result<Address> found = resolve(std::string(host), 0, run.local.family);
        if (!found) return nullptr;
        it = hosts_.emplace(std::string(host), *found).first;
    }
    return &it->second;
}

}  // namespace gsp::rt

// SIPp: the protocol must be that of the run; anything that does not work ends the run.
uint32_t gsp_act_setdest(gsp_worker* w, gsp_call* c, const gsp_event*, uint32_t host, uint32_t port,
                         uint32_t protocol) noexcept {
    Engine& e = engine(w);
    Call& call = frame(c);
    char host_room[256], port_room[16], protocol_room[16];
    const std::string_view host_text = e.render(call, host, host_room), port_text = e.render(call, port, port_room),
                           protocol_text = e.render(call, protocol, protocol_room);
    const auto fail = [&](const std::string& why) {
        e.fail_run("setdest " + e.describe_step(call.acting) + ": " + why);
        return uint32_t{GSP_BAD_ACTION};
    };
    if (!equal_case(protocol_text, e.transport_name))
        return fail("the protocol is `" + std::string(protocol_text) + "`, but the run uses " +
                    std::string(e.transport_name));
    uint16_t number = 0;
    const auto [end, error] = std::from_chars(port_text.data(), port_text.data() + port_text.size(), number);
    if (error != std::errc() || end != port_text.data() + port_text.size())
        return fail("`" + std::string(port_text) + "` is not a port");
    const Address* address = e.find_host(host_text);
    if (!address) return fail("the host `" + std::string(host_text) + "` is unknown");
    call.peer = *address;
    call.peer.port = number;
    if (e.transport_reconnects()) e.disconnect(call);
    return GSP_OK;
}

// The next message of the call opens another. One socket for all calls is none of theirs.
uint32_t gsp_act_closecon(gsp_worker* w, gsp_call* c, const gsp_event*) noexcept {
    Engine& e = engine(w);
    if (e.config.net.mode.sockets == Sockets::PerCall) e.disconnect(frame(c));
    return GSP_OK;
}

uint32_t gsp_act_error(gsp_worker* w, gsp_call* c, const gsp_event*, uint32_t message) noexcept {
    Engine& e = engine(w);
    e.fail_run(std::string(e.render(frame(c), message)));
    return GSP_BAD_ACTION;
}
