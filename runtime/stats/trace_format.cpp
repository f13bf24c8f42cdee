// SPDX-License-Identifier: Apache-2.0
#include "runtime/stats/trace_format.h"

#include <cstring>
#include <vector>

#include "runtime/base/clock.h"
#include "runtime/sip/names.h"
#include "runtime/stats/json_writer.h"
#include "runtime/stats/stream_json.h"
#include "runtime/stats/time_text.h"

namespace gsp::rt {

namespace {

constexpr size_t kRuleWidth = 47;

bool is_command(TraceKind kind) {
    return kind == TraceKind::SentCommand || kind == TraceKind::ReceivedCommand;
}

std::string_view direction(TraceKind kind) {
    switch (kind) {
    case TraceKind::Sent: return "send";
    case TraceKind::SentCommand: return "sendCmd";
    case TraceKind::ReceivedCommand: return "recvCmd";
    default: return "recv";
    }
}

std::string_view first_line(std::string_view text) {
    return text.substr(0, text.find_first_of("\r\n"));
}

// The value of CSeq in a start line and header fields.
std::string_view cseq_of(std::string_view head) {
    for (size_t line = head.find('\n'); line != head.npos; line = head.find('\n', line + 1)) {
        const std::string_view text = first_line(head.substr(line + 1));
        const size_t colon = text.find(':');
        if (colon == text.npos || sip::find_header(text.substr(0, colon)) != sip::Header::CSeq) continue;
        const size_t value = text.find_first_not_of(" \t", colon + 1);
        return value == text.npos ? std::string_view() : text.substr(value);
    }
    return {};
}

// "INVITE" of a request, "200 OK" of a response.
std::string_view summary_of(std::string_view start_line) {
    const size_t blank = start_line.find(' ');
    if (blank == start_line.npos) return start_line;
    return start_line.starts_with("SIP/2.0 ") ? start_line.substr(blank + 1) : start_line.substr(0, blank);
}

template <class... Fields>
void csv_line(std::string& out, const Fields&... fields) {
    ((out += csv_quoted(fields), out += ','), ...);
    out.back() = '\n';
}

// Of a call record: they came as they are in memory.
std::vector<StreamReport> streams_of(std::string_view bytes) {
    std::vector<StreamReport> streams(bytes.size() / sizeof(StreamReport));
    if (!streams.empty()) std::memcpy(static_cast<void*>(streams.data()), bytes.data(), bytes.size());
    return streams;
}

// SIPp: up to six digits. Ours besides: all of them when there are more, down to a microsecond.
std::string milliseconds_text(uint64_t ns) {
    std::string text = fixed_text(static_cast<double>(ns / 1000) / 1000, 3);
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') text.pop_back();
    return text;
}

}  // namespace

std::string csv_quoted(std::string_view field) {
    if (field.find_first_of(",\"\r\n") == field.npos) return std::string(field);
    std::string quoted = "\"";
    for (const char c : field) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
    return quoted + "\"";
}

void format_message(const TraceRecord& r, const TraceStyle& style, std::string& out) {
    if (r.kind == TraceKind::Text) return format_line(r, style, out);
    const std::string_view transport = r.text[0], bytes = r.text[1];
    out.append(kRuleWidth, '-');
    if (r.kind == TraceKind::Unexpected) {
        out.append("\nUnexpected ").append(transport).append(" message received:\n\n");
    } else {
        out.append(" ").append(rfc3339_text(r.time_ns)).append("\n").append(transport);
        out.append(r.kind == TraceKind::Sent ? " message sent [" : " message received [");
        out.append(std::to_string(bytes.size())).append("] bytes:\n\n");
    }
    out.append(bytes).append("\n");
}

void format_short_message(const TraceRecord& r, const TraceStyle& style, std::string& out) {
    const std::string_view call_id = r.text[0], head = r.text[1];
    if (style.schema == TraceSchema::Gossipper) {
        csv_line(out, rfc3339_nano_text(r.time_ns), direction(r.kind), std::to_string(r.call),
                 is_command(r.kind) ? "cmd" : "sip",
                 is_command(r.kind) ? first_line(head) : summary_of(first_line(head)), call_id);
        return;
    }
    if (is_command(r.kind)) return;
    out.append(date_text(r.time_ns, style.rfc3339)).append(r.kind == TraceKind::Sent ? "\tS\t" : "\tR\t");
    out.append(call_id).append("\tCSeq:").append(cseq_of(head)).append("\t").append(first_line(head)).append("\n");
}

void format_error(const TraceRecord& r, const TraceStyle& style, std::string& out) {
    out.append(date_text(r.time_ns, style.rfc3339)).append(": ").append(r.text[0]).append("\n");
}

void format_line(const TraceRecord& r, const TraceStyle&, std::string& out) {
    out.append(r.text[0]).append("\n");
}

void format_text(const TraceRecord& r, const TraceStyle&, std::string& out) {
    out.append(r.text[0]);
}

void format_error_code(const TraceRecord& r, const TraceStyle& style, std::string& out) {
    if (r.kind == TraceKind::Text) return format_text(r, style, out);
    const std::string_view reason = r.text[0], call_id = r.text[1], expected = r.text[2];
    csv_line(out, rfc3339_nano_text(r.time_ns), std::to_string(r.call), std::to_string(r.value), reason, call_id,
             expected);
}

void format_call_record(const TraceRecord& r, const TraceStyle&, std::string& out) {
    const std::string_view call_id = r.text[0], error = r.text[1];
    out.append(R"({"schema_version":"gossipper_call_record_v1","call_id":)").append(json_quoted(call_id));
    out.append(R"(,"call_number":)").append(std::to_string(r.call));
    out.append(R"(,"scenario":)").append(json_quoted(r.text[4]));
    out.append(R"(,"success":)").append(error.empty() ? "true" : "false");
    out.append(R"(,"duration_ms":)").append(std::to_string(r.value / kMillisecond));
    out.append(R"(,"error":)").append(json_quoted(error));
    if (!r.text[3].empty()) out.append(R"(,"media_pcap":)").append(json_quoted(r.text[3]));
    out.append(R"(,"media":)").append(streams_json(streams_of(r.text[2]))).append("}\n");
}

void format_response_time(const TraceRecord& r, const TraceStyle& style, std::string& out) {
    const std::string_view timer = r.text[0];
    if (style.schema == TraceSchema::Gossipper) {
        csv_line(out, rfc3339_nano_text(r.time_ns), std::to_string(r.call), timer,
                 std::to_string(r.value / kMillisecond));
        return;
    }
    out.append(milliseconds_text(r.time_ns - style.epoch_ns)).append(style.delimiter);
    out.append(milliseconds_text(r.value)).append(style.delimiter).append(timer).append("\n");
}

std::string trace_header(TraceFile file, const TraceStyle& style) {
    const bool ours = style.schema == TraceSchema::Gossipper;
    switch (file) {
    case TraceFile::Errors: return "The following events occurred:\n";
    case TraceFile::ResponseTimes:
        return ours ? "timestamp,call,name,value_ms\n"
                    : "Date_ms" + style.delimiter + "response_time_ms" + style.delimiter + "rtd_no\n";
    case TraceFile::ShortMessages: return ours ? "timestamp,direction,call,proto,summary,call_id\n" : "";
    case TraceFile::ErrorCodes: return ours ? "timestamp,call,code,reason,call_id,expected\n" : "";
    default: return {};
    }
}

}  // namespace gsp::rt
