// SPDX-License-Identifier: Apache-2.0
// See xml_tolerant.h.
#include "frontend/xml_tolerant.h"

#include <string>

#include "frontend/xml_scan.h"

namespace gsp {

namespace {

class TolerantReader {
public:
    TolerantReader(const XmlPart& part, Diag& diag, XmlLint& lint)
        : part_(part),
          file_(part.file),
          diag_(diag),
          lint_(lint),
          scanner_(part.text(), XmlScanner::Quotes::Escapable, part.range.begin) {}

    std::optional<std::vector<XmlElement>> read() {
        while (part_.fragment || done_.empty()) {
            std::optional<XmlToken> token = scanner_.next();
            if (!token) break;
            if (!report(*token) || !take(*token)) return std::nullopt;
        }
        if (!end_of_file()) return std::nullopt;
        return std::move(done_);
    }

private:
    // False: an error, here and below.
    bool report(const XmlToken&);
    bool take(XmlToken&);
    bool start_tag(XmlToken&);
    bool end_tag(const XmlToken&);
    void close();
    bool end_of_file();

    const XmlPart& part_;
    const SourceFile& file_;
    Diag& diag_;
    XmlLint& lint_;
    XmlScanner scanner_;
    std::vector<XmlElement> open_;
    std::vector<XmlElement> done_;
};

bool TolerantReader::report(const XmlToken& token) {
    for (const XmlFlaw& flaw : token.flaws) {
        diag_.emit(flaw.id, flaw.range, flaw.args);
        if (diag_info(flaw.id).severity == Severity::Error) return false;
    }
    return true;
}

bool TolerantReader::take(XmlToken& token) {
    switch (token.kind) {
    case XmlTokenKind::Text: lint_.stray_text(token.range, false); break;
    case XmlTokenKind::Comment:
        if (token.is_closed) lint_.comment(token.content);
        break;
    case XmlTokenKind::Cdata:
        if (open_.empty()) {
            lint_.stray_text(token.range, false);
        } else if (!open_.back().cdata) {
            open_.back().cdata = token.content;
        }
        break;
    case XmlTokenKind::Instruction:
    case XmlTokenKind::Doctype: break;
    case XmlTokenKind::StartTag: return start_tag(token);
    case XmlTokenKind::EndTag: return end_tag(token);
    }
    return true;
}

bool TolerantReader::start_tag(XmlToken& token) {
    XmlElement e;
    e.range = token.range;
    e.name = token.name;
    e.attrs = std::move(token.attrs);
    if (open_.empty() && done_.empty()) lint_.before_root(e.range.begin);
    if (!lint_.element(e, open_.size() + 1)) return false;
    open_.push_back(std::move(e));
    if (token.is_empty) close();
    return true;
}

bool TolerantReader::end_tag(const XmlToken& token) {
    if (open_.empty()) {
        lint_.stray_text(token.range, false);
        return true;
    }
    const std::string name(file_.text(token.name)), opened(file_.text(open_.back().name));
    if (opened != name) {
        // SIPp takes a wrong end tag only for the outermost element.
        if (open_.size() > 1) {
            diag_.emit(D::UnclosedElement, open_.back().name, {opened, name});
            return false;
        }
        diag_.emit(D::MismatchedEndTag, {token.range.begin, token.name.end() - token.range.begin}, {name, opened});
    }
    close();
    return true;
}

void TolerantReader::close() {
    XmlElement done = std::move(open_.back());
    open_.pop_back();
    if (!open_.empty()) {
        open_.back().children.push_back(std::move(done));
    } else {
        done_.push_back(std::move(done));
    }
}

// Whatever follows the first element is not looked at, except to tell a comment from text.
bool TolerantReader::end_of_file() {
    while (!open_.empty()) {
        diag_.emit(D::UnclosedAtEnd, open_.back().name, {std::string(file_.text(open_.back().name))});
        close();
    }
    if (done_.empty()) {
        diag_.emit(D::NoElement, {part_.range.begin, 0});
        return false;
    }
    uint32_t rest = scanner_.position();
    while (std::optional<XmlToken> token = scanner_.next()) {
        if (token->kind == XmlTokenKind::Comment) {
            report(*token);
            take(*token);
        } else if (token->kind != XmlTokenKind::Text || trimmed(file_, token->range).length > 0) {
            break;
        }
        rest = scanner_.position();
    }
    lint_.stray_text({rest, part_.range.end() - rest}, true);
    return true;
}

}  // namespace

std::optional<std::vector<XmlElement>> read_xml_tolerant(const XmlPart& part, Diag& diag, XmlLint& lint) {
    return TolerantReader(part, diag, lint).read();
}

}  // namespace gsp
