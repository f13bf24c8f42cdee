// SPDX-License-Identifier: Apache-2.0
// Diagnostics as text for people, as JSON for scripts, as SARIF 2.1.0 for code hosts.
#include <algorithm>
#include <cstdio>
#include <utility>

#include "frontend/decode.h"
#include "frontend/diag.h"

namespace gsp {

namespace {

constexpr std::string_view kIndent = "      ";
constexpr size_t kMaxSnippet = 200;  // bytes of a source line that are shown

std::vector<const Diagnostic*> sorted(const Diag& diag) {
    std::vector<const Diagnostic*> out;
    for (const Diagnostic& d : diag.all()) out.push_back(&d);
    const auto place = [&](const Diagnostic* d) { return diag.file().first_offset(d->range.begin); };
    std::stable_sort(out.begin(), out.end(),
                     [&](const Diagnostic* a, const Diagnostic* b) { return place(a) < place(b); });
    return out;
}

// The diagnostic's own notes, and the way from the main file to its place.
std::vector<DiagNote> all_notes(const SourceFile& file, const Diagnostic& d) {
    std::vector<DiagNote> notes = d.notes;
    for (SourceFile::Origin o = file.origin(d.range.begin); o.way != SourceFile::Way::Main; o = file.origin(o.at.begin))
        notes.push_back({o.way == SourceFile::Way::Include ? "included from here" : "used here", o.at, true});
    return notes;
}

const char* severity_name(Severity s) {
    switch (s) {
    case Severity::Note: return "note";
    case Severity::Warning: return "warning";
    case Severity::Error: return "error";
    }
    return "";
}

const char* severity_colour(Severity s) {
    switch (s) {
    case Severity::Note: return "\x1b[1;36m";
    case Severity::Warning: return "\x1b[1;35m";
    case Severity::Error: return "\x1b[1;31m";
    }
    return "";
}

bool is_continuation(char c) {
    return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}
bool is_control(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

// The source line with a caret line below it. A very long line is cut to a window around the place.
void append_snippet(std::string& out, const SourceFile& file, SourceRange range, const char* colour) {
    const LineColumn at = file.line_column(range.begin);
    std::string_view line = file.line(range.begin);
    size_t begin = std::min<size_t>(at.column - 1, line.size());
    if (line.size() > kMaxSnippet) {
        const size_t first = begin > kMaxSnippet / 2 ? begin - kMaxSnippet / 2 : 0;
        line = line.substr(first, kMaxSnippet);
        begin -= first;
    }
    const size_t end = std::min(line.size(), begin + std::max<size_t>(range.length, 1));
    out += kIndent;
    for (const char c : line) out += c != '\t' && is_control(c) ? '?' : c;
    out += '\n';
    out += kIndent;
    for (const char c : line.substr(0, begin))
        if (!is_continuation(c)) out += c == '\t' ? '\t' : ' ';
    out += colour;
    out += '^';
    for (size_t i = begin + 1; i < end; ++i)
        if (!is_continuation(line[i])) out += '~';
    if (*colour) out += "\x1b[0m";
    out += '\n';
}

void append_heading(std::string& out, const SourceFile& file, uint32_t offset, Severity severity, std::string_view text,
                    bool colour) {
    const LineColumn at = file.line_column(offset);
    if (colour) out += "\x1b[1m";
    out += file.name(offset) + ':' + std::to_string(at.line) + ':' + std::to_string(at.column) + ": ";
    if (colour) out += severity_colour(severity);
    out += severity_name(severity);
    out += ": ";
    if (colour) out += "\x1b[0m";
    // The text may quote bytes of the file; they must not steer the terminal.
    for (const char c : text) out += is_control(c) ? '?' : c;
}

std::string quoted(std::string_view s) {
    std::string out = "\"";
    while (!s.empty()) {
        const char c = s[0];
        size_t taken = 1;
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (is_control(c)) {
            char escape[8];
            std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(static_cast<unsigned char>(c)));
            out += escape;
        } else if (const size_t n = utf8_length(s); n > 0) {
            out += s.substr(0, n);
            taken = n;
        } else {
            out += "\\ufffd";
        }
        s.remove_prefix(taken);
    }
    return out + '"';
}

std::string number_field(std::string_view name, uint64_t value) {
    return quoted(name) + ':' + std::to_string(value);
}

// SARIF counts columns in code points; SourceFile counts bytes.
uint32_t code_point_column(const SourceFile& file, uint32_t offset) {
    const std::string_view line = file.line(offset);
    const std::string_view before = line.substr(0, std::min<size_t>(file.line_column(offset).column - 1, line.size()));
    return 1 + static_cast<uint32_t>(
                   std::count_if(before.begin(), before.end(), [](char c) { return !is_continuation(c); }));
}

std::string json_position(const SourceFile& file, SourceRange range) {
    const LineColumn at = file.line_column(range.begin), end = file.line_column(range.end());
    return quoted("file") + ':' + quoted(file.name(range.begin)) + ',' + number_field("line", at.line) + ',' +
           number_field("column", at.column) + ',' + number_field("end_line", end.line) + ',' +
           number_field("end_column", end.column) + ',' + number_field("offset", file.offset_in_file(range.begin)) +
           ',' + number_field("length", range.length);
}

std::string sarif_location(const SourceFile& file, SourceRange range) {
    const LineColumn at = file.line_column(range.begin), end = file.line_column(range.end());
    return "\"physicalLocation\":{\"artifactLocation\":{\"uri\":" + quoted(file.name(range.begin)) + "},\"region\":{" +
           number_field("startLine", at.line) + ',' +
           number_field("startColumn", code_point_column(file, range.begin)) + ',' + number_field("endLine", end.line) +
           ',' + number_field("endColumn", code_point_column(file, range.end())) + "}}";
}

std::string sarif_result(const SourceFile& file, const Diagnostic& d) {
    std::string message = d.text, related;
    for (const DiagNote& note : all_notes(file, d)) {
        if (!note.has_range) {
            message += "; " + note.text;
            continue;
        }
        if (!related.empty()) related += ',';
        related += '{' + sarif_location(file, note.range) + ",\"message\":{\"text\":" + quoted(note.text) + "}}";
    }
    std::string out = "{\"ruleId\":" + quoted(diag_info(d.id).name) +
                      ",\"level\":" + quoted(severity_name(d.severity)) + ",\"message\":{\"text\":" + quoted(message) +
                      "},\"locations\":[{" + sarif_location(file, d.range) + "}]";
    if (!related.empty()) out += ",\"relatedLocations\":[" + related + ']';
    return out + '}';
}

}  // namespace

std::string render_text(const Diag& diag, bool colour) {
    const SourceFile& file = diag.file();
    std::string out;
    for (const Diagnostic* d : sorted(diag)) {
        append_heading(out, file, d->range.begin, d->severity, d->text, colour);
        out += std::string(" [") + diag_info(d->id).name + "]\n";
        append_snippet(out, file, d->range, colour ? severity_colour(d->severity) : "");
        for (const DiagNote& note : all_notes(file, *d)) {
            const SourceRange at = note.has_range ? note.range : d->range;
            append_heading(out, file, at.begin, Severity::Note, note.text, colour);
            out += '\n';
            if (at.begin != d->range.begin)
                append_snippet(out, file, at, colour ? severity_colour(Severity::Note) : "");
        }
    }
    if (diag.dropped() > 0)
        out += file.name() + ": " + std::to_string(diag.dropped()) + " more diagnostics not shown\n";
    return out;
}

std::string render_json(const std::vector<const Diag*>& diags) {
    std::string out = "[";
    for (const Diag* diag : diags) {
        const SourceFile& file = diag->file();
        for (const Diagnostic* d : sorted(*diag)) {
            out += out.size() > 1 ? ",\n{" : "\n{";
            out += json_position(file, d->range) + ",\"severity\":" + quoted(severity_name(d->severity)) +
                   ",\"id\":" + quoted(diag_info(d->id).name) + ",\"text\":" + quoted(d->text) + ",\"notes\":[";
            const char* separator = "{";
            for (const DiagNote& note : all_notes(file, *d)) {
                out += std::exchange(separator, ",{");
                if (note.has_range) out += json_position(file, note.range) + ',';
                out += "\"text\":" + quoted(note.text) + '}';
            }
            out += "]}";
        }
    }
    return out + "\n]\n";
}

std::string render_sarif(const std::vector<const Diag*>& diags, std::string_view tool_version) {
    std::vector<D> used;
    std::string results;
    for (const Diag* diag : diags) {
        for (const Diagnostic* d : sorted(*diag)) {
            if (std::find(used.begin(), used.end(), d->id) == used.end()) used.push_back(d->id);
            results += (results.empty() ? "\n" : ",\n") + sarif_result(diag->file(), *d);
        }
    }
    std::sort(used.begin(), used.end());
    std::string rules;
    for (const D id : used) {
        if (!rules.empty()) rules += ',';
        rules += "{\"id\":" + quoted(diag_info(id).name) +
                 ",\"shortDescription\":{\"text\":" + quoted(diag_info(id).text) + "}}";
    }
    return "{\"$schema\":\"https://json.schemastore.org/sarif-2.1.0.json\",\"version\":\"2.1.0\",\"runs\":[{"
           "\"tool\":{\"driver\":{\"name\":\"gossipper\",\"version\":" +
           quoted(tool_version) + ",\"rules\":[" + rules + "]}},\"columnKind\":\"unicodeCodePoints\",\"results\":[" +
           results + "\n]}]}\n";
}

}  // namespace gsp
