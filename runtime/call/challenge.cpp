// SPDX-License-Identifier: Apache-2.0
#include "runtime/call/challenge.h"

namespace gsp::rt {

void store_challenge(Engine& e, Call& call, const sip::Message& message) {
    if (message.status != 401 && message.status != 407) return;
    using sip::Header;
    const Header id = message.find(Header::ProxyAuthenticate) ? Header::ProxyAuthenticate : Header::WwwAuthenticate;
    std::string values;
    for (uint32_t i = 0; i < message.n_headers; ++i) {
        if (message.headers[i].id != id) continue;
        if (!values.empty()) values += '\n';
        for (const char c : message.value(message.headers[i])) values += c == '\r' || c == '\n' ? ' ' : c;
    }
    if (values.empty()) {
        if (e.may_warn())
            e.warn("call " + std::string(call.call_id.view()) + ": no challenge in the " +
                   std::to_string(message.status) + " received");
        return;
    }
    CallExtra& extra = e.extra(call);
    extra.challenges.set(e.strings, values);
    extra.challenge_status = message.status;
    extra.nonce_count = 0;
}

}  // namespace gsp::rt
