// SPDX-License-Identifier: Apache-2.0
// [authentication]: the Authorization header that answers the challenge which auth="true" has kept. It depends on the
// body, so it is put in when the rest of the message is there.
#include <cstring>

#include "runtime/auth/digest.h"
#include "runtime/call/engine.h"
#include "runtime/call/writer.h"

using namespace gsp::rt;

namespace {

// In the order of the row's arguments.
enum { kUsername, kPassword, kAkaK, kAkaOp, kAkaAmf, kParameters };
constexpr std::string_view kNames[kParameters] = {"username", "password", "aka_K", "aka_OP", "aka_AMF"};
constexpr size_t kRoom = 512;  // bytes of a parameter

struct Parameters {
    char room[kParameters][kRoom];
    std::string_view text[kParameters];
};

void render_arguments(Engine& e, Call& call, const uint32_t* args, Parameters& out) {
    for (int i = 0; i < kParameters; ++i)
        if (args[i] != GSP_NONE) out.text[i] = e.render(call, args[i], out.room[i]);
}

// `[authentication username=joe password="x y"]` as it stands in an injection file: words or quoted texts, no keywords.
void read_parameters(std::string_view text, Parameters& out) {
    while (!text.empty()) {
        const size_t equals = text.find('=');
        if (equals == text.npos) return;
        std::string_view key = text.substr(0, equals);
        key.remove_prefix(std::min(key.find_last_of(" \t[") + 1, key.size()));
        text.remove_prefix(equals + 1);
        const bool quoted = text.starts_with('"');
        if (quoted) text.remove_prefix(1);
        const std::string_view value = text.substr(0, text.find_first_of(quoted ? "\"" : " \t]"));
        text.remove_prefix(std::min(value.size() + 1, text.size()));
        for (int i = 0; i < kParameters; ++i)
            if (key == kNames[i]) out.text[i] = value;
    }
}

std::string_view method_of(std::string_view message) {
    return message.substr(0, message.find(' '));
}

std::string_view body_of(std::string_view message) {
    const size_t blank = message.find("\r\n\r\n");
    return blank == message.npos ? std::string_view() : message.substr(blank + 4);
}

auth::Challenge choose(std::string_view challenges, bool has_aka_key) {
    auth::Challenge best;
    while (!challenges.empty()) {
        const std::string_view line = challenges.substr(0, challenges.find('\n'));
        challenges.remove_prefix(std::min(line.size() + 1, challenges.size()));
        auth::consider(line, has_aka_key, best);
    }
    return best;
}

// The header line for this message; nullptr: there is none, the run was told why.
char* write_header(Engine& e, Call& call, const Parameters& p, std::string_view message, char* out, char* end) {
    const auto fail = [&](std::string_view why) {
        e.fail_run("[authentication] " + e.describe_step(call.step) + ": " + std::string(why));
        return nullptr;
    };
    CallExtra& extra = e.extra(call);
    if (!extra.challenges.len) return fail("no challenge was received before (auth=\"true\" on a recv keeps it)");
    const auth::Challenge challenge = choose(extra.challenges.view(), !p.text[kAkaK].empty());
    if (challenge.status != auth::Status::Ok) return fail(auth::text_of(challenge.status));

    const AuthConfig& config = e.config.auth;
    const auto cnonce = auth::cnonce_text(e.rng.next());
    auth::Request request{method_of(message), e.auth_uri, body_of(message), p.text[kUsername], p.text[kPassword]};
    if (!request.username.data())
        request.username = config.user.empty() ? std::string_view(e.config.call.service) : config.user;
    if (!request.password.data()) request.password = config.password;
    request.aka = {p.text[kAkaK], p.text[kAkaOp], p.text[kAkaAmf]};
    request.cnonce = {cnonce.data(), cnonce.size()};
    request.nonce_count = ++extra.nonce_count;

    Writer name(out, end);
    name << (extra.challenge_status == 401 ? "Authorization: " : "Proxy-Authorization: ");
    if (!name.end()) return nullptr;
    auth::Status status = auth::Status::Ok;
    out = auth::authorization(challenge, request, name.end(), end, status);
    return out ? out : fail(auth::text_of(status));
}

}  // namespace

// A byte holds its place meanwhile, so that its line is not an empty one.
char* Engine::leave_authentication(const uint32_t* args, char* out, char* end) {
    if (out == end) return nullptr;
    pending_authentication = {out, args};
    *out++ = '-';
    return out;
}

char* gsp_kw_authentication(gsp_worker* w, gsp_call*, char* out, char* end, const gsp_arg* arg) noexcept {
    return engine(w).leave_authentication(arg->args, out, end);
}

char* gsp::rt::Engine::finish_text(Call& call, char* start, char* out, char* end) {
    const PendingAuthentication pending = pending_authentication;
    if (!pending.at || pending.at < start || pending.at >= out) return out;
    pending_authentication = {};
    Parameters parameters;
    if (pending.args)
        render_arguments(*this, call, pending.args, parameters);
    else
        read_parameters(field_authentication, parameters);
    char header[4096];
    const char* header_end = write_header(*this, call, parameters, {start, static_cast<size_t>(out - start)}, header,
                                          header + sizeof header);
    if (!header_end) return shared.fatal.empty() ? nullptr : out;
    const auto size = static_cast<size_t>(header_end - header);
    if (size > static_cast<size_t>(end - out)) return nullptr;
    std::memmove(pending.at + size, pending.at + 1, static_cast<size_t>(out - pending.at - 1));
    std::memcpy(pending.at, header, size);
    return out + size - 1;
}

// SIPp: the digest in Authorization of the received request, with its own uri unless -auth_uri is given.
uint32_t gsp_act_verifyauth(gsp_worker* w, gsp_call* c, const gsp_event*, uint32_t assign_to, uint32_t username,
                            uint32_t password) noexcept {
    Engine& e = engine(w);
    Call& call = frame(c);
    char user_room[kRoom], password_room[kRoom];
    const std::string_view user = e.render(call, username, user_room), secret = e.render(call, password, password_room);
    bool right = false;
    const sip::Message& m = e.message;
    for (uint32_t i = 0; i < m.n_headers && !right; ++i) {
        if (m.headers[i].id != sip::Header::Authorization) continue;
        const std::string_view uri = e.config.auth.uri.empty() ? std::string_view() : std::string_view(e.auth_uri);
        right =
            auth::verify(m.value(m.headers[i]), {m.method_text, uri, m.body_text(), user, secret}) == auth::Status::Ok;
    }
    gsp_var_set_bool(w, c, assign_to, right);
    return GSP_OK;
}
