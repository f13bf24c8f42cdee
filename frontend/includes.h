// SPDX-License-Identifier: Apache-2.0
// XInclude: `<xi:include href="part.xml"/>` is replaced by the elements at the top level of part.xml. If that is a
// single element of the same name as the one around the xi:include, its content is taken instead. docs/reuse.md has the
// rules.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "frontend/ast.h"
#include "frontend/diag.h"
#include "frontend/xml_reader.h"

namespace gsp {

// The bytes of a file. Nothing on failure, with errno set.
using FileReader = std::function<std::optional<std::string>(const std::string& path)>;

// Replaces the includes below `root`, also those in included files, whose bytes become segments of `file`. Where that
// is not possible an error is emitted and the element left out.
struct Includes {
    std::vector<ast::Include> files;
    bool complete = true;  // nothing had to be left out
};
Includes resolve_includes(SourceFile& file, XmlElement& root, const FileReader&, Diag&);

}  // namespace gsp
