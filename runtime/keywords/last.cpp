// SPDX-License-Identifier: Apache-2.0
// Keywords that read the last message a call has taken.
#include "runtime/call/engine.h"
#include "runtime/call/writer.h"

using namespace gsp::rt;

// [last_Via:] prints `Via: v1, v2` under the name as written; nothing if the header is absent.
char* gsp_kw_last_header(gsp_worker*, gsp_call* c, char* out, char* end, const gsp_arg* arg) noexcept {
    KeptMessage last(frame(c).last.view());
    std::string_view name{arg->text.ptr, arg->text.len};
    if (!name.empty() && name.back() == ':') name.remove_suffix(1);
    auto id = arg->index == GSP_NONE ? sip::Header::Unknown : static_cast<sip::Header>(arg->index);
    Writer writer(out, end);
    bool first = true;
    if (last.empty()) return out;
    last.each(id, name, [&](std::string_view value) {
        if (first)
            writer.line(name, value);
        else
            writer << ", " << value;
        first = false;
    });
    return writer.end();
}

// SIPp: what stands between < and > in To, not the request line.
char* gsp_kw_last_request_uri(gsp_worker*, gsp_call* c, char* out, char* end, const gsp_arg*) noexcept {
    KeptMessage last(frame(c).last.view());
    if (last.empty()) return out;
    std::string_view to = last.first(sip::Header::To);
    size_t open = to.find('<');
    if (open == to.npos) return out;
    to.remove_prefix(open + 1);
    return (Writer(out, end) << to.substr(0, to.find('>'))).end();
}

char* gsp_kw_last_cseq_number(gsp_worker*, gsp_call* c, char* out, char* end, const gsp_arg* arg) noexcept {
    int64_t number = KeptMessage(frame(c).last.view()).cseq();
    return (Writer(out, end) << number + arg->offset).end();
}

char* gsp_kw_last_message(gsp_worker*, gsp_call* c, char* out, char* end, const gsp_arg*) noexcept {
    return (Writer(out, end) << KeptMessage(frame(c).last.view()).text()).end();
}
