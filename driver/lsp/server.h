// SPDX-License-Identifier: Apache-2.0
// The language server without its stream: one message in, the answers out. Owns the open documents. Main thread.
#pragma once
#include <boost/json/value.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "driver/compile/front.h"
#include "driver/lsp/document.h"

namespace gsp::driver::lsp {

class Server {
public:
    // `options`: as of the command line; the client's initializationOptions {"keys": […]} add to it.
    explicit Server(FrontOptions options) : options_(std::move(options)) {}

    // The bodies of the messages that go back. Whatever `message` is: an answer, not a crash.
    std::vector<std::string> handle(std::string_view message);
    std::string parse_error(std::string_view why) const;  // the answer to what is no message at all
    std::optional<int> exit_code() const { return exit_code_; }
    int code_at_end_of_input() const;

private:
    struct Error {
        int code;
        std::string text;
    };
    struct Reply {
        boost::json::value result;  // null: fine
        std::optional<Error> error;
    };
    struct Method;

    Reply call(std::string_view method, const boost::json::value& params, bool is_request);
    void changed(const std::string& uri, std::string text);
    void publish(const std::string& uri, const Document&);
    void publish_including(const Document& part);  // the others that may include it
    std::optional<std::string> read_include(const std::string& path) const;
    const Document* document(const boost::json::value& params) const;

    Reply initialize(const boost::json::value&);
    Reply shutdown(const boost::json::value&);
    Reply exit(const boost::json::value&);
    Reply did_open(const boost::json::value&);
    Reply did_change(const boost::json::value&);
    Reply did_close(const boost::json::value&);
    Reply completion(const boost::json::value&);
    Reply hover(const boost::json::value&);
    Reply definition(const boost::json::value&);
    Reply document_symbol(const boost::json::value&);
    Reply formatting(const boost::json::value&);
    Reply nothing(const boost::json::value&);

    FrontOptions options_;
    std::map<std::string, std::unique_ptr<Document>, std::less<>> documents_;  // by URI
    std::vector<std::string> outgoing_;
    std::optional<int> exit_code_;
    bool initialized_ = false, shut_down_ = false, snippets_ = false;
};

}  // namespace gsp::driver::lsp
