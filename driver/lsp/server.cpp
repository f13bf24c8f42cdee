// SPDX-License-Identifier: Apache-2.0
#include "driver/lsp/server.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cctype>
#include <cstdio>
#include <filesystem>

#include "driver/fmt/format.h"
#include "driver/language.h"
#include "driver/lsp/completion.h"
#include "driver/lsp/navigation.h"

namespace gsp::driver::lsp {

namespace json = boost::json;

namespace {

// JSON-RPC 2.0 and LSP.
constexpr int kParseError = -32700, kInvalidRequest = -32600, kMethodNotFound = -32601, kInvalidParams = -32602,
              kNotInitialized = -32002, kRequestFailed = -32803;
constexpr int kSeverity[] = {3, 2, 1};  // Note, Warning, Error → Information, Warning, Error

const json::value* member(const json::value& value, std::string_view name) {
    const json::object* object = value.if_object();
    return object ? object->if_contains(name) : nullptr;
}

template <class... Names>
const json::value* member(const json::value& value, std::string_view name, Names... rest) {
    const json::value* inner = member(value, name);
    return inner ? member(*inner, rest...) : nullptr;
}

std::optional<std::string> string_at(const json::value* value) {
    const json::string* text = value ? value->if_string() : nullptr;
    if (!text) return std::nullopt;
    return std::string(*text);
}

std::optional<uint32_t> number_at(const json::value* value) {
    if (!value || !value->is_int64() || value->get_int64() < 0) return std::nullopt;
    return static_cast<uint32_t>(std::min<int64_t>(value->get_int64(), UINT32_MAX));
}

std::optional<Position> position_of(const json::value& params) {
    const auto line = number_at(member(params, "position", "line"));
    const auto character = number_at(member(params, "position", "character"));
    if (!line || !character) return std::nullopt;
    return Position{*line, *character};
}

json::object json_position(Position p) {
    return {{"line", p.line}, {"character", p.character}};
}

json::object json_range(const Document& document, SourceRange range) {
    return {{"start", json_position(document.position(range.begin))},
            {"end", json_position(document.position(range.end()))}};
}

std::string answer(const json::value& id, const json::value& result) {
    return json::serialize(json::object{{"jsonrpc", "2.0"}, {"id", id}, {"result", result}});
}

std::string error_answer(const json::value& id, int code, std::string_view text) {
    return json::serialize(json::object{
        {"jsonrpc", "2.0"}, {"id", id}, {"error", json::object{{"code", code}, {"message", valid_utf8(text)}}}});
}

std::string diagnostics_message(const std::string& uri, json::array diagnostics) {
    return json::serialize(
        json::object{{"jsonrpc", "2.0"},
                     {"method", "textDocument/publishDiagnostics"},
                     {"params", json::object{{"uri", uri}, {"diagnostics", std::move(diagnostics)}}}});
}

// file:///a%20b.xml → /a b.xml; other URIs as they are.
std::string path_of(std::string_view uri) {
    constexpr std::string_view kScheme = "file://";
    if (!uri.starts_with(kScheme)) return std::string(uri);
    uri.remove_prefix(kScheme.size());
    std::string path;
    const auto digit = [&](size_t i) {
        constexpr std::string_view kDigits = "0123456789abcdef";
        const char c = i < uri.size() ? uri[i] : '\0';
        return kDigits.find(c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c);
    };
    for (size_t i = 0; i < uri.size(); ++i) {
        const size_t high = digit(i + 1), low = digit(i + 2);
        if (uri[i] == '%' && high < 16 && low < 16) {
            path += static_cast<char>(high * 16 + low);
            i += 2;
        } else {
            path += uri[i];
        }
    }
    return path;
}

std::string uri_of(std::string_view path) {
    constexpr std::string_view kPlain = "/-._~";
    std::string uri = "file://";
    for (const char c : path) {
        if (std::isalnum(static_cast<unsigned char>(c)) || kPlain.find(c) != kPlain.npos) {
            uri += c;
        } else {
            char escape[4];
            std::snprintf(escape, sizeof escape, "%%%02X", static_cast<unsigned>(static_cast<unsigned char>(c)));
            uri += escape;
        }
    }
    return uri;
}

// Diagnostics of a compiled document: a place may lie in an included file.
class DiagnosticWriter {
public:
    DiagnosticWriter(const SourceFile& file, const std::string& uri) : file_(file), uri_(uri) {}

    json::object write(const Diagnostic& d) const {
        std::string text = d.text;
        json::array related;
        SourceRange shown = d.range;  // in the document: where it includes the file
        if (is_elsewhere(shown)) {
            text = file_.place(shown.begin) + ": " + text;
            related.push_back(json::object{{"location", location(shown)}, {"message", "in the included file"}});
        }
        while (is_elsewhere(shown)) shown = file_.origin(shown.begin).at;
        for (const DiagNote& note : d.notes) {
            if (note.has_range)
                related.push_back(json::object{{"location", location(note.range)}, {"message", valid_utf8(note.text)}});
            else
                text += "; " + note.text;
        }
        json::object out{{"range", location(shown).at("range")},
                         {"severity", kSeverity[static_cast<size_t>(d.severity)]},
                         {"code", diag_info(d.id).name},
                         {"source", "gossipper"},
                         {"message", valid_utf8(text)}};
        if (!related.empty()) out["relatedInformation"] = std::move(related);
        return out;
    }

private:
    bool is_elsewhere(SourceRange range) const { return file_.name(range.begin) != file_.name(); }

    json::object location(SourceRange range) const {
        return {{"uri", is_elsewhere(range) ? uri_of(file_.name(range.begin)) : uri_},
                {"range", json::object{{"start", position(range.begin)}, {"end", position(range.end())}}}};
    }

    json::object position(uint32_t offset) const {
        const LineColumn at = file_.line_column(offset);
        return json_position({at.line - 1, utf16_length(file_.line(offset).substr(0, at.column - 1))});
    }

    const SourceFile& file_;
    const std::string& uri_;
};

// A file to be included is no scenario, and need not be one element.
bool is_part(const Document& document) {
    if (document.tags().empty()) return false;
    const Tag& first = document.tags().front();
    return first.spec ? first.spec->kind != ElementKind::Root
                      : document.name(first) == "action" || document.name(first) == kInclude ||
                            find_action(document.name(first));
}

}  // namespace

struct Server::Method {
    std::string_view name;
    bool is_request;
    Reply (Server::*run)(const json::value& params);
};

std::vector<std::string> Server::handle(std::string_view message) {
    outgoing_.clear();
    json::parse_options parse_options;
    parse_options.max_depth = 64;
    boost::system::error_code error;
    const json::value parsed = json::parse(message, error, {}, parse_options);
    if (error) return {parse_error(error.message())};

    const json::value* id = member(parsed, "id");
    const bool has_id = id && (id->is_string() || id->is_number() || id->is_null());
    const auto method = string_at(member(parsed, "method"));
    if (!method) {
        const bool is_response = has_id && (member(parsed, "result") || member(parsed, "error"));
        if (!is_response) outgoing_.push_back(error_answer(has_id ? *id : json::value(), kInvalidRequest, "no method"));
        return std::move(outgoing_);
    }
    if (id && !has_id) return {error_answer(nullptr, kInvalidRequest, "the id is neither a string nor a number")};
    const json::value* params = member(parsed, "params");
    Reply reply = call(*method, params ? *params : json::value(), has_id);
    if (has_id)
        outgoing_.insert(outgoing_.begin(), reply.error ? error_answer(*id, reply.error->code, reply.error->text)
                                                        : answer(*id, reply.result));
    return std::move(outgoing_);
}

std::string Server::parse_error(std::string_view why) const {
    return error_answer(nullptr, kParseError, why);
}

int Server::code_at_end_of_input() const {
    return exit_code_.value_or(shut_down_ ? 0 : 1);
}

Server::Reply Server::call(std::string_view name, const json::value& params, bool is_request) {
    static constexpr Method kMethods[] = {
        {"initialize", true, &Server::initialize},
        {"shutdown", true, &Server::shutdown},
        {"exit", false, &Server::exit},
        {"initialized", false, &Server::nothing},
        {"textDocument/didOpen", false, &Server::did_open},
        {"textDocument/didChange", false, &Server::did_change},
        {"textDocument/didClose", false, &Server::did_close},
        {"textDocument/completion", true, &Server::completion},
        {"textDocument/hover", true, &Server::hover},
        {"textDocument/definition", true, &Server::definition},
        {"textDocument/documentSymbol", true, &Server::document_symbol},
        {"textDocument/formatting", true, &Server::formatting},
    };
    for (const Method& method : kMethods) {
        if (method.name != name || method.is_request != is_request) continue;
        const bool always = name == "initialize" || name == "exit";
        if (!initialized_ && !always) return {{}, Error{kNotInitialized, "not initialized"}};
        if (shut_down_ && name != "exit") return {{}, Error{kInvalidRequest, "shut down"}};
        return (this->*method.run)(params);
    }
    return {{}, Error{kMethodNotFound, "no such " + std::string(is_request ? "request" : "notification")}};
}

const Document* Server::document(const json::value& params) const {
    const auto uri = string_at(member(params, "textDocument", "uri"));
    const auto found = uri ? documents_.find(*uri) : documents_.end();
    return found == documents_.end() ? nullptr : found->second.get();
}

Server::Reply Server::initialize(const json::value& params) {
    if (initialized_) return {{}, Error{kInvalidRequest, "initialized twice"}};
    initialized_ = true;
    const json::value* snippets =
        member(params, "capabilities", "textDocument", "completion", "completionItem", "snippetSupport");
    snippets_ = snippets && snippets->is_bool() && snippets->get_bool();
    const json::value* keys = member(params, "initializationOptions", "keys");
    if (const json::array* names = keys ? keys->if_array() : nullptr)
        for (const json::value& name : *names)
            if (auto key = string_at(&name)) options_.user_keys.push_back(std::move(*key));
    return {
        json::object{
            {"capabilities",
             json::object{{"positionEncoding", "utf-16"},
                          {"textDocumentSync", json::object{{"openClose", true}, {"change", 1}}},
                          {"completionProvider",
                           json::object{{"triggerCharacters", json::array{"<", "/", " ", "\"", "'", "[", "$", ","}}}},
                          {"hoverProvider", true},
                          {"definitionProvider", true},
                          {"documentSymbolProvider", true},
                          {"documentFormattingProvider", true}}},
            {"serverInfo", json::object{{"name", "gossipper"}, {"version", GSP_VERSION}}}},
        std::nullopt};
}

Server::Reply Server::shutdown(const json::value&) {
    shut_down_ = true;
    return {};
}

Server::Reply Server::exit(const json::value&) {
    exit_code_ = shut_down_ ? 0 : 1;
    return {};
}

Server::Reply Server::nothing(const json::value&) {
    return {};
}

Server::Reply Server::did_open(const json::value& params) {
    const auto uri = string_at(member(params, "textDocument", "uri"));
    auto text = string_at(member(params, "textDocument", "text"));
    if (uri && text) changed(*uri, std::move(*text));
    return {};
}

// The whole text each time; of several changes the last one counts.
Server::Reply Server::did_change(const json::value& params) {
    const auto uri = string_at(member(params, "textDocument", "uri"));
    const json::value* changes = member(params, "contentChanges");
    const json::array* list = changes ? changes->if_array() : nullptr;
    if (!uri || !list || list->empty() || !documents_.contains(*uri)) return {};
    if (auto text = string_at(member(list->back(), "text"))) changed(*uri, std::move(*text));
    return {};
}

Server::Reply Server::did_close(const json::value& params) {
    const auto uri = string_at(member(params, "textDocument", "uri"));
    const auto found = uri ? documents_.find(*uri) : documents_.end();
    if (found == documents_.end()) return {};
    const std::unique_ptr<Document> closed = std::move(found->second);
    documents_.erase(found);
    outgoing_.push_back(diagnostics_message(*uri, {}));
    publish_including(*closed);
    return {};
}

void Server::changed(const std::string& uri, std::string text) {
    auto& open = documents_[uri];
    open = std::make_unique<Document>(path_of(uri), std::move(text));
    publish(uri, *open);
    publish_including(*open);
}

void Server::publish(const std::string& uri, const Document& open) {
    FrontOptions options = options_;
    options.read_include = [this](const std::string& path) { return read_include(path); };
    const FrontResult front =
        compile_front(std::make_unique<SourceFile>(open.file().name(), std::string(open.text())), options);
    const DiagnosticWriter writer(*front.file, uri);
    const bool part = is_part(open);
    json::array diagnostics;
    for (const Diagnostic& d : front.diag->all())
        if (!part || (d.id != D::NotAScenario && d.id != D::ElementAfterScenario))
            diagnostics.push_back(writer.write(d));
    outgoing_.push_back(diagnostics_message(uri, std::move(diagnostics)));
}

void Server::publish_including(const Document& part) {
    for (const auto& [uri, open] : documents_)
        if (open.get() != &part && open->text().find(kInclude) != std::string_view::npos) publish(uri, *open);
}

// What is open in the editor counts, not what is on the disk.
std::optional<std::string> Server::read_include(const std::string& path) const {
    const auto normal = std::filesystem::path(path).lexically_normal();
    for (const auto& [uri, open] : documents_)
        if (std::filesystem::path(open->file().name()).lexically_normal() == normal) return std::string(open->text());
    return read_source_bytes(path);
}

Server::Reply Server::completion(const json::value& params) {
    const Document* open = document(params);
    const auto position = position_of(params);
    if (!open || !position) return {{}, Error{kInvalidParams, "no open document or no position"}};
    const Completions found = complete(*open, open->offset(*position), options_.user_keys);
    const json::object range = json_range(*open, found.range);
    json::array items;
    for (const Completion& c : found.items) {
        std::string text = c.insert;
        const size_t cursor = text.find("$1");
        const bool is_snippet = cursor != std::string::npos && snippets_;
        if (cursor != std::string::npos && !snippets_) text.erase(cursor, 2);
        json::object item{{"label", valid_utf8(c.label)},
                          {"kind", static_cast<int>(c.kind)},
                          {"textEdit", json::object{{"range", range}, {"newText", valid_utf8(text)}}}};
        if (is_snippet) item["insertTextFormat"] = 2;
        if (!c.detail.empty()) item["detail"] = c.detail;
        if (!c.documentation.empty())
            item["documentation"] = json::object{{"kind", "markdown"}, {"value", c.documentation}};
        items.push_back(std::move(item));
    }
    return {std::move(items), std::nullopt};
}

Server::Reply Server::hover(const json::value& params) {
    const Document* open = document(params);
    const auto position = position_of(params);
    if (!open || !position) return {{}, Error{kInvalidParams, "no open document or no position"}};
    const std::optional<Hover> found = lsp::hover(*open, open->offset(*position));
    if (!found) return {};
    return {json::object{{"contents", json::object{{"kind", "markdown"}, {"value", valid_utf8(found->markdown)}}},
                         {"range", json_range(*open, found->range)}},
            std::nullopt};
}

Server::Reply Server::definition(const json::value& params) {
    const Document* open = document(params);
    const auto position = position_of(params);
    if (!open || !position) return {{}, Error{kInvalidParams, "no open document or no position"}};
    const std::optional<Definition> found = lsp::definition(*open, open->offset(*position));
    if (!found) return {};
    const std::string uri =
        found->path.empty() ? *string_at(member(params, "textDocument", "uri")) : uri_of(found->path);
    const json::object range = found->path.empty()
                                   ? json_range(*open, found->range)
                                   : json::object{{"start", json_position({})}, {"end", json_position({})}};
    return {json::object{{"uri", uri}, {"range", range}}, std::nullopt};
}

Server::Reply Server::document_symbol(const json::value& params) {
    const Document* open = document(params);
    if (!open) return {{}, Error{kInvalidParams, "no open document"}};
    json::array out;
    for (const Symbol& s : symbols(*open))
        out.push_back(json::object{{"name", valid_utf8(s.name)},
                                   {"detail", s.detail},
                                   {"kind", static_cast<int>(s.kind)},
                                   {"range", json_range(*open, s.range)},
                                   {"selectionRange", json_range(*open, s.selection)}});
    return {std::move(out), std::nullopt};
}

// One edit of the whole text; none if it is formatted, or cannot be (the diagnostics say why).
Server::Reply Server::formatting(const json::value& params) {
    const Document* open = document(params);
    if (!open) return {{}, Error{kInvalidParams, "no open document"}};
    Diag diag(open->file());
    const std::optional<std::string> text = format_scenario(open->file(), diag);
    if (!text) {
        std::string why;
        for (const Diagnostic& d : diag.all())
            if (d.severity == Severity::Error) why = d.text;
        return {{}, Error{kRequestFailed, why}};
    }
    json::array edits;
    if (*text != open->text())
        edits.push_back(json::object{{"range", json_range(*open, {0, static_cast<uint32_t>(open->text().size())})},
                                     {"newText", *text}});
    return {std::move(edits), std::nullopt};
}

}  // namespace gsp::driver::lsp
