// SPDX-License-Identifier: Apache-2.0
// Messages of a peer without a worker, for World::inject().
#pragma once
#include <string>

namespace gsp::test {

// What a peer without a worker answers to a request of the client.
inline std::string answer(const std::string& request, const std::string& status, const std::string& more = "") {
    auto line = [&](const std::string& name) {
        size_t at = request.find("\r\n" + name + ":") + 2;
        return request.substr(at, request.find("\r\n", at) - at + 2);
    };
    return "SIP/2.0 " + status + "\r\n" + line("Via") + line("From") + line("To").substr(0, line("To").size() - 2) +
           ";tag=peer\r\n" + line("Call-ID") + line("CSeq") + more + "Content-Length: 0\r\n\r\n";
}

inline std::string request(const std::string& method, const std::string& call_id, uint32_t cseq,
                           const std::string& more = "") {
    return method +
           " sip:s@10.0.0.2 SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.1:5060;branch=z9\r\nFrom: <sip:a@10.0.0.1>;tag=1\r\n"
           "To: <sip:s@10.0.0.2>\r\nCall-ID: " +
           call_id + "\r\nCSeq: " + std::to_string(cseq) + " " + method + "\r\n" + more + "Content-Length: 0\r\n\r\n";
}

}  // namespace gsp::test
