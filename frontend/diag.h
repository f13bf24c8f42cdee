// SPDX-License-Identifier: Apache-2.0
// The diagnostics engine. Every message is a row of diagnostics.def; its id (kebab case, `unknown-keyword`) is stable
// and is what -Wno-<id> and SARIF rules name. Phases emit and go on; the driver renders when they are done.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "frontend/source.h"

namespace gsp {

enum class Severity : uint8_t { Note, Warning, Error };

enum class D : uint16_t {
#define DIAG(id, name, severity, text) id,
#include "frontend/diagnostics.def"
};

struct DiagInfo {
    const char* name;  // "unknown-keyword"
    Severity severity;
    const char* text;  // "unknown keyword `[{0}]`"
};
const DiagInfo& diag_info(D id);

struct DiagNote {
    std::string text;
    SourceRange range;
    bool has_range = false;
};

struct Diagnostic {
    D id;
    Severity severity;
    std::string text;
    SourceRange range;
    std::vector<DiagNote> notes;
};

struct DiagOptions {
    bool warnings_are_errors = false;      // -Werror
    std::vector<std::string> suppressed;   // -Wno-<id>; errors cannot be suppressed
    std::vector<std::string> raised = {};  // warnings that are errors (--compat)
};

class Diag {
public:
    // Keeps a reference to `file`.
    explicit Diag(const SourceFile& file, DiagOptions options = {});

    // {0}, {1} … in the row's text are replaced by `args`. Returns the diagnostic, so that notes can be added to it;
    // the reference is valid until the next emit. What was said before of the same bytes, which came in by another way,
    // is counted but not said again.
    class Handle {
    public:
        Handle& note(std::string text, SourceRange range);
        Handle& note(std::string text);

    private:
        friend class Diag;
        Handle(Diag& d, int index) : diag_(&d), index_(index) {}
        Diag* diag_;
        int index_;  // -1: suppressed
    };
    Handle emit(D id, SourceRange range, std::vector<std::string> args = {});

    const SourceFile& file() const { return *file_; }
    const std::vector<Diagnostic>& all() const { return diagnostics_; }  // in order of emission
    int errors() const { return errors_; }
    int warnings() const { return warnings_; }
    int dropped() const { return dropped_; }  // beyond what is kept
    bool ok() const { return errors_ == 0; }

private:
    bool said_before(const Diagnostic&) const;

    const SourceFile* file_;
    DiagOptions options_;
    std::vector<Diagnostic> diagnostics_;
    int errors_ = 0, warnings_ = 0, dropped_ = 0;
};

// Renderers; diagnostics come out sorted by position: the main file's first, then those of included files, each with
// the notes that lead back to the main file.
std::string render_text(const Diag&, bool colour);  // file:line:col: error: text [id], source line, caret line, notes
std::string render_json(const std::vector<const Diag*>&);
std::string render_sarif(const std::vector<const Diag*>&, std::string_view tool_version);

// The candidate nearest to `word` by edit distance, if it is near enough to be what was meant; else empty.
std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates);

}  // namespace gsp
