// SPDX-License-Identifier: Apache-2.0
// `<template name="sdp"><![CDATA[…]]></template>` and its uses, `[template name="sdp" codec="8"]`, in messages and
// texts of actions: expanded before keywords are read. docs/reuse.md has the rules.
#pragma once
#include <map>
#include <string>
#include <string_view>

#include "frontend/decode.h"
#include "frontend/diag.h"
#include "frontend/xml_reader.h"

namespace gsp {

class Templates {
public:
    // Takes all templates that stand directly below `root`.
    Templates(SourceFile&, const XmlElement& root, Diag&);

    // The text with every use replaced. Each use becomes a segment of the file, so what is found in it is told with the
    // place of the use. A use that cannot be replaced is left out, with an error.
    MappedText expand(const MappedText&);
    // Those of the main file that nothing has used; included files may hold more than one scenario needs.
    void report_unused();

private:
    struct Template {
        SourceRange name, text;
        bool used = false;
    };
    struct Argument {
        SourceRange key;
        MappedText value;
        bool used = false;
    };
    using Arguments = std::map<std::string, Argument, std::less<>>;
    // A use, while the template's text is copied.
    struct Use {
        const Template* what;
        Arguments arguments;
        const Use* outer;
    };

    void define(const XmlElement&);
    void copy(const MappedText& in, Use* inside, MappedText& out);
    void use(const MappedText& in, size_t open, size_t close, Use* inside, MappedText& out);
    bool read_arguments(const MappedText& in, size_t begin, size_t end, Use* inside, Arguments&);
    Template* find(const MappedText& name);
    bool is_cycle(const Template&, const Use* inside, SourceRange at, std::string_view name);
    bool fits(size_t bytes, SourceRange at);

    SourceFile& file_;
    Diag& diag_;
    std::map<std::string, Template, std::less<>> templates_;
    int nesting_ = 0;  // of uses, in templates and in arguments
    size_t used_bytes_ = 0;
    bool full_ = false;  // an error was emitted
};

}  // namespace gsp
