// SPDX-License-Identifier: Apache-2.0
// Feeds arbitrary bytes to the reader of challenges and credentials; aborts when a parameter lies outside the input, an
// answer outside its buffer, or an answer that was just made is not accepted.
#include <array>
#include <string_view>

#include "runtime/auth/digest.h"
#include "test/fuzz/require.h"

namespace {

using namespace gsp::rt::auth;

// Returns how many there were.
size_t check_params(std::string_view text) {
    size_t count = 0;
    std::string_view rest = text;
    for (DigestParams p; next_digest(rest, p); ++count) {
        require(rest.size() < text.size());
        for (std::string_view part :
             {p.username, p.realm, p.nonce, p.uri, p.response, p.algorithm, p.cnonce, p.opaque, p.qop, p.nc})
            require_inside(text, part);
    }
    require(rest.empty());
    return count;
}

void check_answer(std::string_view text, bool has_aka_key, size_t room) {
    Challenge challenge;
    consider(text, has_aka_key, challenge);
    require((challenge.status == Status::Ok) == (challenge.algorithm != nullptr));
    Request request{"REGISTER", "sip:127.0.0.1:5060", "body", "alice", "secret", {"key", "op", ""}, "c0ffee", 1};
    std::array<char, 4096> buffer;
    buffer.fill('#');
    Status status;
    char* end = authorization(challenge, request, buffer.data(), buffer.data() + room, status);
    for (size_t i = room; i < buffer.size(); ++i) require(buffer[i] == '#');
    require((end != nullptr) == (status == Status::Ok));
    if (!end) return;
    std::string_view answer(buffer.data(), static_cast<size_t>(end - buffer.data()));
    require(answer.size() <= room && check_params(answer) == 1);
    DigestParams params;
    std::string_view rest = answer;
    next_digest(rest, params);
    require(answers(params, challenge.params) && params.username == "alice" && params.uri == request.uri);
    if (challenge.algorithm->aka) return;
    require(verify(answer, {"REGISTER", "", "body", "alice", "secret"}) == Status::Ok);
    require(verify(answer, {"REGISTER", "", "body", "alice", "Secret"}) == Status::WrongResponse);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    std::string_view text(reinterpret_cast<const char*>(data), size);
    size_t count = check_params(text);
    Status status = verify(text, {"INVITE", "", "", "alice", "secret"});
    require((status == Status::NoDigest) == (count == 0));
    for (bool has_aka_key : {false, true})
        for (size_t room : {size_t{4096}, size % 512}) check_answer(text, has_aka_key, room);
    return 0;
}
